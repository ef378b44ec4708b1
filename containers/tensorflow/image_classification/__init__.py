"""Image classification: ResNet and LeNet under the name and with the formats of SageMaker's built-in."""

from containers.tensorflow.image_classification.algorithm import ALGORITHM

__all__ = ["ALGORITHM"]
