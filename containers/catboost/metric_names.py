"""The metrics that eval_metric knows, and how metrics appear in the log."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from contract.builtins.problem import Kind
from contract.metrics import Direction
from contract.metrics.notation import decimal
from contract.scores import Scores

LOSSES: Mapping[Kind, str] = {
    "regression": "RMSE",
    "binary_classification": "Logloss",
    "multiclass_classification": "MultiClass",
}
"""The losses that are learned, by the kind of the problem."""
AUTOMATIC: Mapping[Kind, str] = {**LOSSES, "binary_classification": "AUC"}
"""The metrics that eval_metric=auto means, by the kind of the problem."""
CURVES: Mapping[str, str] = {"RMSE": "rmse", "Logloss": "logloss", "MultiClass": "mlogloss"}
"""The names under which a loss is logged beside another eval_metric: that of the same metric in the evaluation."""

METRICS: Mapping[Kind, frozenset[str]] = {
    "regression": frozenset(
        "AUC Cox Expectile FairLoss Huber LogCosh LogLinQuantile Lq MAE MAPE MSLE MedianAbsoluteError MultiQuantile "
        "NormalizedGini NumErrors Poisson Quantile R2 RMSE RMSPE SMAPE Tweedie".split()
    ),
    "binary_classification": frozenset(
        "AUC Accuracy BalancedAccuracy BalancedErrorRate BrierScore CrossEntropy F F1 Focal HammingLoss HingeLoss "
        "Kappa LogLikelihoodOfPrediction Logloss MCC NormalizedGini PRAUC Precision Recall TotalF1 WKappa "
        "ZeroOneLoss".split()
    ),
    "multiclass_classification": frozenset(
        "AUC Accuracy HammingLoss HingeLoss Kappa MCC MultiClass TotalF1 WKappa ZeroOneLoss".split()
    ),
}
"""The library's metrics that give one number for such a problem."""
MAXIMISE = frozenset(
    "AUC Accuracy BalancedAccuracy Cox F F1 Kappa LogLikelihoodOfPrediction MCC NormalizedGini PRAUC Precision R2 "
    "Recall TotalF1 WKappa".split()
)
"""The metrics of which the larger value is the better one."""
DIRECTIONS: Mapping[str, Direction] = {
    name: "Maximize" if name in MAXIMISE else "Minimize" for name in sorted(frozenset[str]().union(*METRICS.values()))
}
"""The better side of each metric. SageMaker's manual has Logloss and MultiClass maximised, which are losses."""
NEED_GROUPS = frozenset(
    "AverageGain DCG ERR FilteredDCG GroupQuantile LambdaMart MAP MRR NDCG PFound PairAccuracy PairLogit "
    "PairLogitPairwise PrecisionAt QueryAUC QueryAverage QueryCrossEntropy QueryRMSE QuerySoftMax RecallAt "
    "StochasticFilter StochasticRank YetiRank YetiRankPairwise".split()
)
NEED_BOTH_CLASSES = frozenset({"AUC", "NormalizedGini", "PRAUC"})
NEED_DIFFERENT_LABELS = NEED_BOTH_CLASSES | {"R2"}
"""The metrics that are not defined where all labels are equal; the library returns a number even so."""

NEEDED: Mapping[str, str] = {
    "F": "beta=2",
    "Focal": "focal_alpha=0.5;focal_gamma=1",
    "Huber": "delta=1.5",
    "Lq": "q=2",
    "NumErrors": "greater_than=0.5",
    "Tweedie": "variance_power=1.5",
}
"""Parameters, by way of example, that metrics have no defaults for."""

_TRIALS: Mapping[Kind, tuple[list[float], list[float] | list[list[float]]]] = {
    "regression": ([0.2, 0.9, 0.5], [0.1, 0.7, 0.4]),
    "binary_classification": ([0, 1, 1], [0.1, 0.7, 0.4]),
    "multiclass_classification": ([0, 1, 2], [[0.9, 0.1, 0.2], [0.1, 0.7, 0.1], [0.2, 0.3, 0.8]]),
}
"""Labels and predictions that every metric of a kind of problem is defined for; a list for each class."""
_SOURCE_LINE = re.compile(r"^\S+\.(cpp|h):\d+: ")


def base(metric: str) -> str:
    """The name without parameters: ``Quantile`` of ``Quantile:alpha=0.3``."""
    return metric.partition(":")[0]


def problems(metric: str, kind: Kind | None) -> Iterator[str]:
    """Yields what is wrong with an eval_metric, for a kind of problem if it is known; nothing when it can be used."""
    name = base(metric)
    if metric == "auto":
        return
    every = frozenset[str]().union(*METRICS.values())
    if not metric.isascii():
        yield f"{metric!a} holds a character that no metric has; expected a form such as Quantile:alpha=0.3"
    elif name in NEED_GROUPS:
        yield f"{name!r} is for ranking, it needs groups of records, which the tabular data does not have"
    elif name not in every:
        yield f"{name!r} is not one of auto, {', '.join(sorted(every))}"
    elif kind is not None and name not in METRICS[kind]:
        usable = ", ".join(sorted(METRICS[kind]))
        yield f"{name!r} is not defined for a {kind.replace('_', ' ')}; choose from {usable}"
    else:
        yield from _wrong_parameters(metric, [kind] if kind else [one for one in METRICS if name in METRICS[one]])


def _wrong_parameters(metric: str, kinds: Sequence[Kind]) -> Iterator[str]:
    """Yields what the library says about the parameters of a metric that none of the kinds of problem can use."""
    found = [_refusal(metric, kind) for kind in kinds]
    if not all(found):
        return
    name = base(metric)
    hint = f", for example {name}:{NEEDED[name]}" if name in NEEDED and "requires" in found[0] else ""
    yield f"{metric!r}: {found[0]}{hint}"


def _refusal(metric: str, kind: Kind) -> str:
    """Returns why the library cannot judge three records by a metric, "" where it can or is not there to be asked.

    It is imported here alone: who describes a job reads hyperparameters where no library is installed. Metrics without
    parameters are known by name; those of the others are looked at again when the job begins.
    """
    if ":" not in metric and metric not in NEEDED:
        return ""
    try:
        from catboost import CatBoostError
        from catboost.utils import eval_metric
    except ModuleNotFoundError:
        return ""
    labels, predictions = _TRIALS[kind]
    try:
        eval_metric(labels, predictions, metric, thread_count=1)
    except CatBoostError as error:
        return reason(error)
    return ""


def reason(error: Exception) -> str:
    """Returns what the library says, in one line and without the place in its source."""
    return _SOURCE_LINE.sub("", (str(error).strip() or repr(error)).splitlines()[0])


class CatBoostLog:
    """One line a round, ``12: train RMSE=2.31 validation RMSE=2.9``, that no regex of a tuner takes for another.

    The line that a tuner reads, ``bestTest = 2.9``, comes once, when training ends; ``rounds`` writes it.
    """

    def lines(self, host: str, step: int | None, scores: Scores) -> Sequence[str]:
        parts = [
            " ".join([channel, *(f"{name}={decimal(value)}" for name, value in values.items())])
            for channel, values in scores.items()
            if values
        ]
        return [f"{step or 0}: {' '.join(parts)}"] if parts else []

    def definition(self, channel: str, metric: str) -> Mapping[str, str] | None:
        """SageMaker's definition, for the eval_metric alone: the library's names of metrics begin with a capital."""
        if channel != "validation" or not metric[:1].isupper():
            return None
        return {"Name": metric, "Regex": r"bestTest = ([0-9\.]+)"}
