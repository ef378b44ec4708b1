"""Image classification: ResNet and LeNet under the name and with the formats of SageMaker's built-in."""
