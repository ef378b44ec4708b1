"""The declared bounds of xgboost, lightgbm and catboost, tried on the libraries themselves.

A job is trained with what lies at a closed bound. What lies beyond a bound is given to the library alone: it refuses it
too, or the table below says why we do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import catboost
import lightgbm
import numpy as np
import pytest
import xgboost

from containers.catboost.hyperparameters import CatBoostHyperparameters
from containers.lightgbm.hyperparameters import LightGBMHyperparameters
from containers.xgboost.hyperparameters import XGBoostHyperparameters
from contract.hyperparameter_values import Interval
from contract.hyperparameters import Hyperparameters, specs
from tests.families import catboost_jobs, lightgbm_jobs, xgboost_jobs

FAMILIES: dict[str, tuple[type[Hyperparameters], ModuleType]] = {
    "xgboost": (XGBoostHyperparameters, xgboost_jobs),
    "lightgbm": (LightGBMHyperparameters, lightgbm_jobs),
    "catboost": (CatBoostHyperparameters, catboost_jobs),
}
BESIDE: dict[tuple[str, str], dict[str, str]] = {
    ("xgboost", "num_class"): {"objective": "multi:softprob"},
    ("xgboost", "rate_drop"): {"booster": "dart"},
    ("xgboost", "skip_drop"): {"booster": "dart"},
    ("xgboost", "one_drop"): {"booster": "dart"},
    ("xgboost", "tweedie_variance_power"): {"objective": "reg:tweedie"},
    ("xgboost", "aft_loss_distribution_scale"): {"objective": "survival:aft"},
    ("lightgbm", "scale_pos_weight"): {"objective": "binary"},
    ("catboost", "max_leaves"): {"grow_policy": "Lossguide"},
    ("catboost", "min_data_in_leaf"): {"grow_policy": "Lossguide"},
    ("catboost", "scale_pos_weight"): {"loss_function": "Logloss"},
    ("catboost", "bagging_temperature"): {"bootstrap_type": "Bayesian"},
}
"""What must stand beside a hyperparameter for the library to look at it."""
LISTS = {"interaction_constraints": "[[{}]]", "monotone_constraints": "[{}]"}
NOT_THE_LIBRARYS = frozenset(
    "num_round num_class early_stopping_rounds csv_weights sketch_eps prob_buffer_row _kfold _num_cv_round lambda_bias "
    "interaction_constraints num_boost_round iterations verbose".split()
)
NOTHING_LEARNED = "no record, column or split is left to learn from"
NO_MEANING = "the library computes on, without a meaning"
TIGHTER: dict[tuple[str, str], str] = {
    ("xgboost", "subsample"): NOTHING_LEARNED,
    ("xgboost", "colsample_bytree"): NOTHING_LEARNED,
    ("xgboost", "colsample_bylevel"): NOTHING_LEARNED,
    ("xgboost", "colsample_bynode"): NOTHING_LEARNED,
    ("xgboost", "nthread"): NO_MEANING,
    ("xgboost", "monotone_constraints"): NO_MEANING,
    ("xgboost", "eta"): "the library's documentation ends at 1 too",
    ("xgboost", "seed"): "hyperparameters are whole numbers of 32 bits",
    ("xgboost", "tweedie_variance_power"): "at 1 the metric of the rounds divides by zero",
    ("xgboost", "aft_loss_distribution_scale"): NO_MEANING,
    ("catboost", "depth"): NOTHING_LEARNED,
    ("catboost", "random_strength"): NO_MEANING,
    ("catboost", "max_leaves"): NOTHING_LEARNED,
}
"""Where our bound is tighter than the library's, and why."""


def _edges(bounds: Interval, step: float, *, beyond: bool) -> Iterator[str]:
    ends = ((bounds.low, -step, bounds.text.startswith("(")), (bounds.high, step, bounds.text.endswith(")")))
    for end, outwards, is_open in ends:
        if math.isfinite(end) and (beyond or not is_open):
            edge = end if is_open or not beyond else end + outwards
            yield str(int(edge)) if float(edge).is_integer() else str(edge)


def edges(*, beyond: bool) -> list[tuple[str, str, str]]:
    found = []
    for family, (declared, _) in FAMILIES.items():
        for spec in specs(declared):
            if spec.declaration.bounds is not None and not (beyond and spec.name in NOT_THE_LIBRARYS):
                step = 1 if "int" in str(spec.type) else 0.25
                found += [(family, spec.name, text) for text in _edges(spec.declaration.bounds, step, beyond=beyond)]
    return found


@pytest.mark.parametrize(("family", "name", "value"), edges(beyond=False))
def test_a_job_trains_with_what_lies_at_a_closed_bound(family: str, name: str, value: str) -> None:
    beside = BESIDE.get((family, name), {}) | {"xgboost": {"num_round": "2"}}.get(family, {})
    declared, jobs = FAMILIES[family]
    known = {spec.name for spec in specs(declared)}
    given = {key: text for key, text in beside.items() if key in known} | {name: LISTS.get(name, "{}").format(value)}
    data = jobs.table(given.get("objective", "reg:squarederror")) if family == "xgboost" else jobs.table()
    if "objective" in given and given["objective"].startswith("multi"):
        data = jobs.table("multi:softprob", classes=2)
    model = jobs.fit(jobs.params(**given), data, data)
    assert np.isfinite(model.predict(data)).all()


@pytest.mark.parametrize(("family", "name", "value"), edges(beyond=True))
def test_the_library_refuses_what_lies_beyond_a_bound_or_the_table_says_why_we_do(
    family: str, name: str, value: str
) -> None:
    try:
        TRY[family]({**BESIDE.get((family, name), {}), name: value})
    except (xgboost.core.XGBoostError, lightgbm.basic.LightGBMError, catboost.CatBoostError):
        return
    assert (family, name) in TIGHTER, f"the library trains with {name} {value}"


def _xgboost(settings: dict[str, str]) -> None:
    data = xgboost_jobs.table(settings.get("objective", "reg:squarederror"))
    matrix = xgboost.DMatrix(data.features, label=data.label)
    if settings.get("objective") == "survival:aft":
        matrix.set_float_info("label_lower_bound", data.label)
        matrix.set_float_info("label_upper_bound", data.label)
    xgboost.train({"nthread": 1, "verbosity": 0, **settings}, matrix, 2).predict(matrix)


def _lightgbm(settings: dict[str, str]) -> None:
    data = lightgbm_jobs.table("binary_classification")
    learned = lightgbm.Dataset(data.features, label=data.label)
    lightgbm.train({"verbosity": -1, "num_threads": 1, **settings}, learned, 2)


def _catboost(settings: dict[str, str]) -> None:
    if settings.get("thread_count") == "0" or settings.get("max_leaves") == "0":
        raise catboost.CatBoostError("the library would end the process")
    data = catboost_jobs.table("binary_classification")
    quiet: dict[str, Any] = {"iterations": 2, "logging_level": "Silent", "allow_writing_files": False}
    catboost.CatBoost({**quiet, "thread_count": 1, **settings}).fit(data.features, data.label)


TRY = {"xgboost": _xgboost, "lightgbm": _lightgbm, "catboost": _catboost}
