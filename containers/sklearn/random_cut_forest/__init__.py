"""Random Cut Forest: unsupervised anomaly scores from trees that cut at random."""

from containers.sklearn.random_cut_forest.algorithm import ALGORITHM

__all__ = ["ALGORITHM"]
