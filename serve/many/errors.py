"""What can be wrong with one of many models, beyond what can be wrong with the only one."""

from contract.errors import ContainerError


class ModelNotFound(ContainerError):
    """No model of this name is loaded; SageMaker loads it and asks again."""


class ModelAlreadyLoaded(ContainerError):
    """A model of this name is loaded; SageMaker takes it for loaded then."""


class InsufficientMemory(ContainerError):
    """A model needs more memory than there is left; SageMaker unloads others and asks again."""


class InvalidMessage(ContainerError):
    """The process of a model sent something that is no message; the process is ended for it."""
