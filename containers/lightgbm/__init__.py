"""LightGBM as SageMaker's tabular built-in offers it."""
