"""Which columns of a record are not features."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """Where a record keeps its label and weight, in front of the features.

    ``label_size`` is 1 in training data and 0 in requests; ``weight_size`` is 1 where the second column of a CSV
    file is the instance weight. Formats that name their parts (libsvm, RecordIO, JSON objects) use
    ``label_size`` only to know whether a label must be there; a label that is there although none is expected is
    dropped.

    ``index_base`` is the index of the first feature in libsvm text: 0, or 1 where a model was trained on such files.
    """

    label_size: int = 0
    weight_size: int = 0
    index_base: int = 0
