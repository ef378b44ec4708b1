"""The two forms in which SageMaker's built-ins speak: first-party algorithms and tabular ones."""
