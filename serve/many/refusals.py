"""Translates errors about one of many models to HTTP, in the form of AWS's multi-model server."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from contract.errors import ArtifactError
from serve.http import statuses
from serve.http.routes import Reply
from serve.many.errors import InsufficientMemory, ModelAlreadyLoaded, ModelNotFound

log = logging.getLogger("serve")

STATUSES: Mapping[type[BaseException], int] = {
    **statuses.STATUSES,
    ModelNotFound: 404,
    ModelAlreadyLoaded: 409,
    InsufficientMemory: 507,
    ArtifactError: 400,  # a model that cannot be loaded is its owner's to mend
}

TYPES = {
    400: "BadRequestException",
    404: "ModelNotFoundException",
    409: "ConflictStatusException",
    413: "BadRequestException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
    507: "InsufficientMemoryException",
}
"""The names of statuses in the body of an error about a model."""


def model_refusal(error: Exception) -> Reply:
    """Returns the reply to a failed request about a model."""
    status = statuses.status_of(error, STATUSES)
    log.log(logging.ERROR if status == 500 else logging.WARNING, "%s", error, exc_info=error if status == 500 else None)
    return statuses.error_reply(status, {"code": status, "type": TYPES[status], "message": statuses.message_of(error)})


def invocation_refusal(error: Exception) -> Reply:
    """Returns the reply to a failed invocation; a mistake in the request is told as by a server of one model."""
    return (model_refusal if isinstance(error, ModelNotFound | InsufficientMemory) else statuses.refusal)(error)
