"""The records of a table as batches for the training loop; the table may be larger than memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import tensorflow as tf

from containers.tensorflow.engine.distribution import share
from containers.tensorflow.mlp.network import inputs
from containers.tensorflow.mlp.plan import NetworkPlan
from contract.context import Context
from contract.data import PART, Float32, Int64
from contract.tables.data import Table

NEIGHBOURS = 1 << 10
"""Records of a channel on disk that are read one after the other."""
CELLS = 1 << 23
"""The cells that numpy prepares at once. Three such pieces are in memory: made, waiting, and cut into batches."""


def _as_written() -> tf.data.Options:
    """Rewriting the data set anew for every epoch would take longer than an epoch of few records."""
    options = tf.data.Options()
    options.experimental_optimization.apply_default_optimizations = False
    options.autotune.enabled = False
    return options


@dataclass
class TableBatches:
    """Called with an epoch (from 0), gives batches (inputs, labels (b,), weights (b,)) of ``size`` records.

    ``class_weights`` (k,) multiply the records' own weights. With ``shuffled`` each epoch has an order of its own.
    The data set is the same object for every epoch, because building one takes longer than an epoch of few records:
    iterate it before you ask for the next.
    """

    table: Table
    plan: NetworkPlan
    size: int
    context: Context
    shuffled: bool = False
    seed: int = 0
    class_weights: Float32 | None = None
    _epoch: int = 0

    def __call__(self, epoch: int) -> tf.data.Dataset:
        self._epoch = epoch
        return self._dataset

    @cached_property
    def _dataset(self) -> tf.data.Dataset:
        columns = self.plan.columns
        codes = [tf.TensorSpec([None], tf.int32)] * len(columns.categories)
        signature = (
            inputs(self.plan, tf.TensorSpec([None, columns.width], tf.float32), codes),
            tf.TensorSpec([None], tf.int32 if self.plan.outputs > 1 else tf.float32),
            tf.TensorSpec([None], tf.float32),
        )
        pieces = tf.data.Dataset.from_generator(self._pieces, output_signature=signature)
        return pieces.prefetch(1).rebatch(self.size).prefetch(2).with_options(_as_written())

    def _pieces(self) -> Iterator[Any]:
        """Inputs, labels and weights of many records at once."""
        step = max(1, min(PART, CELLS // self.plan.columns.feature_count))
        for rows in self._order():
            mine = share(rows, self.context)
            yield from (self._piece(mine[start : start + step]) for start in range(0, len(mine), step))

    def _piece(self, rows: Int64) -> Any:
        labels, weight = self.table.labels[rows], self.table.weight
        weights = np.ones(len(rows), np.float32) if weight is None else weight[rows]
        if self.class_weights is not None:
            weights = weights * self.class_weights[labels.astype(np.int64)]
        numbers, codes = self.plan.columns.prepared(self.table.dense[rows])
        named = inputs(self.plan, numbers, list(codes.T))
        return named, labels.astype(np.int32) if self.plan.outputs > 1 else labels, weights

    def _order(self) -> Iterator[Int64]:
        """The numbers of all records, in pieces. Those of a channel on disk are mixed within many small runs of
        neighbours, drawn at random: reading each record for itself would be slow.
        """
        count = len(self.table)
        if not self.shuffled:
            yield from (np.arange(start, min(start + PART, count)) for start in range(0, count, PART))
            return
        random = np.random.default_rng([self.seed, self._epoch])
        if not isinstance(self.table.features, np.memmap):
            yield random.permutation(count)
            return
        runs = random.permutation(-(-count // NEIGHBOURS))
        for start in range(0, len(runs), PART // NEIGHBOURS):
            begins = NEIGHBOURS * np.sort(runs[start : start + PART // NEIGHBOURS])
            rows = (begins[:, None] + np.arange(NEIGHBOURS)).ravel()
            yield random.permutation(rows[rows < count])
