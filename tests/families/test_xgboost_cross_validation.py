"""``_kfold``: which rows are held out, and what is said about them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from containers.xgboost.boosting import ALGORITHM
from containers.xgboost.cross_validation import folds
from contract.context import Context
from contract.errors import ChannelError
from contract.tables.data import Table
from tests.families.xgboost_jobs import fit, params, table

CLASSES = {"binary:logistic": 2, "multi:softprob": 3}


@pytest.mark.parametrize("objective", ["reg:squarederror", "binary:logistic", "multi:softprob"])
def test_each_repetition_holds_every_row_out_once(objective: str) -> None:
    classes = {"num_class": "3"} if objective.startswith("multi:") else {}
    data = table(objective, rows=101)
    found = list(folds(params(objective=objective, _kfold="4", _num_cv_round="3", **classes), data))
    assert len(found) == 12
    for first in (0, 4, 8):
        held_out = np.concatenate([rows for _, rows in found[first : first + 4]])
        assert sorted(held_out) == list(range(101))
    assert all(sorted([*learned, *held_out]) == list(range(101)) for learned, held_out in found)
    assert not np.array_equal(found[0][1], found[4][1]), "a repetition deals the rows anew"


@pytest.mark.parametrize("objective", CLASSES)
def test_every_fold_has_the_classes_of_the_whole(objective: str) -> None:
    classes = {"num_class": "3"} if objective.startswith("multi:") else {}
    data = table(objective, rows=100)
    assert data.label is not None
    share = np.bincount(data.label.astype(int)) / 5
    for _, held_out in folds(params(objective=objective, _kfold="5", **classes), data):
        counts = np.bincount(data.label[held_out].astype(int), minlength=CLASSES[objective])
        assert (abs(counts - share) <= 1).all()


def test_the_seed_decides_who_is_held_out() -> None:
    def held_out(seed: str) -> list[int]:
        return next(folds(params(_kfold="3", seed=seed), table()))[1].tolist()

    assert held_out("5") == held_out("5") != held_out("6")


@pytest.mark.parametrize("objective", ["multi:softmax", "binary:hinge"])
def test_the_label_of_a_row_is_what_most_models_that_never_saw_it_say(objective: str, tmp_path: Path) -> None:
    data = _noisy(table(objective, rows=90))
    classes = {"num_class": "3"} if objective.startswith("multi:") else {}
    given = params(objective=objective, _kfold="3", _num_cv_round="4", **classes)
    model = fit(given, data, None, replace(Context(), output=tmp_path))
    said = np.empty((4, len(data)), int)
    for number, (_, rows) in enumerate(folds(given, data)):
        said[number // 3, rows] = model.boosters[number].inplace_predict(np.asarray(data.features)[rows])
    voted = np.array([np.bincount(row).argmax() for row in said.T])
    written = np.loadtxt(tmp_path / "predictions.csv", delimiter=",")
    np.testing.assert_array_equal(written[:, 0], data.label)
    np.testing.assert_allclose(written[:, 1], said.mean(axis=0), rtol=1e-6)
    np.testing.assert_array_equal(written[:, 2], voted)
    if objective == "multi:softmax":
        assert (voted != np.rint(said.mean(axis=0))).any(), "the mean of classes is no vote; the data should tell"


def test_the_prediction_of_a_number_is_the_mean_over_the_repetitions(tmp_path: Path) -> None:
    data = table(rows=90)
    given = params(_kfold="3", _num_cv_round="2")
    model = fit(given, data, None, replace(Context(), output=tmp_path))
    total = np.zeros(len(data))
    for booster, (_, rows) in zip(model.boosters, folds(given, data), strict=True):
        total[rows] += booster.inplace_predict(np.asarray(data.features)[rows])
    written = np.loadtxt(tmp_path / "predictions.csv", delimiter=",")
    assert written.shape == (90, 2)
    np.testing.assert_allclose(written[:, 1], total / 2, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("objective", "metric"), [("rank:ndcg", "ndcg"), ("survival:aft", "aft-nloglik"), ("survival:cox", "cox-nloglik")]
)
def test_objectives_with_more_than_a_label_are_cross_validated_too(objective: str, metric: str, tmp_path: Path) -> None:
    model = fit(params(objective=objective, eval_metric=metric, _kfold="3"), table(objective), None, _into(tmp_path))
    assert len(model.boosters) == 3
    assert np.isfinite(ALGORITHM.predict(model, table(objective))).all()


def test_weights_follow_their_rows_into_the_folds(tmp_path: Path) -> None:
    data = table(rows=90)
    weight = np.where(np.arange(90) % 2, 1, 1e-6).astype(np.float32)
    light = replace(data, weight=weight, label=np.where(weight < 1, 1000, data.label).astype(np.float32))
    model = fit(params(_kfold="3"), light, None, _into(tmp_path))
    assert ALGORITHM.predict(model, data).max() < 100, "labels without weight must not be learned"


def test_more_folds_than_records_are_refused() -> None:
    with pytest.raises(ChannelError, match="_kfold is 11, but there are only 10 records"):
        fit(params(_kfold="11"), table(rows=10))


def _into(folder: Path) -> Context:
    return replace(Context(), output=folder)


def _noisy(data: Table) -> Table:
    """The labels of half of the rows drawn anew, so that models disagree."""
    assert data.label is not None
    random = np.random.default_rng(2)
    chosen = random.random(len(data)) < 0.5
    drawn = random.choice(data.label, len(data))
    return replace(data, label=np.where(chosen, drawn, data.label).astype(np.float32))
