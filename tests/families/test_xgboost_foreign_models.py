"""Model files that other programs wrote, and files that did not arrive whole."""

from __future__ import annotations

import json
import math
import pickle
from pathlib import Path

import numpy as np
import pytest
import xgboost

from containers.xgboost import model_file
from containers.xgboost.boosting import ALGORITHM
from contract import artifact
from contract.errors import ArtifactError
from contract.tables.data import Table
from tests.families.xgboost_jobs import fit, params, table

OF_1_7_6 = (
    '{"learner":{"attributes":{"best_iteration":"2","best_ntree_limit":"0"},"feature_names":[],"feature_types":[],'
    '"gradient_booster":{"model":{"boosted_rounds":3,"weights":[1.9491065E0,3.3600473E-1,-6.217388E-2,-1.0789542E-1]},'
    '"name":"gblinear"},"learner_model_param":{"base_score":"5E-1","boost_from_average":"1","num_class":"0",'
    '"num_feature":"3","num_target":"1"},"objective":{"name":"binary:logistic","reg_loss_param":'
    '{"scale_pos_weight":"1"}}},"version":[1,7,6]}'
)
"""A linear model as XGBoost 1.7.6 wrote it: three weights, then the bias."""


@pytest.fixture(scope="module")
def booster() -> xgboost.Booster:
    return fit(params(), table()).boosters[0]


def load(folder: Path, content: bytes, name: str = "xgboost-model") -> artifact.Artifact:
    (folder / name).write_bytes(content)
    return artifact.load(folder, "xgboost")


@pytest.mark.parametrize("text", [OF_1_7_6, json.dumps(json.loads(OF_1_7_6), indent=2), OF_1_7_6 + "\n"])
def test_V23_a_model_of_an_older_library_answers_as_it_did_there(tmp_path: Path, text: str) -> None:
    loaded = load(tmp_path, text.encode())
    assert model_file.saved_version(text.encode()) == (1, 7, 6)
    assert loaded.manifest.signature == {"feature_count": 3, "feature_names": []}
    assert ALGORITHM.output(loaded.model).task == "binary classification"
    answers = ALGORITHM.predict(loaded.model, Table(np.array([[0, 0, 0], [1, 2, 3]], np.float32)))
    margins = [-0.10789542, 1.9491065 + 2 * 0.33600473 - 3 * 0.06217388 - 0.10789542]
    np.testing.assert_allclose(answers, [1 / (1 + math.exp(-margin)) for margin in margins], rtol=1e-5)


@pytest.mark.parametrize("text", [f" {OF_1_7_6}", f"\n{OF_1_7_6}"])
def test_white_space_in_front_of_a_json_model_is_told_and_not_crashed_over(tmp_path: Path, text: str) -> None:
    with pytest.raises(ArtifactError, match="xgboost-model"):
        load(tmp_path, text.encode())


@pytest.mark.parametrize("form", ["ubj", "json"])
def test_V03_a_model_that_was_cut_off_anywhere_is_refused(booster: xgboost.Booster, tmp_path: Path, form: str) -> None:
    """The library itself ends the whole process over some of these."""
    raw = bytes(booster.save_raw(form))
    for length in [*range(1, 40), *range(40, len(raw) - 40, 97), *range(len(raw) - 40, len(raw))]:
        with pytest.raises(ArtifactError, match="xgboost-model") as caught:
            load(tmp_path, raw[:length])
        assert "Stack trace" not in str(caught.value)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_of_any_protocol_is_refused_and_not_run(tmp_path: Path, protocol: int) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (tmp_path / "sprung",))  # type: ignore[return-value]

    with pytest.raises(ArtifactError, match=r"save_model"):
        load(tmp_path, pickle.dumps(Trap(), protocol))
    assert not (tmp_path / "sprung").exists()


