"""The routes of a multi-model endpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import orjson

from serve.http.body import RequestBody
from serve.http.gate import Gate
from serve.http.invocation import invoke
from serve.http.prediction import Prediction
from serve.http.request_log import shortened
from serve.http.routes import Reply, Route
from serve.many.management import Management
from serve.many.refusals import invocation_refusal, model_refusal


class MultiModelEndpoint:
    """Loads, lists, describes, unloads and invokes models, as SageMaker's contract for multi-model containers says."""

    def __init__(self, management: Management, gate: Gate, max_bytes: int | None) -> None:
        self._management = management
        self._gate = gate
        self._max_bytes = max_bytes

    @property
    def routes(self) -> Sequence[Route]:
        return (
            Route("/ping", self.ping, ("GET", "POST")),
            Route("/models", self.list, ("GET",)),
            Route("/models", self.load, ("POST",)),
            Route("/models/<path:name>", self.describe, ("GET",)),
            Route("/models/<path:name>", self.unload, ("DELETE",)),
            Route("/models/<path:name>/invoke", self.invoke, ("POST",)),
        )

    def ping(self, environ: Mapping[str, Any]) -> Reply:
        """Answers 200 without a model, too: the platform loads them when they are asked for."""
        return Reply(b"", content_type="text/plain")

    def list(self, environ: Mapping[str, Any]) -> Reply:
        """Lists a page of the models."""
        return _managed(lambda: self._management.listed(_query(environ)))

    def load(self, environ: Mapping[str, Any]) -> Reply:
        """Loads a model."""
        return _managed(lambda: self._load(environ))

    def describe(self, environ: Mapping[str, Any], name: str) -> Reply:
        """Describes a model."""
        return _managed(lambda: self._management.described(name))

    def unload(self, environ: Mapping[str, Any], name: str) -> Reply:
        """Unloads a model."""
        return _managed(lambda: self._management.unloaded(name))

    def invoke(self, environ: Mapping[str, Any], name: str) -> Reply:
        """Answers one request to a model."""
        return invoke(environ, lambda: self._predict(environ, name), invocation_refusal, model=shortened(name))

    def _predict(self, environ: Mapping[str, Any], name: str) -> Prediction:
        self._management.described(name)  # an unknown model is refused before the body is read
        with self._gate.admit(RequestBody(environ, self._max_bytes)) as body:
            return self._management.answer(name, body, environ.get("CONTENT_TYPE"), environ.get("HTTP_ACCEPT"))

    def _load(self, environ: Mapping[str, Any]) -> Mapping[str, Any]:
        with self._gate.requests:
            return self._management.loaded(RequestBody(environ, self._management.longest_request).read())


def _managed(manage: Callable[[], Mapping[str, Any]]) -> Reply:
    try:
        return Reply(orjson.dumps(manage()))
    except Exception as error:
        return model_refusal(error)


def _query(environ: Mapping[str, Any]) -> Mapping[str, str]:
    """Returns the query parameters; the first of a name counts."""
    pairs = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    return dict(reversed(pairs))
