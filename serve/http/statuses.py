"""The error tree as HTTP statuses, and what the body of an error says."""

from __future__ import annotations

from collections.abc import Mapping

from contract.errors import (
    ArtifactError,
    ContainerError,
    NotAcceptable,
    PayloadTooLarge,
    UnsupportedContentType,
    UserError,
)
from serve.http.gate import Overloaded
from serve.many.errors import InsufficientMemory, ModelAlreadyLoaded, ModelNotFound

STATUSES: Mapping[type[BaseException], int] = {
    UnsupportedContentType: 415,
    NotAcceptable: 406,
    PayloadTooLarge: 413,
    UserError: 400,
    Overloaded: 503,
    ModelNotFound: 404,
    ModelAlreadyLoaded: 409,
    InsufficientMemory: 507,
    Exception: 500,
}
"""The status of an error is that of its nearest kind in this table."""

TYPES = {
    400: "BadRequestException",
    404: "ModelNotFoundException",
    409: "ConflictStatusException",
    413: "BadRequestException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
    507: "InsufficientMemoryException",
}
"""What the body of an error about a model calls its status, as AWS's multi-model server does."""

LONGEST_MESSAGE = 1000
"""Characters of an error message in a body; SageMaker passes on 2048 bytes."""


def status_of(error: BaseException) -> int:
    """The HTTP status of an error."""
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def status_of_management(error: BaseException) -> int:
    """The same where a model is loaded or unloaded: one that cannot be served is its owner's to mend."""
    return 400 if isinstance(error, ArtifactError) else status_of(error)


def message_of(error: Exception) -> str:
    """What the caller reads; of a fault of ours only where it is."""
    message = str(error) if isinstance(error, ContainerError) else "internal error; the log of the endpoint says more"
    return message if len(message) <= LONGEST_MESSAGE else message[: LONGEST_MESSAGE - 1] + "…"
