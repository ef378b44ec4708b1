"""Neural networks with Keras on TensorFlow."""
