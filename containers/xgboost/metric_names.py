"""The metrics that eval_metric knows, who computes them, and how they appear in the log."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from contract.metrics import Direction, directions
from contract.scores import PARAMETER, Scores

LIBRARY = frozenset(
    "aft-nloglik auc aucpr cox-nloglik error gamma-deviance gamma-nloglik interval-regression-accuracy logloss mae map "
    "mape merror mlogloss mphe ndcg poisson-nloglik rmse rmsle tweedie-nloglik".split()
)
"""Computed by the XGBoost library."""
OURS = frozenset(
    "accuracy balanced_accuracy f1 f1_binary f1_macro mse precision precision_macro precision_micro r2 recall "
    "recall_macro recall_micro".split()
)
"""Computed from the predictions of each round, as SageMaker's container does."""
DIRECTIONS: Mapping[str, Direction] = {
    **directions(LIBRARY | OURS),
    f"error@{PARAMETER}": "Minimize",
    f"map@{PARAMETER}": "Maximize",
    f"ndcg@{PARAMETER}": "Maximize",
}
"""The better side of each metric, as SageMaker's tuner has it for this algorithm."""
REGRESSION = frozenset({"mse", "r2"})
ONE_NUMBER = REGRESSION | frozenset(
    "error f1_binary gamma-deviance gamma-nloglik logloss mae mape mphe poisson-nloglik rmse rmsle "
    "tweedie-nloglik".split()
)
"""Compare the label with one number a record, so that they say nothing about several classes."""
RANKING = frozenset({"map", "ndcg"})
AFT = frozenset({"aft-nloglik", "interval-regression-accuracy"})
PARAMETRISED = re.compile(r"(error@\d*\.?\d+|(ndcg|map)@[1-9]\d{0,8}-?)")


def problems(name: str, objective: str) -> Iterator[str]:
    """Yields what is wrong with a metric for an objective; nothing when it can be used."""
    family = objective.partition(":")[0]
    if name not in LIBRARY | OURS and not PARAMETRISED.fullmatch(name):
        yield f"{name!r} is not one of {', '.join(sorted(LIBRARY | OURS))}, error@t, ndcg@n or map@n"
    elif name in OURS - REGRESSION and family not in ("binary", "multi"):
        yield f"{name!r} is for classification, the objective is {objective}"
    elif name.partition("@")[0] in ONE_NUMBER and family == "multi":
        yield f"{name!r} is for a single number a record, the objective is {objective}"
    elif name == "auc" and family not in ("binary", "rank"):
        yield f"'auc' is for binary:* and rank:*, the objective is {objective}"
    elif name in AFT and objective != "survival:aft":
        yield f"{name!r} is for survival:aft, the objective is {objective}"
    elif name.partition("@")[0] in RANKING and family != "rank":
        yield f"{name!r} is for rank:*, the objective is {objective}"
    elif name in ("merror", "mlogloss") and family != "multi":
        yield f"{name!r} is for multi:*, the objective is {objective}"


def library_name(name: str, variance_power: float) -> str:
    """The name by which the library logs a metric: Tweedie's with its power, a threshold in its shortest form."""
    base, _, threshold = name.partition("@")
    if name == "tweedie-nloglik":
        return f"{name}@{variance_power:g}"
    if base != "error" or not threshold:
        return name
    return base if float(threshold) == 0.5 else f"{base}@{float(threshold):g}"


def logged_name(name: str) -> str:
    """The name in our log of what the library computed."""
    return "tweedie-nloglik" if name.startswith("tweedie-nloglik@") else name


class XGBoostLog:
    """One line a round, ``[12] #011train-rmse:2.31 #011validation-rmse:2.9``: the form of SageMaker's XGBoost.

    ``#011`` is what a tab becomes on its way to CloudWatch, where the regexes of tuning jobs look for it. It is
    written out here so that they match everywhere, in the log of a laptop too. The blank before it ends the number:
    the regex of the original, ``#011validation-rmse:(\\S+)``, would else take in the next field.
    """

    def lines(self, host: str, step: int | None, scores: Scores) -> Sequence[str]:
        fields = [f"#011{channel}-{name}:{value:.8g}" for channel in scores for name, value in scores[channel].items()]
        return [" ".join([f"[{step or 0}]", *fields])] if fields else []

    def definition(self, channel: str, metric: str) -> Mapping[str, str]:
        escaped = metric.replace(".", r"\.")
        return {"Name": f"{channel}:{metric}", "Regex": rf".*\[[0-9]+\].*#011{channel}-{escaped}:(\S+)"}
