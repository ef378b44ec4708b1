"""Writes and checks the messages between the server and the process of a model.

Errors travel as the name of a kind, a message and a traceback; a name that is not in ``ERRORS`` is refused.
"""

from __future__ import annotations

import math
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from contract.errors import (
    AlgorithmError,
    ArtifactError,
    ContainerError,
    NotAcceptable,
    PayloadTooLarge,
    RequestError,
    UnsupportedContentType,
    UserError,
)
from serve.http.prediction import Prediction
from serve.http.routes import HEADER_VALUE
from serve.many.errors import InsufficientMemory, InvalidMessage
from serve.many.message_stream import Message

ERRORS: Mapping[str, type[ContainerError]] = {
    kind.__name__: kind
    for kind in (
        UnsupportedContentType, NotAcceptable, PayloadTooLarge, RequestError, UserError, ArtifactError, AlgorithmError,
        InsufficientMemory, ContainerError,
    )
}  # fmt: skip
"""The kinds that an error may be of. Others travel as their nearest kind in this table."""

LONGEST_MESSAGE, LONGEST_TRACEBACK = 10_000, 100_000
"""Characters of an error that travel; in JSON both together are shorter than a head may be."""


class InferenceRequest(NamedTuple):
    """One request to a model, with two of its headers."""

    body: bytes
    content_type: str | None
    accept: str | None

    def message(self) -> Message:
        return Message({"kind": "request", "content_type": self.content_type, "accept": self.accept}, self.body)

    @classmethod
    def read(cls, message: Message) -> InferenceRequest:
        """Reads a message of the server, which is trusted."""
        return cls(message.body, message.head["content_type"], message.head["accept"])


@dataclass(frozen=True)
class LoadReport:
    """A model that answers: its title, and the bytes of memory that it takes."""

    title: str
    size: int

    def message(self) -> Message:
        return Message({"kind": "loaded", "title": _encodable(self.title), "size": self.size})

    @classmethod
    def read(cls, message: Message) -> LoadReport | ContainerError:
        """Returns the outcome of a load that a message tells. Raises ``InvalidMessage``."""
        if message.head.get("kind") == "error":
            return _read_error(message)
        _expect("loaded", {"title": str, "size": int}, message.head)
        if message.head["size"] < 0 or message.body:
            raise InvalidMessage("it tells of a model with fewer bytes than none, or has a body")
        return cls(message.head["title"], message.head["size"])


def prediction_message(prediction: Prediction) -> Message:
    """Returns the message that brings an answer."""
    return Message(
        {
            "kind": "prediction",
            "media_type": _encodable(prediction.media_type),
            "rows": prediction.rows,
            "decode_ms": prediction.decode_ms,
            "predict_ms": prediction.predict_ms,
            "encode_ms": prediction.encode_ms,
        },
        prediction.body,
    )


def read_prediction(message: Message, bytes_in: int) -> Prediction | ContainerError:
    """Returns the outcome that a message tells of a request with ``bytes_in`` bytes. Raises ``InvalidMessage``."""
    if message.head.get("kind") == "error":
        return _read_error(message)
    stages = ("decode_ms", "predict_ms", "encode_ms")
    _expect("prediction", {"media_type": str, "rows": int | None, **dict.fromkeys(stages, float)}, message.head)
    figures = {name: value for name, value in message.head.items() if name != "kind"}
    if (figures["rows"] or 0) < 0 or not all(math.isfinite(figures[stage]) for stage in stages):
        raise InvalidMessage("it has a figure that cannot be")
    if not HEADER_VALUE.fullmatch(figures["media_type"]):
        raise InvalidMessage("its media type is no value of a header")
    return Prediction(body=message.body, bytes_in=bytes_in, **figures)


def error_message(error: Exception) -> Message:
    """Returns the message that brings an error, of the nearest kind in ``ERRORS``, with its traceback."""
    if isinstance(error, MemoryError) or isinstance(error.__cause__, MemoryError):
        kind, text = InsufficientMemory.__name__, "there is not enough memory to answer this request"
    else:
        names = (kind.__name__ for kind in type(error).__mro__ if kind in ERRORS.values())
        kind, text = next(names, AlgorithmError.__name__), str(error)
    trace = "".join(traceback.format_exception(error))
    return Message(
        {
            "kind": "error",
            "error": kind,
            "message": _encodable(text[:LONGEST_MESSAGE]),
            "traceback": _encodable(trace[-LONGEST_TRACEBACK:]),
        }
    )


def _read_error(message: Message) -> ContainerError:
    head = message.head
    _expect("error", {"error": str, "message": str, "traceback": str}, head)
    if head["error"] not in ERRORS or message.body:
        raise InvalidMessage("it tells of an error of no kind that is known, or has a body")
    error = ERRORS[head["error"]](head["message"])
    error.add_note(head["traceback"])
    return error


def _expect(kind: str, types: Mapping[str, Any], head: Mapping[str, Any]) -> None:
    """Raises ``InvalidMessage`` unless a head is of a kind and has exactly the fields of these types."""
    if head.get("kind") != kind:
        raise InvalidMessage(f"it is no message of the kind {kind}")
    if head.keys() != {"kind", *types}:
        raise InvalidMessage(f"a message of the kind {kind} has other fields")
    for name, expected in types.items():
        if not isinstance(head[name], expected) or isinstance(head[name], bool):
            raise InvalidMessage(f"its field {name} is of the type {type(head[name]).__name__}")


def _encodable(text: str) -> str:
    """Escapes lone surrogates, as in the name of a file that is no UTF-8."""
    return text.encode(errors="backslashreplace").decode()
