"""Latent Dirichlet Allocation: the topics of documents, found by moments and improved by variational inference."""

from containers.sklearn.lda.algorithm import ALGORITHM

__all__ = ["ALGORITHM"]
