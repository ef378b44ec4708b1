from __future__ import annotations

import threading

import pytest

from serve.http.gate import BodyBudget, Overloaded, PredictionSlots, RequestSlots


def test_a_request_beyond_the_places_is_refused_at_once_and_let_in_when_one_leaves() -> None:
    places = RequestSlots(2)
    with places:
        with places, pytest.raises(Overloaded), places:
            pass
        with places:
            pass


def test_a_place_is_given_back_after_an_error() -> None:
    places = RequestSlots(1)
    with pytest.raises(ZeroDivisionError), places:
        raise ZeroDivisionError
    with places:
        pass


def test_a_turn_that_does_not_come_is_refused_after_the_patience() -> None:
    turns = PredictionSlots(1, patience=0.01)
    with turns, pytest.raises(Overloaded, match=r"busy for 0\.01 s"), turns:
        pass


def test_a_waiting_request_gets_its_turn_when_the_one_before_ends() -> None:
    turns, inside, done = PredictionSlots(1, patience=30), threading.Event(), threading.Event()

    def second() -> None:
        inside.set()
        with turns:
            done.set()

    with turns:
        thread = threading.Thread(target=second)
        thread.start()
        assert inside.wait(30)
        assert not done.is_set()
    assert done.wait(30)
    thread.join()


def test_the_oldest_prediction_is_known_with_its_thread() -> None:
    turns, started, ended = PredictionSlots(2, patience=30), threading.Event(), threading.Event()

    def second() -> None:
        with turns:
            started.set()
            ended.wait(30)

    assert turns.oldest() is None
    with turns:
        thread = threading.Thread(target=second)
        thread.start()
        assert started.wait(30)
        oldest = turns.oldest()
        assert oldest is not None
        assert oldest[0] == threading.get_ident()
        assert oldest[1] >= 0
    younger = turns.oldest()
    assert younger is not None
    assert younger[0] == thread.ident
    ended.set()
    thread.join()
    assert turns.oldest() is None


def test_bodies_are_let_in_while_their_bytes_fit_and_one_always_is() -> None:
    budget = BodyBudget(100)
    with budget.of(1000), pytest.raises(Overloaded, match="memory"), budget.of(1):
        pass
    with budget.of(60), budget.of(40), pytest.raises(Overloaded), budget.of(1):
        pass
    with budget.of(100):
        pass
