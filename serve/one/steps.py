"""The three steps between the bytes of a request and those of its answer: read, predict, write.

They are the algorithm's, or those for a model that no algorithm knows; ``serve.user`` puts the user's in place of some.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from contract.algorithm import Example, Output
from contract.artifact import Artifact
from contract.errors import AlgorithmError, RequestError
from contract.media_type import MediaType
from contract.tables import arrays
from serve.http.negotiation import Agreement


class InferenceSteps(Protocol):
    """A loaded model as a predictor uses it."""

    @property
    def title(self) -> str:
        """The model for people: ``xgboost (regression)``."""

    @property
    def example(self) -> Example | None:
        """A request to try the model with."""

    @property
    def has_user_code(self) -> bool:
        """Whether some of the steps are a user's."""

    def usual_accept(self, content_type: str) -> str:
        """The media type of the answer to a request of this type where nobody asks for another one."""

    @property
    def one_record(self) -> bool:
        """Whether a request is one record."""

    @property
    def request_types(self) -> Sequence[str] | None:
        """Names of the media types that ``read`` takes, the default first; None where it takes any."""

    @property
    def accepts(self) -> Sequence[str] | None:
        """Names of the media types that ``write`` makes, the default first; None where it makes any."""

    def read(self, body: bytes, media_type: MediaType) -> Any:
        """The batch of records that a body holds. Raises ``RequestError``."""

    def agreed(self, batch: Any, agreement: Agreement) -> Agreement:
        """Adds to what the headers say of the answer what the body of the request says."""

    def predict(self, batch: Any, agreement: Agreement) -> Any:
        """The predictions for a batch."""

    def write(self, predictions: Any, batch: Any, agreement: Agreement) -> tuple[bytes, str]:
        """The body of the answer and its media type."""


class ReplaceableSteps(InferenceSteps, Protocol):
    """Steps some of which a user's functions may replace: they take over what these functions make."""

    @property
    def request_types(self) -> Sequence[str]:
        """Names of the media types that ``read`` takes, the default first."""

    @property
    def accepts(self) -> Sequence[str]:
        """Names of the media types that ``write`` makes, the default first."""

    def batch(self, made: Any) -> Any:
        """Makes of ``input_fn``'s data what ``predict`` takes. Raises ``TypeError`` where they hold no records."""

    def checked(self, predictions: Any, rows: int | None) -> Any:
        """Checks what ``predict_fn`` made for so many records (None: only the user knows) and returns what ``write``
        takes. Raises ``AlgorithmError``.
        """


class AlgorithmSteps:
    """The steps of the algorithm that a model directory names."""

    has_user_code = False

    def __init__(self, artifact: Artifact) -> None:
        self.artifact = artifact
        self._algorithm = artifact.algorithm
        self._output: Output[Any] = artifact.algorithm.output(artifact.model)
        self.one_record = artifact.algorithm.one_record
        self.request_types: Sequence[str] = artifact.algorithm.input.request_types
        self.accepts: Sequence[str] = self._output.accepts
        self.usual_accept = self._output.usual_accept

    @property
    def title(self) -> str:
        return f"{self._algorithm.name} ({self._output.task})"

    @property
    def example(self) -> Example | None:
        return self.artifact.manifest.request()

    def read(self, body: bytes, media_type: MediaType) -> Any:
        batch = self._algorithm.input.decode(body, media_type, self.artifact.manifest.signature)
        if not len(batch):
            raise RequestError("the body holds no record; send at least one")
        return batch

    def agreed(self, batch: Any, agreement: Agreement) -> Agreement:
        configuration = self._algorithm.input.configuration(batch)
        options = agreement.options
        return replace(agreement, options=replace(options, configuration=configuration)) if configuration else agreement

    def predict(self, batch: Any, agreement: Agreement) -> Any:
        predictions = self._algorithm.predict(self.artifact.model, batch, agreement.options)
        self._check(predictions, len(batch), "the algorithm")
        return predictions

    def write(self, predictions: Any, batch: Any, agreement: Agreement) -> tuple[bytes, str]:
        answer = self._output.answer(predictions, batch, agreement.options)
        if len(answer) != len(predictions):
            raise AlgorithmError(f"the answer has {len(answer)} rows for {len(predictions)} records")
        return self._output.encode(answer, agreement.accept), agreement.accept

    def batch(self, made: Any) -> Any:
        return self._algorithm.input.batch(made, self.artifact.manifest.signature)

    def checked(self, predictions: Any, rows: int | None) -> Any:
        made = numbers_as_array(predictions)
        self._check(made, len(made) if rows is None else rows, "predict_fn")
        return made

    def _check(self, predictions: Any, rows: int, maker: str) -> None:
        """Raises ``AlgorithmError`` unless there is one prediction a record, each of them finite where it has to be."""
        if len(predictions) != rows:
            raise AlgorithmError(f"{maker} made {len(predictions)} predictions for {rows} records")
        bad = None if self._algorithm.answers_missing else first_not_finite(predictions)
        if bad is not None:
            raise AlgorithmError(f"the prediction for record {bad + 1} is not a finite number")


def numbers_as_array(predictions: Any) -> Any:
    """Returns an array (n, …) where the predictions are numbers of one shape, else the list or tuple itself."""
    try:
        made = np.atleast_1d(np.asarray(predictions))
    except ValueError:  # lists of different length
        return predictions
    return predictions if isinstance(predictions, list | tuple) and made.dtype.kind not in "biuf" else made


def first_not_finite(predictions: Any) -> int | None:
    """Returns the first record, from 0, with an infinite number or NaN in its prediction; texts have none."""
    if isinstance(predictions, np.ndarray) and _is_finite(predictions):
        return None
    return next((row for row, each in enumerate(predictions) if not _is_finite(each)), None)


def _is_finite(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return bool(np.isfinite(value).all()) if value.dtype.kind == "f" else all(map(_is_finite, _objects(value)))
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_finite, value))
    return not isinstance(value, float | np.floating) or math.isfinite(value)


def _objects(array: NDArray[Any]) -> Sequence[Any]:
    """Returns the Python objects in an array, of which an array of whole numbers or texts has none."""
    return array.ravel().tolist() if array.dtype.kind == "O" else ()


class ArraySteps:
    """The steps for a model without our manifest, loaded by a user's ``model_fn``: arrays in, arrays out."""

    title = "the model of model_fn"
    example = None
    has_user_code = True
    one_record = False
    request_types: Sequence[str] = arrays.REQUEST_TYPES
    accepts: Sequence[str] = arrays.ACCEPTS

    def __init__(self, model: Any) -> None:
        self._model = model

    def read(self, body: bytes, media_type: MediaType) -> Any:
        return arrays.decode(body, media_type)

    def usual_accept(self, content_type: str) -> str:
        return self.accepts[0]

    def agreed(self, batch: Any, agreement: Agreement) -> Agreement:
        return agreement

    def predict(self, batch: Any, agreement: Agreement) -> Any:
        if not callable(getattr(self._model, "predict", None)):
            raise AlgorithmError(f"{type(self._model).__name__} of model_fn has no method predict: define predict_fn")
        return self._model.predict(batch)

    def write(self, predictions: Any, batch: Any, agreement: Agreement) -> tuple[bytes, str]:
        return arrays.encode(predictions, agreement.accept), agreement.accept

    def batch(self, made: Any) -> Any:
        return made

    def checked(self, predictions: Any, rows: int | None) -> Any:
        return predictions
