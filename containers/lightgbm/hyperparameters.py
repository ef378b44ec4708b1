"""The hyperparameters of SageMaker's LightGBM, with SageMaker's defaults where they differ from the library's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from containers.lightgbm.metric_log import DOCUMENTED
from contract.builtins.problem import PROBLEM_TYPES, Kind, Problem
from contract.errors import HyperparameterError
from contract.hyperparameters import Hyperparameters, hyperparameter, rule

OBJECTIVES: dict[Kind, str] = {
    "regression": "regression",
    "binary_classification": "binary",
    "multiclass_classification": "multiclass",
}
"""The library's name of what is learned: squared error, binary cross-entropy, softmax."""

_VALUES = ("rmse", "l1", "l2", "huber", "fair")
METRICS: dict[Kind, tuple[str, ...]] = {
    "regression": _VALUES,
    "binary_classification": (
        "binary_logloss", "binary_error", "auc", "average_precision", "cross_entropy", *_VALUES,
    ),
    "multiclass_classification": ("multi_logloss", "multi_error", "auc_mu"),
}  # fmt: skip
"""The metrics that mean something for a problem."""
AUTO_METRIC: dict[Kind, str] = {
    "regression": "rmse",
    "binary_classification": "binary_logloss",
    "multiclass_classification": "multi_logloss",
}
TWEEDIE_POWER = 1.5


