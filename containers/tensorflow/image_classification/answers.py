"""The answers of image classification, and their evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from containers.tensorflow.image_classification.network_spec import NetworkSpec
from contract.answer import Answer, RequestOptions
from contract.errors import RequestError
from contract.images.pictures import Images
from contract.metrics import Direction, directions, evaluation
from contract.metrics.evaluation import ArrayEvaluator, Evaluation, Renamed
from contract.wire.answers import ANSWERS

CROSS_ENTROPY = "cross-entropy"
"""MXNet's name of a loss that others call by the number of its classes."""
BARE = "prediction"
"""The name of the probabilities where they are all that is answered; a JSON document leaves it out."""
VERBOSE = ("probabilities", "labels", "predicted_label")
METRICS = {"mlogloss": CROSS_ENTROPY, "logloss": CROSS_ENTROPY}
UNSAID = "merror"
"""Left out: 1 minus the accuracy."""
DIRECTIONS: Mapping[str, Direction] = directions(
    METRICS.get(name, name)
    for name in ("loss", "top_k_accuracy", *evaluation.MULTICLASS, *evaluation.MULTILABEL)
    if name != UNSAID
)
"""The better side of everything that is measured while a network learns and afterwards."""
LIKELY = 0.5
"""With several labels, classes of a larger probability are predicted."""


@dataclass(frozen=True)
class ImageOutput:
    """Predictions are probabilities (n, k): of classes of which one is right, or each by itself with several labels.

    ``names`` are those of the classes, or empty where they are numbers.
    """

    spec: NetworkSpec
    names: Sequence[str] = ()
    accepts: Sequence[str] = ("application/json", "application/jsonlines", "text/csv")

    @property
    def task(self) -> str:
        return "multi-label image classification" if self.spec.multi_label else "image classification"

    @property
    def classes(self) -> Sequence[Any]:
        return self.names or range(self.spec.num_classes)

    def answer(self, predictions: NDArray[Any], batch: Images, options: RequestOptions) -> Answer:
        """The probabilities alone, or what is wanted; verbose as SageMaker's TensorFlow image classification.

        ``predicted_label`` is the most probable class, with several labels the list of the likely ones.

        Raises ``RequestError`` for an output of another name.
        """
        unknown = [name for name in options.wanted if name not in (BARE, *VERBOSE)]
        if unknown:
            raise RequestError(f"unknown output {', '.join(unknown)}; choose from {', '.join((BARE, *VERBOSE))}")
        chosen = options.wanted or (VERBOSE if options.verbose else (BARE,))
        return Answer({name: self._column(name, predictions) for name in chosen}, BARE if options.batch else None)

    def usual_accept(self, content_type: str) -> str:
        return self.accepts[0]

    def encode(self, answer: Answer, accept: str) -> bytes:
        """Writes an answer. JSON holds the answer to one picture as it is, those to several in an array."""
        if accept == "text/csv":
            return ANSWERS[accept](Answer({name: _cells(name, np.asarray(c)) for name, c in answer.columns.items()}))
        rows = list(_rows(answer))
        if accept == "application/jsonlines":
            return b"".join(_json(row) + b"\n" for row in rows)
        bare = tuple(answer.columns) == (BARE,)
        values = [row[BARE] for row in rows] if bare else rows
        document = values[0] if len(values) == 1 else values
        return _json({answer.envelope: document} if bare and answer.envelope else document)

    def evaluator(self, records: int) -> ImageEvaluator:
        if self.spec.multi_label:
            return ImageEvaluator(Renamed(evaluation.Multilabel(self.classes), _names(evaluation.MULTILABEL)))
        return ImageEvaluator(Renamed(evaluation.Multiclass(self.classes), _names(evaluation.MULTICLASS)))

    def _column(self, name: str, probabilities: NDArray[Any]) -> NDArray[Any]:
        classes = np.array(self.classes, object)
        if name == "labels":
            return np.broadcast_to(classes, probabilities.shape)
        if name != "predicted_label":
            return probabilities
        shown: NDArray[Any] = np.empty(len(probabilities), object)
        if not self.spec.multi_label:
            shown[:] = classes[probabilities.argmax(axis=1)]
            return shown
        for row, likely in enumerate(probabilities > LIKELY):
            shown[row] = classes[likely].tolist()
        return shown


class ImageEvaluator:
    """Compares probabilities with the labels of pictures."""

    def __init__(self, evaluator: ArrayEvaluator) -> None:
        self._evaluator = evaluator

    def add(self, predictions: NDArray[Any], data: Images) -> None:
        self._evaluator.add(data.labels, predictions)

    def result(self) -> Evaluation:
        return self._evaluator.result()


def _names(known: Sequence[str]) -> Mapping[str, str]:
    """Returns the names of metrics in the log, the accuracy first."""
    return {name: METRICS.get(name, name) for name in ("accuracy", *known) if name != UNSAID}


def _rows(answer: Answer) -> Iterator[Mapping[str, Any]]:
    """The answers to the pictures, one after the other."""
    for row in range(len(answer)):
        values = {name: column[row] for name, column in answer.columns.items()}
        yield {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    """A value that orjson knows: arrays of numbers stay, for their numbers have the fewest digits."""
    is_list = isinstance(value, np.ndarray) and value.dtype == object
    return value.tolist() if is_list else value


def _cells(name: str, column: NDArray[Any]) -> NDArray[Any]:
    """A column as CSV has it: a cell for each probability, lists of classes as the text of one cell."""
    if name == "labels" or (column.dtype == object and isinstance(column[0], list)):
        return np.array([_json(_plain(value)).decode() for value in column], object)
    return column


def _json(value: Any) -> bytes:
    import orjson

    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
