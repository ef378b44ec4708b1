"""Regression, binary or multiclass classification: decided for the tabular algorithms that learn any of them.

SageMaker's tabular built-ins know it from the id of their model. Here the hyperparameter ``problem_type`` says it, or
the labels do where it is ``auto``: whole numbers 0 and 1 are a binary classification; whole numbers that are exactly
0 … k - 1, with k from 3 to 100 and at least ten records a class on average, are a multiclass classification; anything
else is a regression. The decision is logged, because a label such as a number of stars could be meant either way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from contract.answer import Answer, RequestOptions
from contract.context import Context
from contract.errors import ChannelError
from contract.metrics import evaluation
from contract.tables import weights
from contract.tables.data import Table
from contract.tables.evaluation import TableEvaluator
from contract.tables.output import TableOutput, selected
from contract.tables.spool import taken

Kind: TypeAlias = Literal["regression", "binary_classification", "multiclass_classification"]

PROBLEM_TYPES = ("auto", "regression", "binary_classification", "multiclass_classification")
MOST_CLASSES = 100
RECORDS_A_CLASS = 10
HELD_OUT_SHARE = 0.2
"""The share of the train channel that is validated on where there is no validation channel."""

PROBLEM_METRICS = (*evaluation.REGRESSION, *evaluation.BINARY, *evaluation.MULTICLASS)
"""Everything that ``ProblemOutput`` may measure."""


@dataclass(frozen=True)
class Problem:
    """The kind of problem to learn; ``class_count`` is the number of classes, 0 for a regression."""

    kind: Kind
    class_count: int = 0

    @property
    def task(self) -> str:
        """Names the kind for people."""
        return self.kind.replace("_", " ")

    def check(self, table: Table, channel: str) -> None:
        """Raises ``ChannelError`` naming the first record whose label is no class of a classification."""
        if not self.class_count:
            return
        labels = table.labels
        wrong = np.flatnonzero((labels % 1 != 0) | (labels < 0) | (labels >= self.class_count))
        if wrong.size:
            raise ChannelError(
                f"channel {channel!r}, record {wrong[0] + 1}: label {labels[wrong[0]]:g} is no class of a {self.task} "
                f"with the classes 0 to {self.class_count - 1} (records are counted over all files)"
            )


def decide(problem_type: str, table: Table, context: Context) -> Problem:
    """Decides which problem the train channel poses, and checks its labels; raises ``ChannelError``."""
    labels = table.labels
    if problem_type == "auto":
        problem = _judge(labels)
        context.log(f"problem_type: auto, the labels {_seen(labels)} make it {problem.kind}; set problem_type if not")
        return problem
    return fixed(cast(Kind, problem_type), table)


def fixed(kind: Kind, table: Table) -> Problem:
    """Returns a problem of the kind that the user named; its highest label says how many classes it has."""
    if kind == "regression":
        return Problem(kind)
    highest = float(table.labels.max())
    if highest >= len(table):
        raise ChannelError(
            f"channel 'train': the highest label is {highest:g}; a classification with the classes 0 to {highest:g} "
            f"needs more than the {len(table)} records that there are: number the classes without gaps"
        )
    problem = Problem(kind, 2 if kind == "binary_classification" else max(2, int(highest) + 1))
    problem.check(table, "train")
    missing = np.setdiff1d(np.arange(problem.class_count), table.labels)
    if missing.size:
        raise ChannelError(
            f"channel 'train': no record of class {missing[0]}; a {problem.task} needs records of every class from 0 "
            f"to {problem.class_count - 1}: number the classes without gaps"
        )
    return problem


def validated(
    problem: Problem, train: Table, validation: Table | None, context: Context, seed: int = 0
) -> tuple[Table, Table]:
    """Returns the records to learn from and to validate on: a fifth of the train channel without a validation channel.

    Raises ``ChannelError`` for labels or weights that do not fit.
    """
    weights.check(train, "train")
    if validation is None:
        learned, held_out = hold_out(train, seed)
        context.log(f"no validation channel: {len(held_out)} of {len(train)} records, drawn at random, are held out")
        weights.check(learned, "train")
        weights.check(held_out, "train")
        return learned, held_out
    problem.check(validation, "validation")
    weights.check(validation, "validation")
    return train, validation


def hold_out(table: Table, seed: int = 0) -> tuple[Table, Table]:
    """Splits off a random share of the records to validate on; both parts keep their order.

    Raises ``ChannelError`` for a table that is too small to be parted.
    """
    count = round(len(table) * HELD_OUT_SHARE)
    if not 0 < count < len(table):
        raise ChannelError(
            f"channel 'train': {len(table)} records are too few to set {HELD_OUT_SHARE:.0%} aside; add a validation "
            "channel"
        )
    chosen = np.zeros(len(table), bool)
    chosen[np.random.default_rng(seed).choice(len(table), count, replace=False)] = True
    return taken(table, np.flatnonzero(~chosen)), taken(table, np.flatnonzero(chosen))


def _judge(labels: NDArray[Any]) -> Problem:
    different = np.unique(labels)
    count = different.size
    if not np.array_equal(different, np.arange(count)) or count < 2:
        return Problem("regression")
    if count == 2:
        return Problem("binary_classification", 2)
    few = count <= MOST_CLASSES and labels.size >= RECORDS_A_CLASS * count
    return Problem("multiclass_classification", count) if few else Problem("regression")


def _seen(labels: NDArray[Any]) -> str:
    different = np.unique(labels)
    if different.size <= 5:
        return ", ".join(f"{label:g}" for label in different)
    return f"{different[0]:g} to {different[-1]:g} ({different.size} different ones)"


@dataclass(frozen=True)
class ProblemOutput(TableOutput):
    """Answers of SageMaker's tabular built-ins: one array a key, whatever the number of records.

    Predictions are values (n,) of a regression, else probabilities (n, k), two columns for a binary problem as well.
    Verbose answers of a classification carry the labels too.
    """

    problem: Problem

    @property
    def task(self) -> str:
        return self.problem.task

    @property
    def classes(self) -> Sequence[int]:
        return range(self.problem.class_count)

    def answer(self, predictions: NDArray[Any], batch: Table, options: RequestOptions) -> Answer:
        known: Mapping[str, NDArray[Any]] = {"prediction": predictions}
        if self.problem.class_count:
            known = {"probabilities": predictions, "predicted_label": predictions.argmax(axis=1)}
        usual = tuple(known) if options.verbose else tuple(known)[:1]
        return Answer(selected(known, options.wanted or usual), orient="columns")

    def evaluator(self, records: int) -> TableEvaluator:
        if self.problem.kind == "regression":
            return TableEvaluator(evaluation.Regression(records))
        if self.problem.kind == "binary_classification":
            return TableEvaluator(evaluation.Binary(), _of_class_1)
        return TableEvaluator(evaluation.Multiclass(self.classes))


def _of_class_1(probabilities: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(probabilities[:, 1])
