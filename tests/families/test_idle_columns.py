"""Columns without information have no influence on answers, whatever a request holds in them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from containers.tensorflow.mlp.columns import learn
from contract.context import Context
from contract.tables.data import Table
from tests.families import linear_learner_jobs, mlp_jobs

IDLE = "without influence on the answers, because it never changes in the training data: "


def beside(table: Table, *columns: float) -> Table:
    """The table with constant columns beside its own."""
    return replace(
        table,
        features=np.column_stack([table.dense, *(np.full(len(table), each) for each in columns)]).astype(np.float32),
    )


def with_last(table: Table, value: float) -> Table:
    features = table.dense.copy()
    features[:, -1] = value
    return replace(table, features=features)


@pytest.mark.parametrize("constant", [0.0, 3.5, -1e6])
@pytest.mark.parametrize("given", [{}, {"normalize_data": "false"}, {"unbias_data": "false"}, {"optimizer": "sgd"}])
@pytest.mark.parametrize("predictor", ["regressor", "binary_classifier", "multiclass_classifier"])
def test_a_constant_column_gets_no_weight_of_linear_learner(
    predictor: str, given: dict[str, str], constant: float
) -> None:
    lines: list[str] = []
    table = beside(linear_learner_jobs.table(predictor), constant)
    settings = linear_learner_jobs.params(predictor, num_models="4", epochs="3", **given)
    model = linear_learner_jobs.fit(settings, table, context=Context(log=lines.append))
    assert not model.weights[-1].any()
    np.testing.assert_array_equal(model.predict(table), model.predict(with_last(table, 100)))
    assert any(line.endswith(f"{IDLE}feature 5") for line in lines)


@pytest.mark.parametrize("given", [{}, {"optimizer": "sgd"}, {"optimizer": "sgd", "use_bias": "false"}])
def test_a_table_of_nothing_but_constants_is_answered_with_the_mean_label(given: dict[str, str]) -> None:
    table = replace(linear_learner_jobs.table(), features=np.zeros((linear_learner_jobs.ROWS, 2), np.float32))
    model = linear_learner_jobs.fit(linear_learner_jobs.params(num_models="4", epochs="3", **given), table)
    assert not model.weights.any()
    assert np.isfinite(model.predict(table)).all()


def test_a_constant_column_may_be_the_users_own_bias() -> None:
    table = beside(linear_learner_jobs.table(), 1.0)
    settings = linear_learner_jobs.params(num_models="4", epochs="5", use_bias="false")
    assert linear_learner_jobs.fit(settings, table).weights[-1].any()


def test_a_column_that_changes_once_is_learned_though_a_sample_may_not_show_it() -> None:
    table = beside(linear_learner_jobs.table(), 0.0)
    table.dense[7, -1] = 1
    settings = linear_learner_jobs.params(num_models="4", epochs="3", num_point_for_scaler="10")
    assert linear_learner_jobs.fit(settings, table).weights[-1].any()


@pytest.mark.parametrize("constant", [0.0, 3.5, np.nan])
@pytest.mark.parametrize("given", [{}, {"normalize_data": "false"}])
def test_constant_and_empty_columns_are_no_input_of_mlp(constant: float, given: dict[str, str]) -> None:
    lines: list[str] = []
    table = beside(mlp_jobs.table(), constant)
    model: Any = mlp_jobs.ALGORITHM.fit(mlp_jobs.params(epochs="1", **given), table, None, Context(log=lines.append))
    expected = mlp_jobs.ALGORITHM.predict(model, table)
    for value in (100, np.nan):
        np.testing.assert_array_equal(mlp_jobs.ALGORITHM.predict(model, with_last(table, value)), expected)
    assert f"{IDLE}feature 5" in lines


def test_a_column_that_hardly_changes_is_an_input_of_mlp() -> None:
    table = with_last(beside(mlp_jobs.table(), 0.0), 1e9)
    table.dense[::2, -1] = 1e9 + 64
    assert 4 in learn(table, mlp_jobs.params(), Context())[0].numbers


def test_a_category_that_is_always_the_same_is_no_input_of_mlp() -> None:
    table = replace(beside(mlp_jobs.table(), 0.0), levels={4: ("red",)})
    model: Any = mlp_jobs.ALGORITHM.fit(mlp_jobs.params(epochs="1"), table, None, Context())
    expected = mlp_jobs.ALGORITHM.predict(model, table)
    for value in (1, np.nan):
        np.testing.assert_array_equal(mlp_jobs.ALGORITHM.predict(model, with_last(table, value)), expected)
