"""Checks of labels, and the weights of their classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.linear_learner.hyperparameters import LinearLearnerHyperparameters
from containers.sklearn.linear_learner.losses import Float64
from contract.errors import ChannelError
from contract.tables.data import Table


def check(predictor_type: str, count: int, table: Table, channel: str) -> None:
    """Raises ``ChannelError`` naming the first record whose label is none of ``count`` classes (0: a regression)."""
    label = table.labels
    fits = (label % 1 == 0) & (label >= 0) & (label < count) if count else np.isfinite(label)
    wrong = np.flatnonzero(~fits)
    if not wrong.size:
        return
    expected = {0: "a finite number", 2: "0 or 1"}.get(count, f"a whole number from 0 to {count - 1} (num_classes - 1)")
    raise ChannelError(
        f"channel {channel!r}, record {wrong[0] + 1}: label {label[wrong[0]]:g} does not fit "
        f"predictor_type {predictor_type}, which wants {expected} (records are counted over all files)"
    )


def only_class(label: NDArray[Any]) -> int | None:
    """The class of all the labels (n,), None where there are several."""
    return int(label[0]) if (label == label[0]).all() else None


def negatives_to_positives(train: Table) -> float:
    """The number of records of label 0 for each of label 1. Raises ``ChannelError`` where one has none."""
    negatives, positives = class_counts(train, 2).tolist()
    if not positives or not negatives:
        raise ChannelError(
            f"channel 'train': all {len(train)} records have label {int(positives > 0)}, so "
            "positive_example_weight_mult cannot be balanced; add records of the other class"
        )
    return float(negatives / positives)


def class_weights(params: LinearLearnerHyperparameters, train: Table, positive: Float64) -> Float64:
    """(classes, m) weights of the classes in each of the m models, whose weights of label 1 are ``positive``.

    The mean over the training records is 1, so that wd and l1 mean the same for every weight. The array is empty,
    (0, m), where every record counts the same.
    """
    if params.predictor_type == "binary_classifier" and (positive != 1).any():
        weights = np.vstack([np.ones_like(positive), positive])
        return weights * len(train) / (class_counts(train, 2) @ weights)
    if params.predictor_type != "multiclass_classifier" or not params.balance_multiclass_weights:
        return np.empty((0, positive.size))
    counts = class_counts(train, params.class_count)
    weights = len(train) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    return np.repeat(weights[:, None], positive.size, axis=1)


def class_counts(train: Table, classes: int) -> NDArray[np.int64]:
    """(classes,) How many records there are of each."""
    return np.bincount(train.labels.astype(np.int64), minlength=classes)
