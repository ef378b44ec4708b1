"""What pca learns: the components of scikit-learn, from slices of the data, the largest one last."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import decomposition

from containers.sklearn import model_file
from containers.sklearn.projection.algorithm import ALGORITHM, Components
from containers.sklearn.projection.hyperparameters import PCAHyperparameters
from contract.context import Context
from contract.errors import ArtifactError, ChannelError, HyperparameterError, Stopped
from contract.hyperparameters import parse
from contract.source import Source
from contract.tables.data import Table
from tests.families.evaluation import evaluate
from tests.formats import samples

MODES = ("regular", "randomized")


def data(rows: int = 500, width: int = 12, seed: int = 1) -> Any:
    """Correlated columns of different scales, far from zero."""
    random = np.random.default_rng(seed)
    mixing = np.random.default_rng(0).normal(size=(width, width))
    scales = 2.0 ** -np.arange(width)
    return (random.normal(size=(rows, width)) * scales @ mixing + np.arange(width)).astype(np.float32)


def params(**given: str) -> PCAHyperparameters:
    defaults = {"feature_dim": "12", "num_components": "5", "mini_batch_size": "64"}
    return parse(PCAHyperparameters, defaults | given)


def fit(rows: Any, context: Context | None = None, **given: str) -> Components:
    return ALGORITHM.fit(params(**given), Table(rows), None, context or Context())


def up_to_sign(ours: Any, theirs: Any, tolerance: float) -> None:
    """Compares columns of either sign."""
    signs = np.sign((ours * theirs).sum(axis=0))
    np.testing.assert_allclose(ours * signs, theirs, atol=tolerance * np.abs(theirs).max())


@pytest.mark.parametrize("mode", MODES)
def test_the_components_are_those_of_scikit_learn_in_ascending_order(mode: str) -> None:
    rows = data()
    theirs = decomposition.PCA(5, svd_solver="full").fit(rows.astype(np.float64))
    ours = fit(rows, algorithm_mode=mode)
    assert ours.mean is not None
    assert (np.diff(ours.values) > 0).all()
    np.testing.assert_allclose(ours.values, theirs.singular_values_[::-1], rtol=1e-6)
    np.testing.assert_allclose(ours.mean, theirs.mean_[None], rtol=1e-6)
    up_to_sign(ours.vectors, theirs.components_[::-1].T, 1e-5)
    up_to_sign(ALGORITHM.predict(ours, Table(rows)), theirs.transform(rows)[:, ::-1], 1e-5)


@pytest.mark.parametrize("mode", MODES)
def test_without_subtract_mean_they_are_those_of_a_truncated_svd(mode: str) -> None:
    rows = data()
    theirs = decomposition.TruncatedSVD(5, algorithm="arpack", random_state=0).fit(rows.astype(np.float64))
    ours = fit(rows, algorithm_mode=mode, subtract_mean="false")
    assert ours.mean is None
    np.testing.assert_allclose(ours.values, theirs.singular_values_[::-1], rtol=1e-6)
    up_to_sign(ours.vectors, theirs.components_[::-1].T, 1e-5)
    up_to_sign(ALGORITHM.predict(ours, Table(rows)), theirs.transform(rows)[:, ::-1], 1e-5)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", ["1", "7", "499", "5000"])
def test_the_mini_batch_size_does_not_change_the_result(mode: str, size: str) -> None:
    rows = data()
    whole, sliced = (
        fit(rows, algorithm_mode=mode, mini_batch_size="500"),
        fit(rows, algorithm_mode=mode, mini_batch_size=size),
    )
    np.testing.assert_allclose(sliced.values, whole.values, rtol=1e-9)
    np.testing.assert_allclose(sliced.vectors, whole.vectors, atol=1e-7)


@pytest.mark.parametrize("mode", MODES)
def test_the_same_job_gives_the_same_model_from_memory_and_from_a_mapped_file(mode: str, tmp_path: Path) -> None:
    rows = data(3000)
    mapped = np.memmap(tmp_path / "rows", np.float32, "w+", shape=rows.shape)
    mapped[:] = rows
    models = [fit(source, algorithm_mode=mode) for source in (rows, rows, mapped)]
    for model in models[1:]:
        np.testing.assert_array_equal(model.vectors, models[0].vectors)
        np.testing.assert_array_equal(model.values, models[0].values)


def test_columns_far_from_zero_lose_no_digits() -> None:
    rows = data() + np.float32(100_000)
    exact = np.linalg.svd(rows.astype(np.float64) - rows.mean(axis=0, dtype=np.float64), compute_uv=False)
    np.testing.assert_allclose(fit(rows).values, exact[4::-1], rtol=1e-6)


@pytest.mark.parametrize("mode", MODES)
def test_the_largest_entry_of_a_component_is_positive(mode: str) -> None:
    vectors = fit(data(), algorithm_mode=mode).vectors
    assert (vectors[np.abs(vectors).argmax(axis=0), np.arange(5)] > 0).all()


@pytest.mark.parametrize("mode", MODES)
def test_the_components_are_orthonormal_even_where_the_data_have_fewer_dimensions(mode: str) -> None:
    rows = data(200, 3) @ np.random.default_rng(2).normal(size=(3, 12)).astype(np.float32)
    model = fit(rows, algorithm_mode=mode, num_components="8")
    np.testing.assert_allclose(model.vectors.T @ model.vectors, np.eye(8), atol=1e-10)
    assert (model.values[:5] < 1e-4 * model.values[-1]).all()
    assert (model.values[5:] > 1e-3 * model.values[-1]).all()


@pytest.mark.parametrize(("mode", "expected"), [("regular", 1), ("randomized", 3)])
def test_progress_is_told(mode: str, expected: int) -> None:
    lines: list[str] = []
    fit(data(), Context(log=lines.append), algorithm_mode=mode, epochs="3")
    assert sum("#progress_metric" in line for line in lines) == expected
    assert any("completed 100.0 % of epochs" in line for line in lines)


def test_a_sketch_gets_better_with_more_extra_components_and_with_more_epochs() -> None:
    rows = np.random.default_rng(6).normal(size=(400, 120)).astype(np.float32)  # hard: all directions are alike
    given = {"feature_dim": "120", "num_components": "4", "algorithm_mode": "randomized"}
    plain = fit(rows, **given, extra_components="0").values.sum()
    extra = fit(rows, **given, extra_components="30").values.sum()
    longer = fit(rows, **given, extra_components="0", epochs="5").values.sum()
    exact = fit(rows, **given | {"algorithm_mode": "regular"}).values.sum()
    assert plain < extra <= exact * (1 + 1e-9)
    assert plain < longer <= exact * (1 + 1e-9)
    assert fit(rows, **given).values.sum() > 0.98 * exact


@pytest.mark.parametrize(
    ("components", "extra", "expected"),
    [("5", "-1", 15), ("30", "-1", 60), ("5", "0", 5), ("5", "7", 12), ("95", "9", 100)],
)
def test_the_sketch_has_num_components_and_extra_components_rows(components: str, extra: str, expected: int) -> None:
    assert params(feature_dim="100", num_components=components, extra_components=extra).sketch_size == expected


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"num_components": "13"}, "num_components: 13 is more than feature_dim, 12"),
        ({"mini_batch_size": ""}, "mini_batch_size: is required"),
        ({"algorithm_mode": "stable"}, "algorithm_mode: 'stable' is not one of regular, randomized"),
        ({"extra_components": "-2"}, "extra_components: -2 is out of range"),
        ({"subtract_mean": "maybe"}, "subtract_mean: 'maybe' cannot be read, expected a boolean"),
    ],
)
def test_settings_that_make_no_sense_are_named(given: dict[str, str], problem: str) -> None:
    with pytest.raises(HyperparameterError, match=problem):
        params(**given)


def test_all_that_is_required_is_named_at_once() -> None:
    with pytest.raises(HyperparameterError, match="3 hyperparameter problems"):
        parse(PCAHyperparameters, {})


def test_what_the_sdk_sends_is_taken() -> None:
    found = params(algorithm_mode="randomized", extra_components="5", subtract_mean="True", force_dense="True")
    assert (found.algorithm_mode, found.extra_components, found.subtract_mean) == ("randomized", 5, True)


def test_fewer_records_than_components_are_refused_with_both_numbers() -> None:
    with pytest.raises(ChannelError, match=r"num_components is 5, but the train channel has 4 records"):
        fit(data(4))


def test_other_columns_than_feature_dim_are_refused_with_the_hint_about_label_size() -> None:
    with pytest.raises(ChannelError, match=r"feature_dim is 13, but the records have 12 features.*label_size=0"):
        fit(data(), feature_dim="13")


def test_a_matrix_of_features_beyond_memory_is_refused_with_the_way_out() -> None:
    wide = np.zeros((2, 400_000), np.float32)
    with pytest.raises(HyperparameterError, match=r"400000 x 400000 numbers.*use randomized"):
        fit(wide, feature_dim="400000", num_components="1")


def test_as_many_features_are_no_problem_for_a_sketch() -> None:
    random = np.random.default_rng(0)
    wide = (random.normal(size=(20, 4)) * [4, 3, 2, 1] @ random.normal(size=(4, 40_000))).astype(np.float32)
    given = {"feature_dim": "40000", "num_components": "3", "algorithm_mode": "randomized"}
    theirs = decomposition.PCA(3, svd_solver="full").fit(wide.astype(np.float64))
    np.testing.assert_allclose(fit(wide, **given).values, theirs.singular_values_[::-1], rtol=1e-5)


def test_records_that_are_all_alike_have_components_without_any_share() -> None:
    rows = np.tile(data(1), (30, 1))
    model = fit(rows)
    evaluation, predictions = evaluate(ALGORITHM, model, Table(rows))
    assert not model.values.any()
    assert not predictions.any()
    assert evaluation.metrics == {"reconstruction_error": 0}
    assert ALGORITHM.figures(model, {}) == ()


@pytest.mark.parametrize("mode", MODES)
def test_a_job_that_is_stopped_keeps_nothing(mode: str) -> None:
    with pytest.raises(Stopped):
        fit(data(), Context(stopping=lambda: True), algorithm_mode=mode)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/csv;label_size=0", samples.as_csv(data(60))),
        ("text/csv", samples.as_csv(data(60), np.arange(60.0))),
        ("application/x-recordio-protobuf", samples.as_recordio(data(60))),
        ("application/x-recordio-protobuf", samples.as_recordio(data(60), np.arange(60.0))),
        ("application/x-recordio-protobuf", samples.as_sparse_recordio(data(60))),
    ],
)
def test_every_format_gives_the_same_components(content_type: str, body: bytes, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(body)
    table = ALGORITHM.input.read(Source("train", tmp_path, (tmp_path / "data",), content_type), params(), None)
    model = ALGORITHM.fit(params(), table, None, Context())
    np.testing.assert_array_equal(model.vectors, fit(data(60)).vectors)


@pytest.mark.parametrize(("subtract", "names"), [("true", {"s", "v", "mean", "total"}), ("false", {"s", "v", "total"})])
def test_the_file_holds_singular_values_components_and_mean_as_sagemakers_does(
    subtract: str, names: set[str], tmp_path: Path
) -> None:
    model = fit(data(), subtract_mean=subtract)
    ALGORITHM.save(model, tmp_path)
    content = model_file.load(tmp_path)
    assert set(content) == names
    assert (content["s"].shape, content["v"].shape) == ((5,), (12, 5))
    assert content.get("mean", np.empty((1, 12))).shape == (1, 12)
    loaded = ALGORITHM.load(tmp_path)
    np.testing.assert_array_equal(ALGORITHM.predict(loaded, Table(data(50))), ALGORITHM.predict(model, Table(data(50))))


def test_the_model_of_another_algorithm_is_refused(tmp_path: Path) -> None:
    model_file.save(tmp_path, {"centers": np.eye(2)})
    with pytest.raises(ArtifactError, match="model_algo-1 has no s"):
        ALGORITHM.load(tmp_path)
