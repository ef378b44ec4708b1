"""The metrics of a report: which of them are shown, and of which more is better."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from contract.metrics import Direction, directions
from contract.scores import PARAMETER, Scores

_CLOSE = 1e-5
"""The relative difference up to which two metrics of one name are the same number: libraries keep 32-bit floats."""


def maximised(names: Collection[str], declared: Mapping[str, Direction | None]) -> frozenset[str]:
    """Those of these metrics of which more is better, as the algorithm declares it, else as it is usual."""
    return frozenset(name for name in names if _direction(name, declared) == "Maximize")


def without_repetitions(metrics: Scores, declared: Mapping[str, Direction | None]) -> Scores:
    """The metrics without those that a library told in another spelling already, such as ``auc`` beside ``AUC``."""
    return {channel: _told_once(values, declared) for channel, values in metrics.items()}


def _told_once(values: Mapping[str, float], declared: Mapping[str, Direction | None]) -> Mapping[str, float]:
    told = {name.casefold(): value for name, value in values.items() if name in declared}
    return {
        name: value
        for name, value in values.items()
        if name in declared or not _are_close(value, told.get(name.casefold()))
    }


def _are_close(value: float, other: float | None) -> bool:
    return other is not None and abs(value - other) <= _CLOSE * max(abs(value), abs(other))


def _direction(name: str, declared: Mapping[str, Direction | None]) -> Direction | None:
    if name in declared:
        return declared[name]
    for pattern, direction in declared.items():
        if PARAMETER in pattern and re.fullmatch(re.escape(pattern).replace(re.escape(PARAMETER), ".+"), name):
            return direction
    base = re.split("[@:]", name)[0]
    return declared[base] if base in declared else directions([base])[base]
