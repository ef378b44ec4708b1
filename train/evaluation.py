"""The finished model on every channel: part by part it is predicted and judged; few predictions are kept."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract.algorithm import Algorithm, Output
from contract.errors import AlgorithmError
from contract.metrics.evaluation import Evaluation
from contract.process.resources import memory_bytes
from train.history import History
from train.outcome import Judged, Prepared

HELD_OUT = ("validation", "test")
KEPT_PREDICTIONS = 100_000
"""Predictions of a channel that evaluation.json keeps, from the first record on."""
KEPT_SHARE = 0.02
"""The part of the memory that the kept predictions of a channel may take; the first is kept whatever its size."""


def evaluate(prepared: Prepared, model: Any, output: Output[Any], history: History) -> Judged:
    """Scores the reloaded model on every channel and logs the metrics of the final model."""
    evaluations: dict[str, Evaluation] = {}
    predictions: dict[str, Any] = {}
    judged = {name: sampled(prepared.algorithm, name, data) for name, data in prepared.data.items()}
    told = _told([name for name, data in judged.items() if len(data) == len(prepared.data[name])])
    for name, data in judged.items():
        kept = KeptPredictions(KEPT_PREDICTIONS if name in told else 0)
        evaluations[name] = evaluate_channel(prepared.algorithm, model, output, data, kept)
        if name in told:
            predictions[name] = kept.all()
    best = prepared.algorithm.best_iteration(model)
    metrics = history.finish(best, {name: evaluation.metrics for name, evaluation in evaluations.items()})
    return Judged(metrics, evaluations, predictions, {name: len(data) for name, data in judged.items()})


def sampled(algorithm: Algorithm[Any, Any, Any], channel: str, data: Any) -> Any:
    """The records of a channel that are judged: all, or of a long train channel some that are evenly spread."""
    most = algorithm.max_train_evaluation_records
    if channel != "train" or most is None or len(data) <= most:
        return data
    return data.take(np.linspace(0, len(data) - 1, most).astype(np.int64))


def evaluate_channel(
    algorithm: Algorithm[Any, Any, Any], model: Any, output: Output[Any], data: Any, kept: KeptPredictions
) -> Evaluation:
    """Judges a channel by the same ``predict`` that serves. Raises ``AlgorithmError`` where a prediction is missing."""
    evaluator = output.evaluator(len(data))
    for part in data.parts(algorithm.evaluation_batch_size):
        predictions = algorithm.predict(model, part)
        if len(predictions) != len(part):
            raise AlgorithmError(f"{algorithm.name} predicted {len(predictions)} records where there are {len(part)}")
        evaluator.add(predictions, part)
        kept.add(predictions)
    return evaluator.result()


class KeptPredictions:
    """The first predictions of a channel, up to a number and to ``KEPT_SHARE`` of the memory."""

    def __init__(self, most: int) -> None:
        self._room, self._bytes = most, int(KEPT_SHARE * memory_bytes())
        self._parts: list[NDArray[Any] | Sequence[Any]] = []

    def add(self, predictions: NDArray[Any] | Sequence[Any]) -> None:
        """Keeps those of the next part for which there is room; after the first that is left out, none."""
        if not self._room:
            return
        sizes = np.cumsum(_sizes(predictions[: self._room]))
        fitting = max(int(np.searchsorted(sizes, self._bytes, "right")), 0 if self._parts else 1)
        whole = fitting >= len(predictions)
        self._parts.append(predictions if whole else copy(predictions[:fitting]))  # a view would hold all of them
        self._bytes -= int(sizes[:fitting].max(initial=0))
        self._room = self._room - len(predictions) if whole else 0

    def all(self) -> NDArray[Any] | Sequence[Any]:
        """One array where predictions are arrays of one shape, else one list."""
        arrays = [part for part in self._parts if isinstance(part, np.ndarray)]
        shapes = {part.shape[1:] for part in arrays}
        if len(arrays) == len(self._parts) and len(shapes) == 1:
            return np.concatenate(arrays)
        return [prediction for part in self._parts for prediction in part]


def _told(whole: Sequence[str]) -> Sequence[str]:
    """The channels judged as a whole that training did not see; all of these where it saw every one."""
    return [name for name in whole if name in HELD_OUT] or whole


def _sizes(predictions: NDArray[Any] | Sequence[Any]) -> NDArray[np.int64]:
    """About how many bytes each prediction takes."""
    if isinstance(predictions, np.ndarray):
        return np.full(len(predictions), predictions[:1].nbytes, np.int64)
    return np.array([_size(prediction) for prediction in predictions], np.int64)


def _size(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return value.nbytes
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return sys.getsizeof(value) + sum(map(_size, inside))
