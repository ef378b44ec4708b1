"""A multilayer perceptron over the columns of a table."""

from containers.tensorflow.mlp.algorithm import ALGORITHM

__all__ = ["ALGORITHM"]
