"""The columns of a record that are not features."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class RecordLayout:
    """The places of a record's label and weight, in front of the features.

    ``label_size`` is 1 in training data and 0 in requests; ``weight_size`` is 1 where the second column of a CSV
    file is the instance weight. Formats that name their parts (libsvm, RecordIO, JSON objects) use
    ``label_size`` only to know whether a label must be there; a label that is there although none is expected is
    dropped.

    ``label_optional`` allows RecordIO records to come without a label, all of a file or none.

    ``index_base`` is the index of the first feature in libsvm text: 0, or 1 where a model was trained on such files.

    ``width`` is the number of features that a model or the train channel has, None where nobody knows yet.

    ``texts`` are the feature columns, from 0, whose cells may be any text: names of categories. Where records name
    their columns, ``text_names`` says the same.

    ``note`` is told what a format decided about the data, such as columns that it left out.
    """

    label_size: int = 0
    weight_size: int = 0
    label_optional: bool = False
    index_base: int = 0
    width: int | None = None
    texts: frozenset[int] = frozenset()
    text_names: frozenset[str] = frozenset()
    note: Callable[[str], None] = field(default=lambda line: None, compare=False)

    def text_columns(self, names: Sequence[str]) -> frozenset[int]:
        """The columns of texts among features of these names (none where a format has no names)."""
        if names and self.text_names:
            return frozenset(column for column, name in enumerate(names) if name in self.text_names)
        return self.texts


class WeightedHyperparameters(Protocol):
    """Hyperparameters of an algorithm that reads weights: with ``csv_weights`` = 1 column 1 is the record's weight."""

    @property
    def csv_weights(self) -> int: ...


def weighted_layout(params: WeightedHyperparameters) -> RecordLayout:
    """A label in front, and behind it the weight where ``csv_weights`` says so."""
    return RecordLayout(label_size=1, weight_size=params.csv_weights)
