"""Data that catboost cannot learn from: clean errors instead of the library's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from catboost import CatBoost, CatBoostError, Pool

from containers.catboost import library_errors
from contract.builtins.problem import hold_out
from contract.errors import ChannelError, HyperparameterError
from tests.families.catboost_jobs import both, fit, params, table


@pytest.mark.parametrize(
    ("weight", "said"), [(-1, "record 1: its weight is below 0"), (0, "every record has weight 0")]
)
def test_weights_that_cannot_be_learned_with_are_refused(weight: float, said: str) -> None:
    data = replace(table(), weight=np.full(240, weight, np.float32))
    with pytest.raises(ChannelError, match=f"'train'.*{said}"):
        fit(params(), data)
    with pytest.raises(ChannelError, match=f"'validation'.*{said}"):
        fit(params(), table(), data)


def test_constant_features_are_refused() -> None:
    data = table()
    with pytest.raises(ChannelError, match="no feature column holds two different values"):
        fit(params(), replace(data, features=np.ones_like(data.features)))


def test_a_setting_that_the_library_refuses_is_not_blamed_on_good_data() -> None:
    with pytest.raises(HyperparameterError, match="cannot learn from these data with these hyperparameters: "):
        fit(replace(params(), grow_policy="Sideways"), table())


def test_the_library_still_says_of_an_infinite_number_what_we_know_it_by() -> None:
    pool = Pool(np.random.default_rng(0).random((10, 2)), np.arange(10) % 2)
    settings = {"iterations": 2, "loss_function": "Logloss", "allow_writing_files": False, "scale_pos_weight": 1e39}
    with pytest.raises(CatBoostError) as caught:
        CatBoost(settings).fit(pool, verbose=False)
    assert library_errors.is_invalid_float(caught.value), "its text changed: see containers/catboost/library_errors.py"
    assert type(caught.value) is CatBoostError, "it has types now: use them instead of texts"


@pytest.mark.parametrize("problem_type", ["auto", "regression"])
def test_labels_that_are_all_equal_are_refused(problem_type: str) -> None:
    data = replace(table(), label=np.full(240, 5, np.float32))
    with pytest.raises(ChannelError, match="are equal, so there is nothing to learn"):
        fit(params(problem_type=problem_type), data)


def test_a_single_class_is_refused() -> None:
    data = replace(table(), label=np.zeros(240, np.float32))
    with pytest.raises(ChannelError, match="'train': no record of class 1"):
        fit(params(problem_type="binary_classification"), data)


def test_a_class_that_only_the_hold_out_has_is_told() -> None:
    data = table()
    _, held_out = hold_out(replace(data, label=np.arange(240, dtype=np.float32)), seed=1)
    assert held_out.label is not None
    label = np.zeros(240, np.float32)
    label[held_out.label.astype(int)[::2]] = 1
    with pytest.raises(ChannelError, match="are equal, so there is nothing to learn"):
        fit(params(), replace(data, label=label))


@pytest.mark.parametrize("metric", ["auto", "PRAUC", "NormalizedGini"])
def test_a_class_that_the_hold_out_lacks_is_told_where_the_metric_needs_it(metric: str) -> None:
    train, validation = both("binary_classification")
    one = replace(validation, label=np.ones(90, np.float32))
    with pytest.raises(ChannelError, match="'validation': the labels of its records are all equal"):
        fit(params(eval_metric=metric), train, one)
    assert fit(params(eval_metric="Logloss"), train, one).tree_count


def test_a_rare_class_that_the_records_learned_from_lack_is_known_to_the_model() -> None:
    train, validation = both("multiclass_classification")
    label = np.where(np.arange(240) == 7, 3, train.label).astype(np.float32)  # type: ignore[arg-type]
    model = fit(params(), replace(train, label=label), validation)
    assert model.predict(validation).shape == (90, 4)


def test_a_label_of_the_validation_data_that_is_no_class_is_named() -> None:
    train, validation = both("binary_classification")
    label = np.where(np.arange(90) == 5, 2, validation.label).astype(np.float32)  # type: ignore[arg-type]
    with pytest.raises(ChannelError, match="'validation', record 6: label 2 is no class"):
        fit(params(), train, replace(validation, label=label))


def test_labels_that_the_eval_metric_cannot_judge_are_refused() -> None:
    with pytest.raises(HyperparameterError, match="CatBoost cannot learn from these data"):
        fit(params(eval_metric="AUC", problem_type="regression"), table())


def test_too_few_records_for_a_hold_out_are_refused() -> None:
    with pytest.raises(ChannelError, match="too few"):
        fit(params(), table(rows=2))
