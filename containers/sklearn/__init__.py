"""SageMaker's first-party algorithms on scikit-learn and numpy."""
