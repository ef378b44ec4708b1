"""Latent Dirichlet Allocation: the topics of documents, found by moments and improved by variational inference."""
