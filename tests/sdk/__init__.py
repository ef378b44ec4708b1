"""Local mode of the real SageMaker Python SDKs, both major versions, over the built image."""
