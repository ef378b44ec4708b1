"""The metrics that eval_metric knows, and how metrics appear in the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from containers.algorithm import Scores
from containers.problem import Kind

LOSSES: Mapping[Kind, str] = {
    "regression": "RMSE",
    "binary_classification": "Logloss",
    "multiclass_classification": "MultiClass",
}
"""What is learned, by the kind of the problem."""
AUTOMATIC: Mapping[Kind, str] = {**LOSSES, "binary_classification": "AUC"}
"""What eval_metric=auto means."""
CURVES: Mapping[str, str] = {"RMSE": "rmse", "Logloss": "logloss", "MultiClass": "mlogloss"}
"""Under which name a loss is logged beside another eval_metric: that of the same metric in the evaluation."""

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
NEED_GROUPS = frozenset(
    "AverageGain DCG ERR FilteredDCG GroupQuantile LambdaMart MAP MRR NDCG PFound PairAccuracy PairLogit "
    "PairLogitPairwise PrecisionAt QueryAUC QueryAverage QueryCrossEntropy QueryRMSE QuerySoftMax RecallAt "
    "StochasticFilter StochasticRank YetiRank YetiRankPairwise".split()
)
NEED_BOTH_CLASSES = frozenset({"AUC", "NormalizedGini", "PRAUC"})
NEED_DIFFERENT_LABELS = NEED_BOTH_CLASSES | {"R2"}
"""Not defined where all labels are equal; the library returns a number even so."""


def base(metric: str) -> str:
    """The name without parameters: ``Quantile`` of ``Quantile:alpha=0.3``."""
    return metric.partition(":")[0]


def problems(metric: str, kind: Kind | None) -> Iterator[str]:
    """What is wrong with an eval_metric, for a kind of problem if it is known; nothing when it can be used."""
    name = base(metric)
    if metric == "auto":
        return
    every = frozenset[str]().union(*METRICS.values())
    if name in NEED_GROUPS:
        yield f"{name!r} is for ranking, it needs groups of records, which the tabular data does not have"
    elif name not in every:
        yield f"{name!r} is not one of auto, {', '.join(sorted(every))}"
    elif kind is not None and name not in METRICS[kind]:
        usable = ", ".join(sorted(METRICS[kind]))
        yield f"{name!r} is not defined for a {kind.replace('_', ' ')}; choose from {usable}"


def decimal(value: float) -> str:
    """A number without an exponent, which the regex of the tuner would cut off."""
    return np.format_float_positional(value, precision=10, fractional=False, trim="-")


class RoundLog:
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
