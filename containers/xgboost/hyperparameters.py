"""The hyperparameters of SageMaker's XGBoost, with the library's own defaults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from containers.xgboost import metric_names
from contract.hyperparameters import Hyperparameters, hyperparameter, rule

OBJECTIVES = (
    "reg:squarederror", "reg:linear", "reg:logistic", "reg:gamma", "reg:tweedie", "reg:pseudohubererror",
    "reg:squaredlogerror", "reg:absoluteerror", "binary:logistic", "binary:logitraw", "binary:hinge", "count:poisson",
    "multi:softmax", "multi:softprob", "rank:pairwise", "rank:ndcg", "rank:map", "survival:aft", "survival:cox",
)  # fmt: skip
TREE_UPDATERS = ("grow_colmaker", "grow_histmaker", "grow_quantile_histmaker", "sync", "refresh", "prune")
LINEAR_UPDATERS = ("shotgun", "coord_descent")
SAME_FOR_ALL_CLASSES = 0.5
"""The first prediction of every class, as XGBoost up to 3.0 has it: older readers take one number, not one a class."""
GONE = "it left the XGBoost library before version 2"


@dataclass(frozen=True, kw_only=True)
class XGBoostHyperparameters(Hyperparameters):
    """Names and rules as in SageMaker's XGBoost, ranges as in the library where they are wider there.

    ``None`` leaves the choice to the library.
    """

    removed: ClassVar[Mapping[str, str]] = {
        "single_precision_histogram": "left the XGBoost library with version 1.7; remove it",
        "silent": "left the XGBoost library; use verbosity",
    }

    num_round: int = hyperparameter(bounds="[1, inf)", tunable=(1, 4000), help="boosting rounds")
    objective: str = hyperparameter("reg:squarederror", choices=OBJECTIVES, help="what is learned")
    num_class: int | None = hyperparameter(None, bounds="[2, inf)", help="number of classes, required for multi:*")
    eval_metric: tuple[str, ...] = hyperparameter((), shown="by objective", help="metrics of every round, by comma")
    early_stopping_rounds: int | None = hyperparameter(
        None, bounds="[1, inf)", shown="off", help="stop after so many rounds without a better validation metric"
    )
    csv_weights: int = hyperparameter(0, bounds="[0, 1]", help="1: the second column of a CSV is the instance weight")
    booster: str = hyperparameter("gbtree", choices=("gbtree", "gblinear", "dart"), help="kind of model")
    verbosity: int = hyperparameter(1, bounds="[0, 3]", help="how much the library logs")
    nthread: int | None = hyperparameter(
        None, bounds="[-1, inf)", shown="all processors", help="threads; 0 or less: all processors"
    )
    eta: float | None = hyperparameter(
        None, bounds="[0, 1]", aliases=("learning_rate",), tunable=(0.1, 0.5), shown="0.3", help="step size shrinkage"
    )
    gamma: float | None = hyperparameter(
        None, bounds="[0, inf)", aliases=("min_split_loss",), tunable=(0, 5), shown="0", help="least gain of a split"
    )
    max_depth: int | None = hyperparameter(
        None, bounds="[0, inf)", tunable=(0, 10), shown="6", help="depth of a tree; 0 means no limit"
    )
    min_child_weight: float | None = hyperparameter(
        None, bounds="[0, inf)", tunable=(0, 120), shown="1", help="least sum of instance weight in a child"
    )
    max_delta_step: float | None = hyperparameter(
        None, bounds="[0, inf)", tunable=(0, 10), shown="0", help="largest change of a leaf; 0 means no limit"
    )
    subsample: float | None = hyperparameter(
        None, bounds="(0, 1]", tunable=(0.5, 1), shown="1", help="share of rows for each tree"
    )
    colsample_bytree: float | None = hyperparameter(
        None, bounds="(0, 1]", tunable=(0.5, 1), shown="1", help="share of columns for each tree"
    )
    colsample_bylevel: float | None = hyperparameter(
        None, bounds="(0, 1]", tunable=(0.1, 1), shown="1", help="share of columns for each level"
    )
    colsample_bynode: float | None = hyperparameter(
        None, bounds="(0, 1]", tunable=(0.1, 1), shown="1", help="share of columns for each split"
    )
    lambda_: float | None = hyperparameter(
        None, bounds="[0, inf)", aliases=("reg_lambda",), tunable=(0, 1000), shown="1", help="L2 regularisation"
    )
    alpha: float | None = hyperparameter(
        None, bounds="[0, inf)", aliases=("reg_alpha",), tunable=(0, 1000), shown="0", help="L1 regularisation"
    )
    tree_method: str | None = hyperparameter(
        None,
        choices=("auto", "exact", "approx", "hist"),
        removed={"gpu_hist": "this image trains on processors, use hist"},
        shown="auto",
        help="how splits are found",
    )
    sketch_eps: float | None = hyperparameter(None, bounds="(0, 1)", help="accepted, without effect: use max_bin")
    scale_pos_weight: float | None = hyperparameter(
        None, bounds="[0, inf)", shown="1", help="weight of the positive class"
    )
    updater: tuple[str, ...] = hyperparameter(
        (),
        choices=(*TREE_UPDATERS, *LINEAR_UPDATERS),
        removed={"distcol": GONE, "grow_skmaker": GONE},
        shown="by tree_method",
        help="updaters in their order, by comma",
    )
    dsplit: str | None = hyperparameter(None, choices=("row", "col"), help="accepted, without effect on one instance")
    refresh_leaf: int | None = hyperparameter(None, bounds="[0, 1]", shown="1", help="1: refresh updates leaves too")
    process_type: str = hyperparameter("default", choices=("default", "update"), help="how trees are made")
    grow_policy: str | None = hyperparameter(
        None, choices=("depthwise", "lossguide"), shown="depthwise", help="which node is split next"
    )
    max_leaves: int | None = hyperparameter(None, bounds="[0, inf)", shown="0", help="most leaves; 0 means no limit")
    max_bin: int | None = hyperparameter(None, bounds="[2, inf)", shown="256", help="bins of a feature")
    predictor: str | None = hyperparameter(
        None, choices=("auto", "cpu_predictor", "gpu_predictor"), help="accepted, without effect since XGBoost 2"
    )
    monotone_constraints: tuple[int, ...] = hyperparameter(
        (), bounds="[-1, 1]", shown="none", help="direction of each feature, as (0,1,-1)"
    )
    interaction_constraints: tuple[tuple[int, ...], ...] = hyperparameter(
        (), bounds="[0, inf)", shown="none", help="features that may interact, counted from 0, as [[0,1],[2,3]]"
    )
    sample_type: str | None = hyperparameter(
        None, choices=("uniform", "weighted"), shown="uniform", help="dart: which trees are dropped"
    )
    normalize_type: str | None = hyperparameter(
        None, choices=("tree", "forest"), shown="tree", help="dart: weight of new trees"
    )
    rate_drop: float | None = hyperparameter(None, bounds="[0, 1]", shown="0", help="dart: share of trees dropped")
    skip_drop: float | None = hyperparameter(None, bounds="[0, 1]", shown="0", help="dart: chance of no drop")
    one_drop: int | None = hyperparameter(None, bounds="[0, 1]", shown="0", help="dart: 1 drops at least one tree")
    lambda_bias: float | None = hyperparameter(None, bounds="[0, 1]", help="accepted, without effect since XGBoost 1")
    tweedie_variance_power: float = hyperparameter(1.5, bounds="(1, 2)", help="reg:tweedie: variance power")
    base_score: float | None = hyperparameter(
        None, shown="estimated; 0.5 for multi:*", help="first prediction, the same for every class"
    )
    seed: int | None = hyperparameter(None, bounds="[-2147483647, 2147483647]", shown="0", help="random seed")
    num_parallel_tree: int | None = hyperparameter(None, bounds="[1, inf)", shown="1", help="trees in a round")
    save_model_on_termination: bool = hyperparameter(
        False, help="keep the model of the last finished round when the job is stopped"
    )
    aft_loss_distribution: str | None = hyperparameter(
        None, choices=("normal", "logistic", "extreme"), shown="normal", help="survival:aft: distribution"
    )
    aft_loss_distribution_scale: float | None = hyperparameter(
        None, bounds="(0, inf)", shown="1", help="survival:aft: scale of the distribution"
    )
    deterministic_histogram: bool | None = hyperparameter(None, help="accepted, without effect on processors")
    sampling_method: str | None = hyperparameter(
        None, choices=("uniform", "gradient_based"), shown="uniform", help="how rows are sampled"
    )
    prob_buffer_row: int | None = hyperparameter(None, bounds="(1, inf)", help="accepted, without effect")
    use_dask_gpu_training: bool = hyperparameter(False, help="must be false: this image trains on processors")
    kfold: int | None = hyperparameter(
        None,
        name="_kfold",
        bounds="[2, inf)",
        shown="off",
        help="cross-validate in the job, keep a model a fold",
    )
    num_cv_round: int = hyperparameter(1, name="_num_cv_round", bounds="[1, inf)", help="repetitions of the k-fold")
    tuning_objective_metric: str | None = hyperparameter(
        None,
        name="_tuning_objective_metric",
        help="set by the tuner: what early stopping watches",
    )

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics of every round; the last is what early stopping watches. Empty leaves it to the library."""
        wanted = self.tuning_objective_metric
        if not wanted:
            return self.eval_metric
        tuned = wanted.rpartition(":")[2]
        return (*(name for name in self.eval_metric if name != tuned), tuned)

    @rule("objective", "num_class")
    def _class_count(self) -> Iterator[str]:
        if self.objective.startswith("multi:") and self.num_class is None:
            yield f"num_class: is required for {self.objective}; give the number of classes"

    @rule("objective", "eval_metric", "tuning_objective_metric")
    def _metrics_fit(self) -> Iterator[str]:
        for name in self.metrics:
            key = "eval_metric" if name in self.eval_metric else "_tuning_objective_metric"
            yield from (f"{key}: {problem}" for problem in metric_names.problems(name, self.objective))

    @rule("booster", "updater", "process_type")
    def _updaters_fit(self) -> Iterator[str]:
        if self.process_type == "update":
            yield "process_type: 'update' changes the trees of an earlier model, and a training job starts without one"
        if self.booster == "gblinear" and self.updater and self.updater not in (("shotgun",), ("coord_descent",)):
            yield "updater: booster gblinear takes exactly one of shotgun and coord_descent"
        if self.booster != "gblinear" and self.updater:
            yield from self._tree_updaters()

    def _tree_updaters(self) -> Iterator[str]:
        if set(self.updater) & set(LINEAR_UPDATERS):
            yield f"updater: shotgun and coord_descent are for booster gblinear, not for {self.booster}"
        growing = [name for name in self.updater if name.startswith("grow_")]
        if len(growing) != 1:
            known = ", ".join(name for name in TREE_UPDATERS if name.startswith("grow_"))
            yield f"updater: needs exactly one of {known}, has {len(growing)}"

    @rule("tree_method", "updater", "max_depth", "sampling_method")
    def _exact_fits(self) -> Iterator[str]:
        is_exact = "grow_colmaker" in self.updater if self.updater else self.tree_method == "exact"
        if is_exact and self.max_depth == 0:
            yield "max_depth: 0 (no limit) does not work with tree_method exact; use hist"
        if is_exact and self.sampling_method == "gradient_based":
            yield "sampling_method: gradient_based does not work with tree_method exact; use hist"

    @rule("objective", "base_score")
    def _base_score_fits(self) -> Iterator[str]:
        logistic = self.objective in ("binary:logistic", "reg:logistic")
        if logistic and self.base_score is not None and not 0 < self.base_score < 1:
            yield f"base_score: must lie in (0, 1) for {self.objective}"
        positive = self.objective in ("reg:gamma", "reg:tweedie", "count:poisson", "survival:cox", "survival:aft")
        if positive and self.base_score is not None and self.base_score <= 0:
            yield f"base_score: must be above 0 for {self.objective}"

    @rule("use_dask_gpu_training")
    def _on_processors(self) -> Iterator[str]:
        if self.use_dask_gpu_training:
            yield "use_dask_gpu_training: this image trains on processors; set it to false"

    def library_settings(self, threads: int) -> dict[str, Any]:
        """Returns what the library is called with, except the metrics."""
        settings = {name: value for name, value in self.settings().items() if name not in _NOT_FOR_THE_LIBRARY}
        if self.objective.startswith("multi:"):
            settings.setdefault("base_score", SAME_FOR_ALL_CLASSES)
        if self.objective == "reg:linear":  # the library cannot cut back a model of the old name
            settings["objective"] = "reg:squarederror"
        if not self.objective.startswith("multi:"):
            settings.pop("num_class", None)
        if self.objective != "reg:tweedie":
            del settings["tweedie_variance_power"]
        if self.updater:
            settings["updater"] = ",".join(self.updater)
        if self.monotone_constraints:
            settings["monotone_constraints"] = str(self.monotone_constraints)
        if self.interaction_constraints:
            settings["interaction_constraints"] = str([list(group) for group in self.interaction_constraints])
        if self.nthread is None or self.nthread <= 0:
            settings["nthread"] = threads
        return settings


_NOT_FOR_THE_LIBRARY = frozenset(
    "num_round eval_metric early_stopping_rounds csv_weights sketch_eps updater dsplit predictor process_type "
    "monotone_constraints interaction_constraints lambda_bias save_model_on_termination deterministic_histogram "
    "prob_buffer_row use_dask_gpu_training _kfold _num_cv_round _tuning_objective_metric".split()
)
