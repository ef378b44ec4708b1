"""What the process of a model sends is read as one of a few forms, or refused."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from contract.errors import (
    AlgorithmError,
    ChannelError,
    ContainerError,
    Malformed,
    PayloadTooLarge,
    PlatformError,
    RequestError,
    UserError,
)
from serve.http.prediction import Prediction
from serve.many.errors import InsufficientMemory, InvalidMessage
from serve.many.message_stream import LENGTHS, LONGEST_HEAD, Message, MessageStream
from serve.many.messages import InferenceRequest, LoadReport, error_message, prediction_message, read_prediction

PREDICTION = {
    "kind": "prediction", "media_type": "text/csv", "rows": 1, "decode_ms": 0.1, "predict_ms": 0.2, "encode_ms": 0.3,
}  # fmt: skip
ERROR = {"kind": "error", "error": "RequestError", "message": "no", "traceback": "Traceback"}


@pytest.fixture
def sockets() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def received(sockets: tuple[socket.socket, socket.socket], sent: bytes, longest_body: int | None = 100) -> Message:
    """What comes of bytes after which the sender says nothing more."""
    ours, theirs = sockets
    theirs.sendall(sent)
    theirs.shutdown(socket.SHUT_WR)
    return MessageStream(ours, longest_body).receive(time.monotonic() + 30)


def framed(head: bytes, body: bytes = b"") -> bytes:
    return LENGTHS.pack(len(head), len(body)) + head + body


@pytest.mark.parametrize("size", [0, 1, 1 << 16, 3 << 20])
def test_a_message_arrives_as_it_was_sent_and_the_next_one_after_it(
    sockets: tuple[socket.socket, socket.socket], size: int
) -> None:
    ours, theirs = map(MessageStream, sockets)
    messages = [Message({"kind": "é", "number": number}, b"x" * size) for number in range(2)]
    for message in messages:
        sender = threading.Thread(target=ours.send, args=(message,))
        sender.start()
        assert theirs.receive() == message
        sender.join()


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"garbage that is no message at all", "its head has 1734439522 bytes"),
        (LENGTHS.pack(LONGEST_HEAD + 1, 0), "its head has 1048577 bytes, 1048576 are allowed"),
        (LENGTHS.pack(2, 101), "its body has 101 bytes, 100 are allowed"),
        (LENGTHS.pack(2, (1 << 64) - 1), "bytes, 100 are allowed"),
        (framed(b"{}", b"body") + b"more", "longer than it said"),
        (framed(b"{}") + b"more", "longer than it said"),
        (framed(b""), "not JSON"),
        (framed(b"{"), "not JSON"),
        (framed(b"\xff"), "not JSON"),
        (framed(b"[" * 100_000), "not JSON"),
        (framed(b'{"kind": NaN}'), "not JSON"),
        (framed(b"[]"), "no JSON object"),
        (framed(b"cos\nsystem\n(S'true'\ntR."), "not JSON"),
    ],
)
def test_what_is_no_message_is_refused(sockets: tuple[socket.socket, socket.socket], sent: bytes, reason: str) -> None:
    with pytest.raises(InvalidMessage, match=reason):
        received(sockets, sent)


def test_a_body_of_the_longest_length_is_taken(sockets: tuple[socket.socket, socket.socket]) -> None:
    assert received(sockets, framed(b"{}", b"x" * 100)).body == b"x" * 100


@pytest.mark.parametrize("sent", [b"", b"\0", LENGTHS.pack(10, 0) + b"{", LENGTHS.pack(2, 9) + b"{}body"])
def test_a_sender_that_ends_within_a_message_is_at_its_end(
    sockets: tuple[socket.socket, socket.socket], sent: bytes
) -> None:
    with pytest.raises(EOFError):
        received(sockets, sent)


def test_a_message_that_trickles_does_not_outlive_the_deadline(sockets: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = sockets
    theirs.sendall(framed(b"{}"))
    with pytest.raises(TimeoutError):
        MessageStream(ours).receive(time.monotonic() - 1)


def test_a_request_that_nobody_reads_does_not_outlive_the_deadline(
    sockets: tuple[socket.socket, socket.socket],
) -> None:
    with pytest.raises(TimeoutError):
        MessageStream(sockets[0]).send(Message({}, b"x" * (8 << 20)), time.monotonic() + 0.05)


def test_a_request_and_its_prediction_survive_the_journey() -> None:
    request = InferenceRequest(b"1,2", "text/csv", None)
    assert InferenceRequest.read(request.message()) == request
    prediction = Prediction(b"3", "text/csv", 3, None, 0.5, 1.5, 2.5)
    assert read_prediction(prediction_message(prediction), 3) == prediction


def test_a_loaded_model_is_told_by_title_and_size() -> None:
    for size in (0, 1000):
        report = LoadReport("mean (regression)", size)
        assert LoadReport.read(report.message()) == report


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RequestError("no"), RequestError),
        (PayloadTooLarge("no"), PayloadTooLarge),
        (Malformed("no"), UserError),
        (ChannelError("no"), UserError),
        (PlatformError("no"), ContainerError),
        (ZeroDivisionError("no"), AlgorithmError),
    ],
)
def test_an_error_arrives_as_its_nearest_kind_with_its_traceback(error: Exception, kind: type[Exception]) -> None:
    try:
        raise error
    except Exception as raised:
        told = read_prediction(error_message(raised), 0)
    assert type(told) is kind
    assert str(told) == "no"
    assert "test_messages.py" in told.__notes__[0]


@pytest.mark.parametrize("cause", [True, False])
def test_M06_too_little_memory_arrives_as_that(cause: bool) -> None:
    error: Exception = MemoryError()
    if cause:
        error = AlgorithmError("it failed")
        error.__cause__ = MemoryError()
    assert isinstance(read_prediction(error_message(error), 0), InsufficientMemory)


def test_an_error_of_any_length_and_any_characters_fits_into_a_head() -> None:
    error = AlgorithmError("\udc80" * 1_000_000)
    error.add_note("\0" * 1_000_000)
    message = error_message(error)
    assert len(orjson.dumps(message.head)) < LONGEST_HEAD
    assert str(read_prediction(message, 0)).startswith("\\udc80")


def changed(head: dict[str, Any], **fields: Any) -> Message:
    return Message({name: value for name, value in {**head, **fields}.items() if value is not ...})


@pytest.mark.parametrize(
    "message",
    [
        Message({}),
        changed(PREDICTION, kind="loaded"),
        changed(PREDICTION, kind=["prediction"]),
        changed(PREDICTION, media_type=...),
        changed(PREDICTION, media_type=None),
        changed(PREDICTION, media_type=""),
        changed(PREDICTION, media_type="text/csv\r\nX-Injected: 1"),
        changed(PREDICTION, media_type="text/€"),
        changed(PREDICTION, more=1),
        changed(PREDICTION, bytes_in=1),
        changed(PREDICTION, rows="1"),
        changed(PREDICTION, rows=True),
        changed(PREDICTION, rows=-1),
        changed(PREDICTION, decode_ms="fast"),
        changed(PREDICTION, decode_ms=float("inf")),
        changed(PREDICTION, predict_ms=float("nan")),
        changed(ERROR, error="SystemExit"),
        changed(ERROR, error="os.system"),
        changed(ERROR, error=1),
        changed(ERROR, message=None),
        changed(ERROR, traceback=...),
        changed(ERROR)._replace(body=b"x"),
    ],
    ids=str,
)
def test_a_message_with_wrong_fields_is_no_prediction(message: Message) -> None:
    with pytest.raises(InvalidMessage):
        read_prediction(message, 0)


@pytest.mark.parametrize(
    "message",
    [
        Message({"kind": "loaded", "title": "model"}),
        Message({"kind": "loaded", "title": "model", "size": -1}),
        Message({"kind": "loaded", "title": "model", "size": 1.5}),
        Message({"kind": "loaded", "title": "model", "size": True}),
        Message({"kind": "loaded", "title": b"model", "size": 1}),
        Message({"kind": "loaded", "title": "model", "size": 1}, b"body"),
        Message(PREDICTION),
        changed(ERROR, error="Exception"),
    ],
    ids=str,
)
def test_a_message_with_wrong_fields_is_no_loaded_model(message: Message) -> None:
    with pytest.raises(InvalidMessage):
        LoadReport.read(message)
