"""The metrics of LightGBM as they appear in the log, where tuning jobs read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contract.builtins.problem import PROBLEM_METRICS
from contract.metrics import Direction, directions
from contract.metrics.notation import decimal
from contract.scores import Scores

DOCUMENTED = (
    "rmse", "l1", "l2", "huber", "fair", "binary_logloss", "binary_error", "auc", "average_precision", "multi_logloss",
    "multi_error", "auc_mu", "cross_entropy",
)  # fmt: skip
"""The metrics of SageMaker's LightGBM, which tuning jobs find by ``<name>: ([0-9\\.]+)``."""

DIRECTIONS: Mapping[str, Direction] = {
    **directions(PROBLEM_METRICS),
    **dict.fromkeys(DOCUMENTED, "Minimize"),
    **dict.fromkeys(("auc", "auc_mu", "average_precision"), "Maximize"),
}
"""The better side of each metric. SageMaker's manual has logarithmic losses maximised, its examples minimise them."""


class LightGBMLog:
    """``[12] rmse: 147.3`` for the validation records, ``[12] train rmse = 139.5`` for the others.

    The regexes of SageMaker match every line on which a metric's name, a colon and a number follow each other, so that
    only the value of the validation records may stand like this. They do not know exponents.
    """

    def lines(self, host: str, step: int | None, scores: Scores) -> Sequence[str]:
        return [f"[{step or 0}] {_fields(channel, values)}" for channel, values in scores.items() if values]

    def definition(self, channel: str, metric: str) -> Mapping[str, str] | None:
        if channel != "validation":
            return None
        if metric in DOCUMENTED:
            return {"Name": metric, "Regex": rf"{metric}: ([0-9\.]+)"}
        # The blank keeps error from matching in binary_error, the sign is for r2.
        return {"Name": metric, "Regex": rf" {metric}: (-?[0-9\.]+)"}


def _fields(channel: str, values: Mapping[str, float]) -> str:
    if channel == "validation":
        return " ".join(f"{name}: {decimal(value)}" for name, value in values.items())
    return f"{channel} " + " ".join(f"{name} = {decimal(value)}" for name, value in values.items())
