"""Loss and metrics over the records of an epoch: sums, as those of Keras are, or what gathers in a way of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import keras
from numpy.typing import NDArray

from containers.tensorflow.engine.batch import counted
from containers.tensorflow.engine.distribution import Devices, values


class Accumulator(ABC):
    """A metric that is no sum over records: mean average precision, a rank correlation, a median.

    It runs in Python, beside the compiled steps. Each host has one of its own; at the end of an epoch every one of them
    takes over what all have gathered.
    """

    name: str

    @abstractmethod
    def reset(self) -> None:
        """Starts an epoch."""

    @abstractmethod
    def add(self, labels: Any, outputs: Any, weights: Any) -> None:
        """Adds the records of a batch: labels and outputs as the loss gets them, and weights (n,), none of them 0.

        Tensors are eager ones: ``numpy()`` gives their values.
        """

    @abstractmethod
    def state(self) -> Sequence[NDArray[Any]]:
        """Returns what was gathered so far, in arrays of numbers; integers are smaller than 2⁵³."""

    @abstractmethod
    def merge(self, states: Sequence[Sequence[NDArray[Any]]]) -> None:
        """Replaces what was gathered by the states of all hosts, in their order, the own one among them."""

    @abstractmethod
    def result(self) -> float:
        """The value of the metric for what was gathered."""


AnyMetric: TypeAlias = keras.metrics.Metric | Accumulator


class EpochMetrics(Mapping[str, float]):
    """Loss and metrics by name, those of this host's records so far; a value is worked out when it is looked up."""

    def __init__(self, metrics: Sequence[AnyMetric], devices: Devices) -> None:
        self._loss = keras.metrics.Mean(name="loss")
        self._sums = [metric for metric in metrics if not isinstance(metric, Accumulator)]
        self._accumulators = [metric for metric in metrics if isinstance(metric, Accumulator)]
        self._by_name: dict[str, AnyMetric] = {metric.name: metric for metric in (self._loss, *metrics)}
        self._devices = devices

    def __getitem__(self, name: str) -> float:
        return float(self._by_name[name].result())

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def reset(self) -> None:
        """Starts an epoch."""
        for metric in (self._loss, *self._sums):
            metric.reset_state()
        for accumulator in self._accumulators:
            accumulator.reset()

    def add(self, losses: Any, labels: Any, outputs: Any, weights: Any) -> list[Any]:
        """Adds records to the sums, inside a compiled step; returns what ``gather`` must be given after it."""
        self._loss.update_state(losses, weights)
        for metric in self._sums:
            metric.update_state(labels, outputs, weights)
        return [(labels, outputs, weights)] if self._accumulators else []

    def gather(self, added: Sequence[Any]) -> None:
        """Adds records to the accumulators."""
        for records in added:
            labels, outputs, weights = counted(records)
            for accumulator in self._accumulators:
                accumulator.add(labels, outputs, weights)

    def of_all_hosts(self) -> dict[str, float]:
        """The values over the records of all hosts, which all must call; what this host alone had is lost."""
        variables = [variable for metric in (self._loss, *self._sums) for variable in metric.variables]
        sums = self._devices.sum_over_hosts(values(variables))
        for variable, total in zip(variables, sums, strict=True):
            variable.assign(total)
        for accumulator in self._accumulators:
            accumulator.merge(self._devices.of_each_host(accumulator.state()))
        return dict(self)
