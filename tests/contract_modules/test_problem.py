"""Regression or classification: the rule of ``problem_type`` and the records set aside."""

from __future__ import annotations

import numpy as np
import pytest

from contract.answer import RequestOptions
from contract.builtins.problem import Problem, ProblemOutput, decide, hold_out
from contract.context import Context
from contract.errors import ChannelError, RequestError
from contract.tables.data import Table


def table(labels: list[float]) -> Table:
    return Table(np.arange(len(labels), dtype=np.float32)[:, None], np.array(labels, np.float32))


@pytest.mark.parametrize(
    ("labels", "kind", "class_count"),
    [
        ([0, 1, 1, 0], "binary_classification", 2),
        ([0, 1, 2] * 10, "multiclass_classification", 3),
        ([0, 1, 2, 3], "regression", 0),  # too few records a class
        ([1, 2] * 20, "regression", 0),  # classes are numbered from 0
        ([0, 2] * 20, "regression", 0),
        ([0, 0.5, 1] * 20, "regression", 0),
        ([1, 1, 1], "regression", 0),
        (list(range(101)) * 10, "regression", 0),
    ],
)
def test_auto_decides_by_the_labels_and_logs_it(labels: list[float], kind: str, class_count: int) -> None:
    lines: list[str] = []
    problem = decide("auto", table(labels), Context(log=lines.append))
    assert (problem.kind, problem.class_count) == (kind, class_count)
    assert kind in lines[0]


def test_a_problem_that_is_named_is_not_guessed() -> None:
    lines: list[str] = []
    context = Context(log=lines.append)
    assert decide("regression", table([0, 1]), context) == Problem("regression")
    assert decide("multiclass_classification", table([0, 1, 2]), context).class_count == 3
    assert decide("multiclass_classification", table([0, 1]), context).class_count == 2
    assert not lines


@pytest.mark.parametrize(
    ("kind", "labels", "fault"),
    [
        ("binary_classification", [0, 1, 2], "record 3: label 2 is no class"),
        ("binary_classification", [0, -1], "record 2: label -1"),
        ("binary_classification", [0, 0.5, 1], "record 2: label 0.5"),
        ("binary_classification", [1, 1], "no record of class 0"),
        ("multiclass_classification", [0, 1, 3, 0], "no record of class 2"),
        ("multiclass_classification", [0, 1, 3], "highest label is 3"),
        ("multiclass_classification", [0, 3e38], "number the classes without gaps"),
        ("multiclass_classification", [0, 1.5], "record 2: label 1.5"),
        ("multiclass_classification", [-2, -1], "record 1: label -2"),
    ],
)
def test_labels_that_do_not_fit_are_named(kind: str, labels: list[float], fault: str) -> None:
    with pytest.raises(ChannelError, match=fault):
        decide(kind, table(labels), Context())


def test_a_held_out_class_that_training_has_not_is_named() -> None:
    with pytest.raises(ChannelError, match="'validation', record 2: label 3 is no class"):
        Problem("multiclass_classification", 3).check(table([0, 3]), "validation")


def test_a_fifth_of_the_records_is_set_aside_the_same_one_every_time() -> None:
    whole = table(list(range(50)))
    train, held_out = hold_out(whole)
    assert (len(train), len(held_out)) == (40, 10)
    assert train.label is not None
    assert held_out.label is not None
    assert sorted([*train.label, *held_out.label]) == list(range(50))
    assert held_out.label.tolist() == sorted(held_out.label.tolist())
    again = hold_out(whole)[1].label
    assert again is not None
    assert again.tolist() == held_out.label.tolist()
    assert np.asarray(held_out.features)[:, 0].tolist() == held_out.label.tolist()


def test_two_records_cannot_be_parted() -> None:
    with pytest.raises(ChannelError, match="add a validation channel"):
        hold_out(table([0, 1]))


def encoded(problem: Problem, predictions: list, verbose: bool = False) -> bytes:  # type: ignore[type-arg]
    output = ProblemOutput(problem)
    batch = table([0.0] * len(predictions))
    answer = output.answer(np.array(predictions), batch, RequestOptions(verbose=verbose))
    return output.encode(answer, "application/json")


def test_classifications_answer_one_array_of_probabilities() -> None:
    binary = Problem("binary_classification", 2)
    expected = b'{"probabilities":[[0.91,0.09],[0.22,0.78]]'
    assert encoded(binary, [[0.91, 0.09], [0.22, 0.78]]) == expected + b"}"
    assert encoded(binary, [[0.91, 0.09], [0.22, 0.78]], verbose=True) == expected + b',"predicted_label":[0,1]}'


def test_regressions_answer_one_flat_array_verbose_or_not() -> None:
    for verbose in (False, True):
        assert encoded(Problem("regression"), [3.2, 5.1], verbose) == b'{"prediction":[3.2,5.1]}'


def test_the_values_of_an_answer_can_be_chosen_and_unknown_ones_are_named() -> None:
    output = ProblemOutput(Problem("binary_classification", 2))
    predictions = np.array([[0.25, 0.75]])
    chosen = output.answer(predictions, table([0.0]), RequestOptions(wanted=("predicted_label", "probabilities")))
    assert output.encode(chosen, "application/json") == b'{"predicted_label":[1],"probabilities":[[0.25,0.75]]}'
    with pytest.raises(RequestError, match="unknown output prediction; choose from probabilities, predicted_label"):
        output.answer(predictions, table([0.0]), RequestOptions(wanted=("prediction",)))
