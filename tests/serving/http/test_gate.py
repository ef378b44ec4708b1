from __future__ import annotations

import io
import threading
import time

import pytest

from contract.errors import RequestError
from serve.http.body import RequestBody
from serve.http.gate import BodyBudget, Gate, Overloaded, PredictionSlots, RequestSlots


def test_a_request_beyond_the_slots_is_refused_at_once_and_let_in_when_one_leaves() -> None:
    slots = RequestSlots(2)
    with slots:
        with slots, pytest.raises(Overloaded), slots:
            pass
        with slots:
            pass


def test_a_slot_is_given_back_after_an_error() -> None:
    slots = RequestSlots(1)
    with pytest.raises(ZeroDivisionError), slots:
        raise ZeroDivisionError
    with slots:
        pass


def test_a_prediction_that_finds_no_slot_is_refused_after_the_patience() -> None:
    predictions = PredictionSlots(1, patience=0.01)
    with predictions, pytest.raises(Overloaded, match=r"busy for 0\.01 s"), predictions:
        pass


def test_a_waiting_request_gets_its_slot_when_the_one_before_ends() -> None:
    predictions, inside, done = PredictionSlots(1, patience=30), threading.Event(), threading.Event()

    def second() -> None:
        inside.set()
        with predictions:
            done.set()

    with predictions:
        thread = threading.Thread(target=second)
        thread.start()
        assert inside.wait(30)
        assert not done.is_set()
    assert done.wait(30)
    thread.join()


def test_the_oldest_prediction_is_known_with_its_thread() -> None:
    predictions, started, ended = PredictionSlots(2, patience=30), threading.Event(), threading.Event()

    def second() -> None:
        with predictions:
            started.set()
            ended.wait(30)

    assert predictions.oldest() is None
    began = time.monotonic()
    with predictions:
        thread = threading.Thread(target=second)
        thread.start()
        assert started.wait(30)
        oldest = predictions.oldest()
        assert oldest is not None
        assert oldest[0] == threading.get_ident()
        assert 0 <= oldest[1] <= time.monotonic() - began
    younger = predictions.oldest()
    assert younger is not None
    assert younger[0] == thread.ident
    ended.set()
    thread.join()
    assert predictions.oldest() is None


def test_bodies_are_let_in_while_their_bytes_fit_and_one_always_is() -> None:
    bodies = BodyBudget(100)
    with bodies.of(1000), pytest.raises(Overloaded, match="memory"), bodies.of(1):
        pass
    with bodies.of(60), bodies.of(40), pytest.raises(Overloaded), bodies.of(1):
        pass
    with bodies.of(60), bodies.of(30), bodies.of(9):
        pass
    with bodies.of(100):
        pass


def body(content: bytes) -> RequestBody:
    return RequestBody({"wsgi.input": io.BytesIO(content), "CONTENT_LENGTH": str(len(content))}, 100)


def gate(requests: int = 1, most_bytes: int = 100, predictions: int = 1) -> Gate:
    return Gate(RequestSlots(requests), BodyBudget(most_bytes), PredictionSlots(predictions, patience=0.01))


def test_an_admitted_request_has_its_body_and_holds_its_slots_until_it_is_answered() -> None:
    door = gate()
    with door.admit(body(b"1,2,3")) as content:
        assert content == b"1,2,3"
        assert door.predictions.oldest() is not None
        with pytest.raises(Overloaded, match="the endpoint is busy"), door.admit(body(b"")):
            pass
    assert door.predictions.oldest() is None
    with door.admit(body(b"4")) as content:
        assert content == b"4"


@pytest.mark.parametrize(
    ("door", "reason"),
    [(gate(requests=0), "is busy"), (gate(requests=2, most_bytes=4), "memory")],
    ids=["slot", "room"],
)
def test_a_request_that_is_not_admitted_is_not_read(door: Gate, reason: str) -> None:
    waiting = body(b"1,2")
    with door.bodies.of(2), pytest.raises(Overloaded, match=reason), door.admit(waiting):
        pass
    assert waiting.read() == b"1,2"


def test_bodies_are_read_while_others_predict() -> None:
    door, waiting = gate(requests=2), body(b"1,2")
    with door.predictions, pytest.raises(Overloaded, match=r"busy for 0\.01 s"), door.admit(waiting):
        pass
    with pytest.raises(RequestError, match="ended after 0 of 3 bytes"):
        waiting.read()


def test_what_a_request_held_is_given_back_when_it_fails() -> None:
    door = gate(most_bytes=5)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), door.admit(body(b"1,2,3")):
            raise ZeroDivisionError
        with (
            pytest.raises(RequestError),
            door.admit(RequestBody({"wsgi.input": io.BytesIO(), "CONTENT_LENGTH": "5"}, 9)),
        ):
            pass
