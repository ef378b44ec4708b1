"""A channel that comes in parts is judged as one that comes at once, also where a file takes what is kept of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from contract.errors import PlatformError
from contract.figures import Lines
from contract.metrics import (
    BINARY,
    CLASSES,
    MULTICLASS,
    MULTILABEL,
    REGRESSION,
    Array,
    Measurement,
    Metric,
    curves,
    evaluation,
    ordered,
    ranking,
    storage,
)
from contract.metrics.evaluation import ArrayEvaluator, Evaluation
from contract.metrics.ordered import OrderedValues, median

Columns = tuple[Array, Array, Array | None]
KINDS: Mapping[str, Mapping[str, Metric]] = {
    "regression": {**REGRESSION, "median": median(lambda label, prediction: np.abs(label - prediction))},
    "binary": BINARY,
    "classes": CLASSES,
    "multiclass": MULTICLASS,
    "multilabel": MULTILABEL,
}


def columns(kind: str, rows: int, seed: int, weighted: bool) -> Columns:
    """Labels, predictions with ties, and weights of which some are zero."""
    random = np.random.default_rng(seed)
    weight = np.round(random.uniform(0, 2, rows), 1).astype(np.float32) if weighted else None
    if kind == "regression":
        label = np.round(random.gamma(2, 30, rows)).astype(np.float32)
        return label, (label * random.uniform(0.5, 1.5, rows)).astype(np.float32), weight
    if kind == "binary":
        label = (random.random(rows) < 0.4).astype(np.float32)
        return label, np.round(0.4 * label + 0.6 * random.random(rows), 2).astype(np.float32), weight
    label = random.integers(0, 4, rows).astype(np.float32)
    if kind == "classes":
        return label, random.integers(0, 5, rows).astype(np.float32), weight
    if kind == "multiclass":
        return label, random.dirichlet(np.ones(4), rows).astype(np.float32), weight
    return (random.random((rows, 3)) < 0.4).astype(np.float32), random.random((rows, 3)).astype(np.float32), weight


def parted(found: Columns, cuts: Sequence[int]) -> Iterator[Columns]:
    """The same records in parts, some of which may be empty."""
    bounds = [0, *sorted(cuts), len(found[0])]
    for first, last in pairwise(bounds):
        label, prediction, weight = found
        yield label[first:last], prediction[first:last], None if weight is None else weight[first:last]


def in_parts(found: Columns, cuts: Sequence[int], evaluator: ArrayEvaluator) -> Evaluation:
    for part in parted(found, cuts):
        evaluator.add(*part)
    return evaluator.result()


def without_memory(patch: pytest.MonkeyPatch, piece: int = 3) -> None:
    """Nothing may be kept in memory from now on, and files are looked at a few rows at a time."""
    for module in (ranking, ordered):
        patch.setattr(module, "most_bytes", lambda: 0)
    patch.setattr(ranking, "BLOCK", piece)
    patch.setattr(curves, "PIECE", piece)


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("filed", [False, True], ids=["in memory", "in a file"])
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60)
@given(data=st.data(), rows=st.integers(1, 80), seed=st.integers(0, 1000))
def test_any_parts_have_the_metrics_of_the_whole(
    kind: str, filed: bool, weighted: bool, data: st.DataObject, rows: int, seed: int
) -> None:
    found = columns(kind, rows, seed, weighted)
    whole = {name: metric(*found) for name, metric in KINDS[kind].items()}
    measurement = Measurement(KINDS[kind])
    with pytest.MonkeyPatch.context() as patch:
        if filed:
            without_memory(patch)
        for part in parted(found, data.draw(st.lists(st.integers(0, rows), max_size=5))):
            measurement.add(*part)
        assert measurement.result() == pytest.approx(
            {name: value for name, value in whole.items() if np.isfinite(value)}, rel=1e-12, abs=1e-14
        )


@pytest.mark.parametrize("filed", [False, True], ids=["in memory", "in a file"])
def test_any_parts_have_the_pictures_of_the_whole(filed: bool) -> None:
    kinds: Mapping[str, Callable[[], ArrayEvaluator]] = {
        "regression": lambda: evaluation.Regression(5000),
        "binary": evaluation.Binary,
        "classes": lambda: evaluation.Classes(range(5)),
        "multiclass": lambda: evaluation.Multiclass(range(4)),
        "multilabel": lambda: evaluation.Multilabel(range(3)),
    }
    for kind, start in kinds.items():
        label, prediction, _ = columns(kind, 5000, 1, weighted=False)
        if kind == "binary":  # without ties, so that the curves must be thinned
            prediction = (0.4 * label + np.random.default_rng(3).random(5000)).astype(np.float32)
        found = label, prediction, None
        whole = in_parts(found, [], start())
        with pytest.MonkeyPatch.context() as patch:
            if filed:
                without_memory(patch, piece=97)
            assert in_parts(found, [1, 7, 7, 2500, 4999], start()).figures == whole.figures


def test_a_label_that_is_the_same_in_all_parts_has_no_variance_to_explain() -> None:
    label = np.full(900, 2.3, np.float32)
    weight = np.random.default_rng(0).uniform(0.1, 3, 900).astype(np.float32)
    found = label, label + 1, weight
    assert in_parts(found, [100, 350], evaluation.Regression(900)).metrics["r2"] == 0


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_areas_of_scores_in_a_file_are_those_of_scikit_learn(weighted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    without_memory(monkeypatch, piece=1000)
    label, score, weight = columns("binary", 30_000, 4, weighted)
    score = score + np.random.default_rng(5).integers(0, 2000, len(score)) / 1e5
    found = in_parts((label, score, weight), list(range(0, 30_000, 999)), evaluation.Binary())
    assert found.metrics["auc"] == pytest.approx(reference.roc_auc_score(label, score, sample_weight=weight), rel=1e-12)
    curve = found.figures[1]
    assert isinstance(curve, Lines)
    false, true = curve.series["model"]
    assert reference.auc(false, true) == pytest.approx(found.metrics["auc"], abs=1e-4)


def test_scores_that_are_all_the_same_say_nothing_also_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    without_memory(monkeypatch)
    label = np.arange(50) % 2
    found = in_parts((label, np.full(50, 0.5), None), [10, 20, 30], evaluation.Binary())
    assert found.metrics["auc"] == found.metrics["aucpr"] == 0.5


@given(values=st.lists(st.floats(-1e6, 1e6), min_size=1), share=st.floats(0, 1), filed=st.booleans())
def test_quantiles_are_those_of_numpy(values: list[float], share: float, filed: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if filed:
            without_memory(patch)
        found = OrderedValues()
        for first in range(0, len(values), 3):
            found.add(np.array(values[first : first + 3]))
        assert found.quantile(share) == pytest.approx(np.quantile(values, share), rel=1e-12, abs=1e-9)
        assert np.array_equal(found.ascending(), np.sort(values))


def test_quantiles_of_nothing_are_not_defined() -> None:
    assert np.isnan(OrderedValues().quantile(0.5))


def test_a_file_that_has_no_room_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "_temporary", partial(Path("/dev/full").open, "w+b", 0))
    without_memory(monkeypatch)
    with pytest.raises(PlatformError, match=r"No space left on device\): give the job a larger volume"):
        OrderedValues().add(np.ones(3))
