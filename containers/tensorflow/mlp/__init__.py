"""A multilayer perceptron over the columns of a table."""