def test_the_files_of_an_ensemble_are_counted_in_the_order_of_their_numbers(
    booster: xgboost.Booster, tmp_path: Path
) -> None:
    for name in ("xgboost-model-10", "xgboost-model-9", "xgboost-model", "xgboost-model-0", "xgboost-model-x"):
        (tmp_path / name).write_bytes(booster.save_raw("ubj"))
    found = [path.name for path in model_file.find(tmp_path)]
    assert found == ["xgboost-model", "xgboost-model-0", "xgboost-model-9", "xgboost-model-10"]


def test_one_broken_file_of_an_ensemble_is_named(booster: xgboost.Booster, tmp_path: Path) -> None:
    (tmp_path / "xgboost-model-0").write_bytes(booster.save_raw("ubj"))
    with pytest.raises(ArtifactError, match="xgboost-model-1 "):
        load(tmp_path, bytes(booster.save_raw("ubj"))[:500], "xgboost-model-1")


def test_the_votes_of_an_ensemble_are_counted_and_the_smallest_class_wins_a_tie(tmp_path: Path) -> None:
    for number, constant in enumerate((2, 2, 0, 1, 0)):
        data = table("multi:softmax", rows=30)
        label = np.full(30, constant, np.float32)
        given = params(objective="multi:softmax", num_class="3", num_round="2")
        model = fit(given, Table(data.features, label))
        (tmp_path / f"xgboost-model-{number}").write_bytes(model.boosters[0].save_raw("ubj"))
    loaded = artifact.load(tmp_path, "xgboost")
    assert ALGORITHM.predict(loaded.model, table(rows=3)).tolist() == [0, 0, 0]


@pytest.mark.parametrize("settings", [{}, {"booster": "dart", "rate_drop": 0.3}, {"num_parallel_tree": 2}])
@pytest.mark.parametrize("form", ["ubj", "json"])
def test_a_model_that_another_program_stopped_early_answers_with_its_best_round(
    tmp_path: Path, settings: dict[str, object], form: str
) -> None:
    other = stopped_early(settings)
    best = int(other.attr("best_iteration") or 0)
    assert best + 1 < other.num_boosted_rounds(), "the model must hold rounds behind the best one"
    data = table()
    expected = other.inplace_predict(data.features, iteration_range=(0, best + 1))
    loaded = load(tmp_path, bytes(other.save_raw(form)))
    np.testing.assert_allclose(ALGORITHM.predict(loaded.model, data), expected, rtol=1e-6)
    assert np.abs(expected - other.inplace_predict(data.features)).max() > 1e-3


def test_an_estimator_that_was_stopped_early_is_served_as_it_answers_itself(tmp_path: Path) -> None:
    data, held_out = table(), table(seed=9, rows=60)
    estimator = xgboost.XGBRegressor(n_estimators=60, early_stopping_rounds=3, n_jobs=1, learning_rate=0.9)
    noise = np.random.default_rng(0).normal(size=60)
    estimator.fit(data.features, data.label, eval_set=[(held_out.features, held_out.labels + noise)], verbose=False)
    estimator.save_model(tmp_path / "model.ubj")
    answers = ALGORITHM.predict(artifact.load(tmp_path, "xgboost").model, data)
    np.testing.assert_allclose(answers, estimator.predict(data.features), rtol=1e-6)


def test_a_linear_model_that_was_stopped_early_has_only_its_last_round(tmp_path: Path) -> None:
    loaded = load(tmp_path, OF_1_7_6.replace('"best_iteration":"2"', '"best_iteration":"0"').encode())
    first = ALGORITHM.predict(loaded.model, Table(np.zeros((1, 3), np.float32)))
    np.testing.assert_allclose(first, [1 / (1 + math.exp(0.10789542))], rtol=1e-5)


def stopped_early(settings: dict[str, object]) -> xgboost.Booster:
    data, noise = table(), np.random.default_rng(0).normal(size=60)
    held_out = table(seed=9, rows=60)
    watched = xgboost.DMatrix(held_out.features, label=held_out.labels + noise)
    return xgboost.train(
        {"eta": 0.9, "nthread": 1, **settings},
        xgboost.DMatrix(data.features, label=data.label),
        60,
        evals=[(watched, "validation")],
        early_stopping_rounds=10,
        verbose_eval=False,
    )
