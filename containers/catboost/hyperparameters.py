"""The hyperparameters of SageMaker's CatBoost, with its defaults, which are not the library's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from containers.catboost import metric_names
from contract.builtins.problem import PROBLEM_TYPES, Kind
from contract.hyperparameters import Hyperparameters, hyperparameter, rule

MAX_LEAVES, MIN_DATA_IN_LEAF, SCALE_POS_WEIGHT = 31, 1, 1.0
"""Defaults that are left out where the library does not admit the parameter, for SDKs send every default."""


@dataclass(frozen=True, kw_only=True)
class CatBoostHyperparameters(Hyperparameters):
    """Names, defaults and rules of the built-in, ranges as in the library where they are wider there.

    ``problem_type`` and ``csv_weights`` are additions.
    """

    problem_type: str = hyperparameter(
        "auto", choices=PROBLEM_TYPES, help="what is learned; auto decides it by the labels and logs the decision"
    )
    iterations: int = hyperparameter(500, bounds="[1, inf)", help="most trees")
    early_stopping_rounds: int = hyperparameter(
        5, help="stop after so many trees without a better eval_metric on the validation data; 0 or less: never"
    )
    eval_metric: str = hyperparameter(
        "auto",
        help="what is validated: a metric of CatBoost, with its parameters if any (`Quantile:alpha=0.3`); auto is RMSE "
        "(regression), AUC (binary) or MultiClass",
    )
    learning_rate: float = hyperparameter(0.009, bounds="(0, inf)", tunable=(0.001, 0.01), help="step size shrinkage")
    depth: int = hyperparameter(6, bounds="[1, 16]", tunable=(4, 10), help="depth of a tree")
    l2_leaf_reg: float = hyperparameter(3.0, bounds="[0, inf)", tunable=(2, 10), help="L2 regularisation of the leaves")
    random_strength: float = hyperparameter(
        1.0, bounds="[0, inf)", tunable=(0, 10), help="randomness of the scores of splits"
    )
    max_leaves: int = hyperparameter(
        MAX_LEAVES, bounds="[2, 65536]", help="most leaves of a tree; grow_policy=Lossguide"
    )
    rsm: float = hyperparameter(1.0, bounds="(0, 1]", help="share of the columns for each split")
    sampling_frequency: str = hyperparameter(
        "PerTreeLevel",
        choices=("PerTreeLevel", "PerTree"),
        help="when records are drawn anew; grow_policy=Lossguide always draws them for each tree",
    )
    min_data_in_leaf: int = hyperparameter(
        MIN_DATA_IN_LEAF, bounds="[1, inf)", help="fewest records in a leaf; grow_policy=Lossguide or Depthwise"
    )
    bagging_temperature: float = hyperparameter(
        1.0, bounds="[0, inf)", help="how unequal the random weights of the Bayesian bootstrap are; 0: all are 1"
    )
    boosting_type: str = hyperparameter(
        "Auto", choices=("Auto", "Ordered", "Plain"), help="scheme of boosting; Auto leaves it to the library"
    )
    scale_pos_weight: float = hyperparameter(
        SCALE_POS_WEIGHT, bounds="(0, inf)", help="weight of the positive class; binary classification"
    )
    max_bin: int | str = hyperparameter(
        "auto", bounds="[1, 65535]", words=("auto",), help="bins of a numeric column; auto leaves it to the library"
    )
    grow_policy: str = hyperparameter(
        "SymmetricTree", choices=("SymmetricTree", "Depthwise", "Lossguide"), help="which node is split next"
    )
    random_seed: int = hyperparameter(1, bounds="[0, inf)", help="random seed, of the automatic hold-out too")
    thread_count: int = hyperparameter(-1, bounds="[-1, inf)", help="threads; -1: all processors")
    verbose: int = hyperparameter(1, bounds="[1, inf)", help="log every so many rounds")
    csv_weights: int = hyperparameter(0, bounds="[0, 1]", help="1: the second column of a CSV is the instance weight")

    @property
    def kind(self) -> Kind | None:
        """The kind of problem that is asked for; None where the labels decide."""
        return None if self.problem_type == "auto" else cast(Kind, self.problem_type)

    @rule("thread_count")
    def _some_thread(self) -> Iterator[str]:
        if self.thread_count == 0:
            yield "thread_count: 0 threads cannot train; give -1 for all processors, or 1 and more"

    @rule("grow_policy", "max_leaves")
    def _leaves_are_counted_by_lossguide_alone(self) -> Iterator[str]:
        if self.grow_policy != "Lossguide" and self.max_leaves != MAX_LEAVES:
            yield f"max_leaves: is for grow_policy=Lossguide, it is {self.grow_policy}; leave it out or set depth"

    @rule("grow_policy", "min_data_in_leaf")
    def _symmetric_leaves_have_any_size(self) -> Iterator[str]:
        if self.grow_policy == "SymmetricTree" and self.min_data_in_leaf != MIN_DATA_IN_LEAF:
            yield "min_data_in_leaf: is for grow_policy=Lossguide and Depthwise, it is SymmetricTree; leave it out"

    @rule("grow_policy", "boosting_type")
    def _ordered_boosting_needs_symmetric_trees(self) -> Iterator[str]:
        if self.boosting_type == "Ordered" and self.grow_policy != "SymmetricTree":
            yield f"boosting_type: Ordered is for grow_policy=SymmetricTree, it is {self.grow_policy}; use Plain"

    @rule("eval_metric", "problem_type")
    def _eval_metric_is_known(self) -> Iterator[str]:
        yield from (f"eval_metric: {problem}" for problem in metric_names.problems(self.eval_metric, self.kind))

    @rule("scale_pos_weight", "problem_type")
    def _only_two_classes_are_scaled(self) -> Iterator[str]:
        if self.kind is not None:
            yield from self.scaling_problems(self.kind)

    def problems(self, kind: Kind) -> list[str]:
        """Returns what does not fit the kind of problem, where the labels decided it."""
        metric = [f"eval_metric: {problem}" for problem in metric_names.problems(self.eval_metric, kind)]
        return [*metric, *self.scaling_problems(kind)]

    def scaling_problems(self, kind: Kind) -> Iterator[str]:
        if kind != "binary_classification" and self.scale_pos_weight != SCALE_POS_WEIGHT:
            yield f"scale_pos_weight: is for a binary classification, this is a {kind.replace('_', ' ')}; leave it out"

    def metric(self, kind: Kind) -> str:
        """The eval_metric, with the meaning of auto."""
        return metric_names.AUTOMATIC[kind] if self.eval_metric == "auto" else self.eval_metric

    def library_settings(self, kind: Kind, threads: int) -> dict[str, Any]:
        """The parameters of the library. It writes no files, and logs through us."""
        settings: dict[str, Any] = {
            "loss_function": metric_names.LOSSES[kind],
            "eval_metric": self.metric(kind),
            "iterations": self.iterations,
            "learning_rate": self.learning_rate,
            "depth": self.depth,
            "l2_leaf_reg": self.l2_leaf_reg,
            "random_strength": self.random_strength,
            "rsm": self.rsm,
            "grow_policy": self.grow_policy,
            # Without this the library takes another bootstrap, which does not look at bagging_temperature.
            "bootstrap_type": "Bayesian",
            "bagging_temperature": self.bagging_temperature,
            "random_seed": self.random_seed,
            "thread_count": threads,
            "allow_writing_files": False,
            "logging_level": "Silent",
        }
        return settings | self._admitted(kind)

    def _admitted(self, kind: Kind) -> dict[str, Any]:
        """Parameters that the library takes only beside some others."""
        lossguide = self.grow_policy == "Lossguide"
        found: dict[str, Any] = {"sampling_frequency": "PerTree" if lossguide else self.sampling_frequency}
        if lossguide:
            found["max_leaves"] = self.max_leaves
        if self.grow_policy != "SymmetricTree":
            found["min_data_in_leaf"] = self.min_data_in_leaf
        if self.boosting_type != "Auto":
            found["boosting_type"] = self.boosting_type
        if kind == "binary_classification":
            found["scale_pos_weight"] = self.scale_pos_weight
        if self.max_bin != "auto":
            found["max_bin"] = self.max_bin
        if self.early_stopping_rounds > 0:
            found["early_stopping_rounds"] = self.early_stopping_rounds
        return found
