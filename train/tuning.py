"""The metric that a tuning job follows: it must be one that this job will log, or the tuner waits for nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from contract.algorithm import Algorithm
from contract.errors import HyperparameterError
from contract.hyperparameters import Hyperparameters

OBJECTIVE = "_tuning_objective_metric"
"""The hyperparameter in which SageMaker's tuner names its metric, ``validation:rmse``."""


def check_objective(
    given: Mapping[str, str], algorithm: Algorithm[Any, Any, Any], params: Hyperparameters, channels: Collection[str]
) -> None:
    """Raises ``HyperparameterError`` for a metric of a channel that the job does not have.

    ``given`` are the hyperparameters as texts, ``channels`` the declared names of the job's channels. A name with
    another beginning is a metric of the user's own, found in the log by a regex of theirs.
    """
    channel, colon, _ = given.get(OBJECTIVE, "").strip('"').partition(":")
    declared = [each.name for each in algorithm.channels if not each.companion]
    if colon and channel in declared and channel not in {*channels, *algorithm.scores_itself(params)}:
        raise HyperparameterError(
            f"{OBJECTIVE}: {given[OBJECTIVE]} is of the channel {channel!r}, which the job does not have, so the tuner "
            f"would wait for it in vain; add the channel, or follow a metric of {', '.join(sorted(channels))}"
        )
