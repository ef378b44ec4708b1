"""Errors about one of many models, beside those of ``contract.errors``."""

from contract.errors import ContainerError


class ModelNotFound(ContainerError):
    """No model of this name is loaded; SageMaker loads it and asks again."""


class ModelAlreadyLoaded(ContainerError):
    """A model of this name is loaded; SageMaker takes it for loaded then."""


class InsufficientMemory(ContainerError):
    """A model needs more memory than there is left; SageMaker unloads others and asks again."""


class InvalidMessage(ContainerError):
    """The process of a model sent bytes that are no valid message; the process is ended for it."""
