"""The common parts of SageMaker's tabular built-ins: their channels, and the problems that they learn."""
