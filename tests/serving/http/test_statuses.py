"""Errors become statuses and short bodies, for one model and for many."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

import pytest

from contract.errors import (
    AlgorithmError,
    ArtifactError,
    ChannelError,
    ContainerError,
    NotAcceptable,
    PayloadTooLarge,
    RequestError,
    UnsupportedContentType,
    UserError,
)
from serve.http.gate import Overloaded
from serve.http.routes import Reply
from serve.http.statuses import message_of, refusal
from serve.many.errors import InsufficientMemory, InvalidMessage, ModelAlreadyLoaded, ModelNotFound
from serve.many.refusals import invocation_refusal, model_refusal

STATUSES = [
    (UnsupportedContentType, 415), (NotAcceptable, 406), (PayloadTooLarge, 413), (RequestError, 400), (UserError, 400),
    (ChannelError, 400), (Overloaded, 503), (AlgorithmError, 500), (ContainerError, 500), (InvalidMessage, 500),
]  # fmt: skip
ABOUT_MODELS = [(ModelNotFound, 404), (ModelAlreadyLoaded, 409), (InsufficientMemory, 507)]


@pytest.mark.parametrize(("kind", "status"), [*STATUSES, (ArtifactError, 500)])
def test_V07_an_error_has_the_status_of_its_nearest_kind(kind: type[ContainerError], status: int) -> None:
    for reply in (refusal(kind("a reason")), invocation_refusal(kind("a reason"))):
        assert (reply.status, json.loads(reply.body)) == (status, {"error": "a reason"})
        assert reply.content_type == "application/json"


@pytest.mark.parametrize(("kind", "status"), [*STATUSES[2:], (ArtifactError, 400), *ABOUT_MODELS])
def test_M02_an_error_about_a_model_says_its_status_and_type(kind: type[ContainerError], status: int) -> None:
    reply = model_refusal(kind("a reason"))
    told = json.loads(reply.body)
    assert (reply.status, told["code"], told["message"]) == (status, status, "a reason")
    assert told["type"].endswith("Exception")


@pytest.mark.parametrize("kind", [ModelNotFound, InsufficientMemory])
def test_M04_a_model_that_is_not_there_or_has_no_memory_is_told_in_that_form_to_an_invocation(
    kind: type[ContainerError],
) -> None:
    assert "type" in json.loads(invocation_refusal(kind("a reason")).body)


def test_only_a_request_that_came_too_early_is_told_when_to_come_back() -> None:
    for kind, status in (*STATUSES, *ABOUT_MODELS):
        assert ("Retry-After" in invocation_refusal(kind("")).headers) == (status == 503)


@pytest.mark.parametrize("refuse", [refusal, model_refusal])
def test_V09_a_foreign_error_is_told_to_the_log_and_not_to_the_caller(
    refuse: Callable[[Exception], Reply], caplog: pytest.LogCaptureFixture
) -> None:
    reply = refuse(KeyError("secret"))
    assert reply.status == 500
    assert b"secret" not in reply.body
    assert "KeyError: 'secret'" in caplog.text
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


@pytest.mark.parametrize("refuse", [refusal, model_refusal])
def test_a_mistake_of_the_caller_brings_no_traceback_into_the_log(
    refuse: Callable[[Exception], Reply], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        refuse(RequestError("a reason"))
    assert "Traceback" not in caplog.text
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize(("length", "told"), [(999, 999), (1000, 1000), (1001, 1000), (5000, 1000)])
def test_a_message_is_cut_to_1000_characters(length: int, told: int) -> None:
    message = message_of(RequestError("x" * length))
    assert len(message) == told
    assert message.endswith("…") == (length > told)
