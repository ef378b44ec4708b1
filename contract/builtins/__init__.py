"""What SageMaker's tabular built-ins have in common: their channels, and the problems that they learn."""
