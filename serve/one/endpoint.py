"""The routes of an endpoint with one model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from serve.http.body import RequestBody
from serve.http.gate import Gate
from serve.http.invocation import invoke
from serve.http.prediction import Prediction
from serve.http.routes import Reply, Route
from serve.one.predictor import Predictor


class SingleModelEndpoint:
    """Answers /ping, /invocations and /execution-parameters, as SageMaker's contract for containers says."""

    def __init__(
        self, predictor: Predictor, gate: Gate, max_bytes: int | None, parameters: Mapping[str, int | str]
    ) -> None:
        self._predictor = predictor
        self._gate = gate
        self._max_bytes = max_bytes
        self._parameters = orjson.dumps(parameters)

    @property
    def routes(self) -> Sequence[Route]:
        return (
            Route("/ping", self.ping, ("GET", "POST")),
            Route("/invocations", self.invocations, ("POST",)),
            Route("/execution-parameters", self.execution_parameters, ("GET",)),
        )

    def ping(self, environ: Mapping[str, Any]) -> Reply:
        """Answers 200: the model was loaded and its example answered before this worker took connections."""
        return Reply(b"", content_type="text/plain")

    def execution_parameters(self, environ: Mapping[str, Any]) -> Reply:
        """Returns what a batch transform does unless its request says otherwise."""
        return Reply(self._parameters)

    def invocations(self, environ: Mapping[str, Any]) -> Reply:
        """Answers one request."""
        return invoke(environ, lambda: self._predict(environ))

    def _predict(self, environ: Mapping[str, Any]) -> Prediction:
        """Refuses what cannot be answered before the body is read."""
        agreement = self._predictor.agree(environ.get("CONTENT_TYPE"), environ.get("HTTP_ACCEPT"))
        with self._gate.admit(RequestBody(environ, self._max_bytes)) as body:
            return self._predictor.answer(body, agreement)
