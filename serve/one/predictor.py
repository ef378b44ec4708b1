"""Turns the bytes of a request into those of its answer, for one loaded model and without any web framework."""

from __future__ import annotations

import logging
from time import perf_counter
from typing import Any

from contract.errors import AlgorithmError, ContainerError, RequestError
from serve.http.negotiation import Agreement, Negotiator
from serve.http.prediction import Prediction
from serve.one.steps import InferenceSteps
from serve.settings import Settings
from serve.user import steps as user_steps

log = logging.getLogger("serve")


class Predictor:
    """One model and everything needed to answer with it. Safe to call from several threads."""

    def __init__(self, steps: InferenceSteps, settings: Settings) -> None:
        self.steps = steps
        self._negotiator = Negotiator(steps.request_types, steps.accepts, steps.usual_accept, settings)
        self.agree = self._negotiator.agree

    @classmethod
    def load(cls, settings: Settings) -> Predictor:
        """Loads the model directory. Raises ``ArtifactError``."""
        return cls(user_steps.steps_of(settings), settings)

    @property
    def title(self) -> str:
        """Names the model for people: ``xgboost (regression)``."""
        return self.steps.title

    def __call__(self, body: bytes, content_type: str | None = None, accept: str | None = None) -> Prediction:
        """Answers one request; ``content_type`` and ``accept`` are its headers.

        Raises ``RequestError`` for what the caller can mend and ``AlgorithmError`` for everything else.
        """
        return self.answer(body, self.agree(content_type, accept))

    def answer(self, body: bytes, agreement: Agreement) -> Prediction:
        """Answers one request whose headers are settled. Raises as a call does."""
        if not body:
            raise RequestError("the body is empty; send at least one record")
        try:
            return self._answer(body, agreement)
        except ContainerError:
            raise
        except Exception as error:
            blamed = f"{self.title} failed on this request ({type(error).__name__})"
            raise AlgorithmError(f"{blamed}; the log says more") from error

    def warm_up(self) -> Prediction | None:
        """Answers the example that the model was kept with, or nothing where it has none."""
        example = self.steps.example
        if example is None:
            return None
        try:
            return self(example.body, example.content_type)
        except ContainerError as error:
            if not self.steps.has_user_code:
                raise
            log.warning("the user's code does not answer a training record as application/json: %s", error)
            return None

    def _answer(self, body: bytes, agreement: Agreement) -> Prediction:
        began = perf_counter()
        batch = self.steps.read(body, agreement.content_type)
        agreement = self.steps.agreed(batch, agreement)
        decoded = perf_counter()
        predictions = self.steps.predict(batch, agreement)
        predicted = perf_counter()
        encoded, media_type = self.steps.write(predictions, batch, agreement)
        ended = perf_counter()
        return Prediction(
            body=encoded,
            media_type=media_type,
            bytes_in=len(body),
            rows=_rows(batch),
            decode_ms=(decoded - began) * 1e3,
            predict_ms=(predicted - decoded) * 1e3,
            encode_ms=(ended - predicted) * 1e3,
        )


def _rows(batch: Any) -> int | None:
    return len(batch) if hasattr(batch, "__len__") and not isinstance(batch, bytes | str) else None
