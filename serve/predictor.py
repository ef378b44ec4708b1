"""Bytes of a request -> bytes of an answer, for one loaded model and without any web framework."""

from __future__ import annotations

from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from containers import artifact
from containers.algorithm import Output
from containers.answer import Answer
from containers.artifact import Artifact
from containers.errors import AlgorithmError, ContainerError, RequestError
from serve.negotiation import Agreement, Negotiator
from serve.settings import Settings


class Prediction(NamedTuple):
    """An answer ready to send, and what the log says about it."""

    body: bytes
    media_type: str
    bytes_in: int
    rows: int
    decode_ms: float
    predict_ms: float
    encode_ms: float


class Predictor:
    """One model and everything needed to answer with it. Safe to call from several threads."""

    def __init__(self, loaded: Artifact, settings: Settings) -> None:
        self.artifact = loaded
        self._output: Output[Any] = loaded.algorithm.output(loaded.model)
        self._negotiator = Negotiator(loaded.algorithm.input.request_types, self._output.accepts, settings)
        self.agree = self._negotiator.agree

    @classmethod
    def load(cls, settings: Settings) -> Predictor:
        """Loads the model directory. Raises ``ArtifactError``."""
        return cls(artifact.load(settings.model, settings.family, settings.algorithm), settings)

    @property
    def title(self) -> str:
        """``xgboost (regression)``."""
        return f"{self.artifact.algorithm.name} ({self._output.task})"

    def __call__(self, body: bytes, content_type: str | None = None, accept: str | None = None) -> Prediction:
        """Answers one request; ``content_type`` and ``accept`` are its headers.

        Raises ``RequestError`` for what the caller can mend and ``AlgorithmError`` for everything else.
        """
        agreement = self.agree(content_type, accept)
        if not body:
            raise RequestError("the body is empty; send at least one record")
        try:
            return self._answer(body, agreement)
        except ContainerError:
            raise
        except Exception as error:
            blamed = f"{self.artifact.algorithm.name} failed on this request ({type(error).__name__})"
            raise AlgorithmError(f"{blamed}; the log says more") from error

    def warm_up(self) -> Prediction | None:
        """Answers the example that the model was kept with, or nothing where it has none."""
        example = self.artifact.manifest.request()
        return self(example.body, example.content_type) if example else None

    def _answer(self, body: bytes, agreement: Agreement) -> Prediction:
        algorithm, began = self.artifact.algorithm, perf_counter()
        batch = algorithm.input.decode(body, agreement.content_type, self.artifact.manifest.signature)
        decoded = perf_counter()
        answer = self._predict(batch, agreement)
        predicted = perf_counter()
        encoded = self._output.encode(answer, agreement.accept)
        ended = perf_counter()
        return Prediction(
            body=encoded,
            media_type=agreement.accept,
            bytes_in=len(body),
            rows=len(batch),
            decode_ms=(decoded - began) * 1e3,
            predict_ms=(predicted - decoded) * 1e3,
            encode_ms=(ended - predicted) * 1e3,
        )

    def _predict(self, batch: Any, agreement: Agreement) -> Answer:
        if not len(batch):
            raise RequestError("the body holds no record; send at least one")
        predictions = self.artifact.algorithm.predict(self.artifact.model, batch)
        _check(predictions, len(batch), self.artifact.algorithm.answers_missing)
        answer = self._output.answer(predictions, batch, agreement.options)
        if len(answer) != len(batch):
            raise AlgorithmError(f"the answer has {len(answer)} rows for {len(batch)} records")
        return answer


def _check(predictions: NDArray[Any], rows: int, missing: bool) -> None:
    """Raises ``AlgorithmError`` unless there is one prediction a record, each of them finite (or ``missing``)."""
    if len(predictions) != rows:
        raise AlgorithmError(f"the algorithm made {len(predictions)} predictions for {rows} records")
    if predictions.dtype.kind == "f" and not missing and not np.isfinite(predictions).all():
        bad = np.argwhere(~np.isfinite(predictions))[0][0]
        raise AlgorithmError(f"the prediction for record {bad + 1} is not a finite number")
