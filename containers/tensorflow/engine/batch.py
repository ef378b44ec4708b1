"""The training loop's work on any batch, whatever the network's inputs and labels are.

A batch is (inputs, labels, weights). Inputs and labels are nests (dicts, tuples) of tensors, dense or ragged, whose
first dimension counts the records. Other sizes may differ from batch to batch where the ``element_spec`` of the data
set leaves them open. A data set gives None as labels where there are none, and as weights (n,) where all records weigh
1. Within the loop weights are always there, and labels that are not there are ``NO_LABELS``, a nest without tensors.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

NO_LABELS = ()


def signature(element_spec: Any) -> Any:
    """The specification of all batches of a data set, of any number of records."""
    inputs, labels, _ = element_spec
    there = tf.nest.flatten(labels, expand_composites=True)  # the specification of None has no parts
    return *tf.nest.map_structure(_of_any_count, (inputs, labels if there else NO_LABELS)), tf.TensorSpec([None])


def _of_any_count(spec: Any) -> Any:
    shape = [None, *spec.shape[1:]]
    if isinstance(spec, tf.RaggedTensorSpec):
        return tf.RaggedTensorSpec(shape, spec.dtype, spec.ragged_rank, spec.row_splits_dtype)
    return tf.TensorSpec(shape, spec.dtype)


def complete(batch: Any) -> Any:
    """A batch of a data set, whose weights, where it has none, are ones."""
    inputs, labels, weights = batch
    if weights is None:
        weights = tf.ones([tf.nest.flatten(inputs)[0].shape[0]])
    return inputs, NO_LABELS if labels is None else labels, tf.cast(weights, tf.float32)


def weightless(batch: Any) -> Any:
    """Returns the same records with the weight 0: the network's moving statistics see real ones."""
    inputs, labels, weights = batch
    return inputs, labels, tf.zeros_like(weights)


def filler(expected: Any) -> Any:
    """A batch of one record of zeros, for a host that never had a batch. Sizes that are open are 1."""
    inputs, labels, _ = expected
    return *tf.nest.map_structure(_zeros, (inputs, labels)), tf.zeros([1])


def _zeros(spec: Any) -> Any:
    zeros = tf.zeros([size or 1 for size in spec.shape], spec.dtype)
    if isinstance(spec, tf.RaggedTensorSpec):
        return tf.RaggedTensor.from_tensor(zeros, None, None, spec.ragged_rank, row_splits_dtype=spec.row_splits_dtype)
    return zeros


def part(batch: Any, place: int, places: int) -> Any:
    """Every ``places``-th record, from the one at ``place``; where there is none, the first one with the weight 0."""
    if place < batch[2].shape[0]:
        return tf.nest.map_structure(lambda tensor: tensor[place::places], batch)
    return weightless(tf.nest.map_structure(lambda tensor: tensor[:1], batch))


def counted(records: Any) -> Any:
    """The records (labels, outputs, weights), any nests of tensors, whose weight is not 0."""
    counts = records[2] != 0
    if tf.reduce_all(counts):
        return records
    kept = tf.where(counts)[:, 0]
    return tf.nest.map_structure(lambda tensor: tf.gather(tensor, kept), records)


def judged_by(inputs: Any, labels: Any) -> Any:
    """Returns what outputs are held against: the labels, or the inputs of a network that has none."""
    return labels if tf.nest.flatten(labels) else inputs
