"""How randomcutforest learns: its sample, its hyperparameters, its channels, its model file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from containers.sklearn import model_file
from containers.sklearn.random_cut_forest.algorithm import ALGORITHM
from containers.sklearn.random_cut_forest.hyperparameters import RandomCutForestHyperparameters
from containers.sklearn.random_cut_forest.scores import highest_score
from contract.context import Context
from contract.errors import ArtifactError, ChannelError, HyperparameterError
from contract.hyperparameters import parse
from contract.source import Source
from contract.tables.data import Table
from tests.families.evaluation import evaluate
from tests.families.random_cut_forest_jobs import params, rows, trained
from tests.families.unlabelled_jobs import PREFIX


def read(folder: Path, text: str, channel: str, content_type: str, train: Table | None) -> Table:
    file = folder / f"{channel}.csv"
    file.write_text(text)
    return ALGORITHM.input.read(Source(channel, folder, (file,), content_type), params(), train)


def test_the_defaults_are_those_of_the_built_in() -> None:
    found = parse(RandomCutForestHyperparameters, {"feature_dim": "7", "force_dense": "True"})
    assert (found.num_trees, found.num_samples_per_tree, found.mini_batch_size) == (100, 256, 1000)
    assert found.eval_metrics == ("accuracy", "precision_recall_fscore")


@pytest.mark.parametrize(
    "given",
    [
        {"feature_dim": "0"}, {"num_trees": "0"}, {"num_samples_per_tree": "0"}, {"mini_batch_size": "0"},
        {"eval_metrics": '["auc"]'}, {"eval_metrics": "f1"},
    ],
)  # fmt: skip
def test_C_values_beyond_their_range_are_refused_by_name(given: Mapping[str, str]) -> None:
    with pytest.raises(HyperparameterError, match=next(iter(given))):
        params(**given)


def test_eval_metrics_are_a_json_list() -> None:
    assert params(eval_metrics='["accuracy"]').eval_metrics == ("accuracy",)
    assert params(eval_metrics='["precision_recall_fscore", "accuracy"]').eval_metrics == (
        "precision_recall_fscore", "accuracy",
    )  # fmt: skip


def test_every_tree_gets_the_same_number_of_records_and_none_is_in_two_trees() -> None:
    features = rows(4032)
    model, lines = trained(features, num_samples_per_tree="512")
    assert model.forest.mass[model.forest.roots].tolist() == [80] * 50
    used = {tuple(point) for point in model.forest.points.tolist()}
    assert len(used) == 80 * 50 == model.forest.points.shape[0]
    assert used <= {tuple(row) for row in features.tolist()}
    assert any("80 records of 4032" in line for line in lines)


def test_the_sample_is_drawn_from_the_whole_channel() -> None:
    features = np.arange(20_000, dtype=np.float32)[:, None]
    model, _ = trained(features, num_samples_per_tree="20")
    assert np.histogram(model.forest.points, bins=4, range=(0, 20_000))[0] == pytest.approx([250] * 4, abs=60)
    first_tree = model.forest.points[: len(model.forest.points) // 50]
    assert np.ptp(first_tree) > 10_000


def test_too_few_records_for_the_trees_are_refused_with_the_remedy() -> None:
    with pytest.raises(ChannelError, match=r"99 records are too few for 50 trees.*add records.*or lower num_trees"):
        trained(rows(99))
    assert trained(rows(100))[0].forest.sample_size == 2


def test_with_the_defaults_of_the_sdk_it_takes_200_records_and_scores_differ() -> None:
    with pytest.raises(ChannelError, match=r"199 records are too few for 100 trees.*need 2 each"):
        trained(rows(199), num_trees="100")
    model, _ = trained(rows(200), num_trees="100")
    near, far = ALGORITHM.predict(model, Table(np.array([[3, 3, 3], [90, 90, 90]], np.float32)))
    assert far > model.threshold > near


def warnings(features: Any, **given: str) -> list[str]:
    return [found.partition("] ")[2] for found in trained(features, **given)[1] if "warning" in found]


@pytest.mark.parametrize(
    ("records", "given", "remedy"),
    [
        (100, {}, r"trees on 2 records .* 1\.58; lower num_trees, or bring more records"),
        (399, {}, r"trees on 7 records .* 3; lower num_trees, or bring more records"),
        (4000, {"num_samples_per_tree": "7"}, r"trees on 7 records .* 3; raise num_samples_per_tree"),
    ],
)
def test_tiny_trees_are_warned_of_with_the_remedy(records: int, given: Mapping[str, str], remedy: str) -> None:
    [told] = warnings(rows(records), **given)
    assert re.fullmatch(f"warning: {remedy}", told)


def test_larger_trees_are_not_warned_of() -> None:
    assert warnings(rows(400)) == []


def test_a_threshold_that_no_score_exceeds_is_warned_of_with_the_remedy() -> None:
    features = np.zeros((100, 3), np.float32)
    random = np.random.default_rng(1)
    features[:15] = random.normal(size=(15, 3)) * 10.0 ** random.integers(1, 9, 15)[:, None]
    assert trained(features)[0].threshold > np.log2(3)
    [told] = warnings(features)
    assert re.search(r"1\.58496 is the highest score of trees on 2 records.*lower num_trees.*more records", told)


def test_no_score_is_above_that_of_the_largest_there_is() -> None:
    model, _ = trained(rows(400))
    far = np.full((1, 3), 3e38, np.float32)
    assert ALGORITHM.predict(model, Table(far))[0] <= np.float32(highest_score(8)) == np.float32(np.log2(9))


def test_lines_of_the_log_begin_as_those_of_the_built_in() -> None:
    assert [found for found in trained(rows(100))[1] if not re.match(PREFIX, found)] == []


def test_the_threshold_is_the_mean_and_three_standard_deviations_of_the_training_scores() -> None:
    features = rows(300)
    model, lines = trained(features)
    scores = ALGORITHM.predict(model, Table(features)).astype(np.float64)
    assert model.threshold == pytest.approx(scores.mean() + 3 * scores.std())
    assert any(f"{model.threshold:.6g}" in line for line in lines)


def test_feature_dim_must_be_the_number_of_features() -> None:
    with pytest.raises(ChannelError, match=r"feature_dim is 4, but the records have 3 features.*label_size=0"):
        ALGORITHM.fit(params(feature_dim="4"), Table(rows()), None, Context())


def test_a_channel_on_disk_gives_the_same_forest(tmp_path: Path) -> None:
    features = rows()
    np.save(tmp_path / "rows.npy", features)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    assert isinstance(mapped, np.memmap)
    here, there = (trained(one)[0] for one in (features, mapped))
    assert here.threshold == there.threshold
    for name, array in here.forest.arrays().items():
        assert np.array_equal(array, there.forest.arrays()[name])


def test_labels_of_the_train_channel_mean_nothing(tmp_path: Path) -> None:
    table = read(tmp_path, "7,1,2,3\n5,4,5,6\n", "train", "text/csv;label_size=1", None)
    assert table.label is None
    assert table.width == 3


def test_labels_of_the_test_channel_are_0_or_1(tmp_path: Path) -> None:
    train = Table(rows())
    found = read(tmp_path, "1,1,2,3\n0,4,5,6\n", "test", "text/csv;label_size=1", train)
    assert found.label is not None
    assert found.label.tolist() == [1, 0]
    with pytest.raises(ChannelError, match="channel 'test', record 2: the label is 7, but 1 marks an anomaly"):
        read(tmp_path, "1,1,2,3\n7,4,5,6\n", "test", "text/csv;label_size=1", train)
    assert read(tmp_path, "1,2,3\n", "test", "text/csv;label_size=0", train).label is None


def test_anomalies_of_a_labelled_channel_are_found() -> None:
    model, _ = trained(rows(5000))
    normal, strange = rows(190, seed=5), np.full((10, 3), 25, np.float32)
    table = Table(np.concatenate([normal, strange]), np.repeat([0, 1], [190, 10]).astype(np.float32))
    metrics = evaluate(ALGORITHM, model, table)[0].metrics
    assert metrics["recall"] == 1
    assert metrics["f1"] > 0.8
    assert metrics["accuracy"] > 0.95


def test_a_stored_model_answers_the_same(tmp_path: Path) -> None:
    model, _ = trained(rows(), eval_metrics='["accuracy"]')
    ALGORITHM.save(model, tmp_path)
    loaded = ALGORITHM.load(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["model_algo-1"]
    queries = Table(rows(50, seed=2))
    assert ALGORITHM.predict(loaded, queries).tobytes() == ALGORITHM.predict(model, queries).tobytes()
    assert replace(loaded, forest=model.forest) == model


@pytest.mark.parametrize("change", ["another algorithm's", "without threshold", "of another length"])
def test_a_model_that_is_no_forest_is_refused(tmp_path: Path, change: str) -> None:
    content = trained(rows())[0].forest.arrays() | {"threshold": 1.0, "eval_metrics": ["accuracy"]}
    changed = {
        "another algorithm's": {"centers": np.zeros((2, 2))},
        "without threshold": {name: value for name, value in content.items() if name != "threshold"},
        "of another length": content | {"mass": np.arange(3)},
    }
    model_file.save(tmp_path, changed[change])
    with pytest.raises(ArtifactError, match="model_algo-1"):
        ALGORITHM.load(tmp_path)


@pytest.mark.parametrize("given", [{"num_trees": "1"}, {"num_trees": "1200"}, {"num_samples_per_tree": "3000"}])
def test_a_forest_of_any_size_scores_a_far_record_highest(given: Mapping[str, str]) -> None:
    features = np.random.default_rng(1).normal(size=(4000, 2)).astype(np.float32)
    features[7] = 50
    asked = {"feature_dim": "2", "num_trees": "5", "num_samples_per_tree": "3", **given}
    model = ALGORITHM.fit(parse(RandomCutForestHyperparameters, asked), Table(features), None, Context())
    assert int(np.argmax(ALGORITHM.predict(model, Table(features[:200])))) == 7
