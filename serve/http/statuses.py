"""Translates the error tree to HTTP statuses and short bodies."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import orjson

from contract.errors import (
    ContainerError,
    NotAcceptable,
    PayloadTooLarge,
    UnsupportedContentType,
    UserError,
)
from serve.http.gate import Overloaded
from serve.http.routes import Reply

log = logging.getLogger("serve")

STATUSES: Mapping[type[BaseException], int] = {
    UnsupportedContentType: 415,
    NotAcceptable: 406,
    PayloadTooLarge: 413,
    UserError: 400,
    Overloaded: 503,
    Exception: 500,
}
"""The status of an error is that of its nearest kind in this table."""

LONGEST_MESSAGE = 1000
"""Characters of an error message in a body; SageMaker passes on 2048 bytes."""


def status_of(error: BaseException, statuses: Mapping[type[BaseException], int] = STATUSES) -> int:
    """Returns the HTTP status of an error: that of its nearest kind in the table."""
    return next(statuses[kind] for kind in type(error).__mro__ if kind in statuses)


def message_of(error: Exception) -> str:
    """Returns the text that the caller reads; about a fault of ours it says only that the log tells more."""
    message = str(error) if isinstance(error, ContainerError) else "internal error; the log of the endpoint says more"
    return message if len(message) <= LONGEST_MESSAGE else message[: LONGEST_MESSAGE - 1] + "…"


def refusal(error: Exception) -> Reply:
    """Returns a short reply in JSON; an error that the caller cannot mend is logged with its traceback."""
    status = status_of(error)
    if status == 500:
        log.error("an invocation failed: %s", error, exc_info=error)
    return error_reply(status, {"error": message_of(error)})


def error_reply(status: int, body: Mapping[str, Any]) -> Reply:
    """Returns an error as JSON; 503 says with Retry-After when to come back."""
    return Reply(orjson.dumps(body), status, headers={"Retry-After": "1"} if status == 503 else {})
