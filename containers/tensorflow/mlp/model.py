"""A trained network and its answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from containers.tensorflow.mlp.network import answering, inputs
from containers.tensorflow.mlp.plan import NetworkPlan
from contract.data import Float32
from contract.tables.data import Table, as_float32

ROWS = 64
"""Rows that are answered at once, always as many."""


@dataclass(frozen=True)
class MLPModel:
    """``network`` is the answering network in 32 bits; ``epoch``, from 0, is that of its weights."""

    plan: NetworkPlan
    network: keras.Model
    epoch: int

    def predict(self, table: Table) -> NDArray[Any]:
        """Values (n,) of a regression, else probabilities of the classes (n, k); float32.

        The order in which a product is summed up depends on the shape of its operands, and so do the last bits. So
        the rows are answered in blocks of one shape, the last one filled up, and in double precision, whose last bits
        the rounding to 32 bits leaves out.
        """
        return self.predict_prepared(*self.plan.columns.prepared(table.dense))

    def predict_prepared(self, numbers: Float32, codes: NDArray[np.int32]) -> NDArray[Any]:
        """Predicts as ``predict`` does, from what ``ColumnEncoding.prepared`` makes of a table."""
        count = len(numbers)
        blocks = [
            self.answer(_filled(numbers[start : start + ROWS]), _filled(codes[start : start + ROWS]))
            for start in range(0, count, ROWS)
        ]
        found = np.concatenate([np.asarray(block) for block in blocks])[:count]
        if self.plan.outputs == 1 and self.plan.problem.class_count:
            found = np.concatenate([1 - found, found], axis=1)
        return as_float32(found if self.plan.problem.class_count else found[:, 0])

    @cached_property
    def answer(self) -> Callable[[Any, Any], Any]:
        """The network, compiled for blocks: numbers (ROWS, width), codes (ROWS, categories) -> (ROWS, outputs)."""
        columns, wide = self.plan.columns, answering(self.plan, "float64")
        wide.set_weights(self.network.get_weights())

        def answer(numbers: Any, codes: Any) -> Any:
            cells = tf.unstack(codes, len(columns.categories), axis=1)
            return wide(inputs(self.plan, tf.cast(numbers, tf.float64), cells), training=False)

        signature = (
            tf.TensorSpec([ROWS, columns.width], tf.float32),
            tf.TensorSpec([ROWS, len(columns.categories)], tf.int32),
        )
        compiled: Callable[[Any, Any], Any] = tf.function(answer, signature, autograph=False).get_concrete_function()
        return compiled


def _filled(rows: NDArray[Any]) -> Any:
    """A block of ROWS rows, the last ones zeros where there are fewer."""
    if len(rows) < ROWS:
        rows = np.concatenate([rows, np.zeros((ROWS - len(rows), rows.shape[1]), rows.dtype)])
    return tf.constant(rows)
