"""The batches of an epoch, one after the other on all hosts at once.

Hosts have different numbers of batches, some none at all (an empty shard). Before each step they tell each other who
still has one and the sum of its weights; a host that has run out takes part with records of the weight 0, until all
have run out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from containers.tensorflow.engine.batch import complete, filler, signature, weightless
from containers.tensorflow.engine.distribution import Devices


class EpochBatches:
    """Iterates over (batch, sum of the weights of all hosts' batches). All hosts must iterate it to its end."""

    def __init__(self, dataset: tf.data.Dataset, devices: Devices, stopping: Callable[[], bool]) -> None:
        self._dataset = dataset
        self._devices = devices
        self._stopping = stopping
        self.signature = signature(dataset.element_spec)
        self.stopped = False
        """True if the epoch was cut short, because one of the hosts was asked to stop."""
        self.out = False
        """True if this host's own batches have ended, and those that come are without weight."""
        self.mine = 0
        """The number of records that this host had so far."""
        self.records = 0
        """The number of records that all hosts had so far."""

    def __iter__(self) -> Iterator[tuple[Any, float]]:
        batches = (complete(batch) for batch in self._dataset)
        latest = None
        while True:
            batch = next(batches, None)
            self.out = batch is None
            running, stopping, records, weight = self._tell(batch)
            self.stopped = stopping > 0
            if self.stopped or not running:
                return
            self.records += int(records)
            latest = weightless(latest or filler(self.signature)) if batch is None else batch
            yield latest, weight

    def _tell(self, batch: Any) -> list[float]:
        """The sums over the hosts of: has a batch, is asked to stop, records, weights."""
        mine = np.zeros(4)
        mine[1] = self._stopping()
        if batch is not None:
            weights = batch[2].numpy()
            mine[[0, 2, 3]] = 1, len(weights), weights.sum(dtype=np.float64)
            self.mine += len(weights)
        (sums,) = self._devices.sum_over_hosts([mine])
        return [float(value) for value in sums]