@dataclass(frozen=True, kw_only=True)
class LightGBMHyperparameters(Hyperparameters):
    """Names and defaults as in SageMaker's LightGBM, ranges as in the library where they are wider there.

    ``problem_type`` and ``csv_weights`` are ours.
    """

    problem_type: str = hyperparameter(
        "auto", choices=PROBLEM_TYPES, help="what is learned; auto decides by the labels, see above"
    )
    num_boost_round: int = hyperparameter(100, bounds="(0, inf)", help="most boosting rounds")
    early_stopping_rounds: int = hyperparameter(
        10, help="stop after so many rounds without a better validation metric; 0 or less: never"
    )
    metric: str = hyperparameter(
        "auto",
        choices=("auto", *DOCUMENTED),
        help="metric of every round; auto: rmse, binary_logloss or multi_logloss",
    )
    learning_rate: float = hyperparameter(0.1, bounds="(0, inf)", tunable=(0.001, 0.01), help="step size shrinkage")
    num_leaves: int = hyperparameter(64, bounds="(1, 131072]", tunable=(10, 100), help="most leaves of a tree")
    feature_fraction: float = hyperparameter(
        0.9, bounds="(0, 1]", tunable=(0.1, 1), help="share of features for each tree"
    )
    bagging_fraction: float = hyperparameter(
        0.9, bounds="(0, 1]", tunable=(0.1, 1), help="share of records for each bag"
    )
    bagging_freq: int = hyperparameter(1, tunable=(0, 10), help="a new bag every so many rounds; 0 or less: no bagging")
    max_depth: int = hyperparameter(6, tunable=(15, 100), help="depth of a tree; 0 or less: no limit")
    min_data_in_leaf: int = hyperparameter(3, bounds="[0, inf)", tunable=(10, 200), help="least records of a leaf")
    max_delta_step: float = hyperparameter(0.0, help="largest output of a leaf; 0 or less: no limit")
    lambda_l1: float = hyperparameter(0.0, bounds="[0, inf)", help="L1 regularisation")
    lambda_l2: float = hyperparameter(0.0, bounds="[0, inf)", help="L2 regularisation")
    boosting: str = hyperparameter(
        "gbdt", choices=("gbdt", "rf", "dart", "goss"), help="trees, random forest, dropouts or one-side sampling"
    )
    min_gain_to_split: float = hyperparameter(0.0, bounds="[0, inf)", help="least gain of a split")
    scale_pos_weight: float = hyperparameter(
        1.0, bounds="(0, inf)", help="binary classification: weight of class 1; not together with is_unbalance"
    )
    tree_learner: str = hyperparameter(
        "serial", choices=("serial", "feature", "data", "voting"), help="without effect on one instance"
    )
    feature_fraction_bynode: float = hyperparameter(1.0, bounds="(0, 1]", help="share of features for each split")
    is_unbalance: bool = hyperparameter(False, help="binary classification: give both classes the same weight")
    max_bin: int = hyperparameter(255, bounds="(1, inf)", help="most bins of a feature")
    tweedie_variance_power: float = hyperparameter(
        TWEEDIE_POWER, bounds="[1, 2)", help="regression; accepted, without effect: squared error is learned"
    )
    num_threads: int = hyperparameter(0, help="threads; 0 or less: all processors")
    verbosity: int = hyperparameter(1, help="how much the library logs: below 0 nothing, 0 warnings, 1 more, 2 all")
    csv_weights: int = hyperparameter(0, bounds="[0, 1]", help="1: the second column of a CSV is the sample weight")

    @property
    def patience(self) -> int | None:
        """The rounds without progress that end the training; None where all are done, as always with dart."""
        off = self.early_stopping_rounds <= 0 or self.boosting == "dart"
        return None if off else self.early_stopping_rounds

    def metric_of(self, problem: Problem) -> str:
        """The metric that is computed in every round, by the library's name."""
        return AUTO_METRIC[problem.kind] if self.metric == "auto" else self.metric

    @rule("scale_pos_weight", "is_unbalance")
    def _one_way_to_balance(self) -> Iterator[str]:
        if self.is_unbalance and self.scale_pos_weight != 1:
            yield "is_unbalance: weighs the classes itself, remove it or scale_pos_weight"

    @rule("boosting", "bagging_fraction", "bagging_freq", "feature_fraction")
    def _a_forest_is_random(self) -> Iterator[str]:
        bagging = self.bagging_freq > 0 and self.bagging_fraction < 1
        if self.boosting == "rf" and not bagging and self.feature_fraction == 1:
            yield "boosting: rf needs bagging_freq over 0 and bagging_fraction below 1, or feature_fraction below 1"

    def check(self, problem: Problem) -> None:
        """Raises ``HyperparameterError`` for what the problem, once it is decided, has no use for."""
        found = list(self._misfits(problem))
        if found:
            raise HyperparameterError(f"{'; '.join(found)} (problem_type {self.problem_type}: {problem.kind})")

    def _misfits(self, problem: Problem) -> Iterator[str]:
        metric, known = self.metric_of(problem), METRICS[problem.kind]
        if metric not in known:
            yield f"metric: {metric!r} is not one of {', '.join(known)}"
        if problem.kind != "binary_classification":
            if self.scale_pos_weight != 1:
                yield "scale_pos_weight: is for a binary classification"
            if self.is_unbalance:
                yield "is_unbalance: is for a binary classification"
        if problem.kind != "regression" and self.tweedie_variance_power != TWEEDIE_POWER:
            yield "tweedie_variance_power: is for a regression"

    def library_settings(self, problem: Problem, threads: int) -> dict[str, Any]:
        """Returns what the library is called with, for the same model on every run whatever the number of threads."""
        settings = {name: value for name, value in self.settings().items() if name not in _NOT_FOR_THE_LIBRARY}
        settings |= {"objective": OBJECTIVES[problem.kind], "metric": self.metric_of(problem)}
        settings |= {"num_threads": threads, "deterministic": True, "force_col_wise": True}
        if problem.kind == "multiclass_classification":
            settings["num_class"] = problem.class_count
        if self.boosting == "goss":  # the library's name of it since version 4; it does not go with bagging
            settings |= {"boosting": "gbdt", "data_sample_strategy": "goss", "bagging_freq": 0}
        return settings


_NOT_FOR_THE_LIBRARY = frozenset("problem_type num_boost_round early_stopping_rounds csv_weights".split())
