"""The web application: routes, the headers that SageMaker knows, and the error tree as HTTP statuses."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from serve.http import request_log
from serve.http.body import announced_bytes, read_body
from serve.http.gate import Gate
from serve.http.statuses import TYPES, message_of, status_of, status_of_management
from serve.many.errors import InsufficientMemory, ModelNotFound
from serve.one.predictor import Prediction, Predictor

if TYPE_CHECKING:
    from serve.many.management import Management

log = logging.getLogger("serve")

CUSTOM_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
LONGEST_ATTRIBUTES = 1024
LOGGED_HEADERS = (
    ("content_type", "CONTENT_TYPE"),
    ("accept", "HTTP_ACCEPT"),
    ("inference_id", "HTTP_X_AMZN_SAGEMAKER_INFERENCE_ID"),
)


class Route(NamedTuple):
    """A path, what answers there, and to which methods."""

    path: str
    view: Callable[..., Response]
    methods: Sequence[str]


class Endpoint:
    """The three routes over one model."""

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

    def ping(self) -> Response:
        """Healthy: the model was loaded and its example answered before this worker took connections."""
        return Response(b"", 200, content_type="text/plain")

    def execution_parameters(self) -> Response:
        """What a batch transform should do unless its request says otherwise."""
        return Response(self._parameters, 200, content_type="application/json")

    def invocations(self) -> Response:
        """Answers one request."""
        return _answered(self._predict)

    def _predict(self, environ: Mapping[str, Any]) -> Prediction:
        content_type, accept = environ.get("CONTENT_TYPE"), environ.get("HTTP_ACCEPT")
        self._predictor.agree(content_type, accept)  # refused before the body is read
        with self._gate.places, self._gate.budget.of(announced_bytes(environ, self._max_bytes)):
            body = read_body(environ, self._max_bytes)
            with self._gate.turns:
                return self._predictor(body, content_type, accept)


class MultiModelEndpoint:
    """The routes over many models."""

    def __init__(self, management: Management, gate: Gate, max_bytes: int | None) -> None:
        self._management = management
        self._gate = gate
        self._max_bytes = max_bytes

    @property
    def routes(self) -> Sequence[Route]:
        manage = self._management
        return (
            Route("/ping", self.ping, ("GET", "POST")),
            Route("/models", lambda: _managed(lambda: manage.listed(request.args)), ("GET",)),
            Route("/models", lambda: _managed(self._load), ("POST",)),
            Route("/models/<path:name>", lambda name: _managed(lambda: manage.described(name)), ("GET",)),
            Route("/models/<path:name>", lambda name: _managed(lambda: manage.unloaded(name)), ("DELETE",)),
            Route("/models/<path:name>/invoke", self.invoke, ("POST",)),
        )

    def ping(self) -> Response:
        """Healthy without a model, too: the platform loads them when they are asked for."""
        return Response(b"", 200, content_type="text/plain")

    def invoke(self, name: str) -> Response:
        """Answers one request to a model."""
        return _answered(lambda environ: self._predict(name, environ), model=request_log.shortened(name))

    def _predict(self, name: str, environ: Mapping[str, Any]) -> Prediction:
        self._management.described(name)  # an unknown model is refused before the body is read
        with self._gate.places, self._gate.budget.of(announced_bytes(environ, self._max_bytes)):
            body = read_body(environ, self._max_bytes)
            with self._gate.turns:
                return self._management.answer(name, body, environ.get("CONTENT_TYPE"), environ.get("HTTP_ACCEPT"))

    def _load(self) -> Mapping[str, Any]:
        with self._gate.places:
            return self._management.loaded(read_body(request.environ, self._management.longest_request))


def create_app(endpoint: Endpoint | MultiModelEndpoint) -> Flask:
    """The routes of an endpoint as a WSGI application."""
    app = Flask("serve", static_folder=None)
    for number, route in enumerate(endpoint.routes):
        app.add_url_rule(route.path, str(number), route.view, methods=route.methods)
    app.register_error_handler(HTTPException, _routing_error)
    return app


def refusal(error: Exception) -> Response:
    """A short answer in JSON; what the caller cannot mend goes to the log with its traceback."""
    status = status_of(error)
    if status == 500:
        log.error("an invocation failed: %s", error, exc_info=error)
    return _refusal(status, {"error": message_of(error)})


def model_refusal(error: Exception) -> Response:
    """The same about a model, in the form of AWS's multi-model server."""
    status = status_of_management(error)
    log.log(logging.ERROR if status == 500 else logging.WARNING, "%s", error, exc_info=error if status == 500 else None)
    return _refusal(status, {"code": status, "type": TYPES[status], "message": message_of(error)})


def _answered(predict: Callable[[Mapping[str, Any]], Prediction], **about: Any) -> Response:
    """The response to a request, whose line is written to the log, whatever becomes of it."""
    began, environ = perf_counter(), request.environ
    try:
        prediction = predict(environ)
        response = Response(prediction.body, 200, content_type=prediction.media_type)
        entry = about | _figures(prediction)
    except Exception as error:
        response = model_refusal(error) if isinstance(error, ModelNotFound | InsufficientMemory) else refusal(error)
        entry = about | {"status": response.status_code, "error": request_log.shortened(str(error))}
    entry |= _client_headers(environ)
    entry["total_ms"] = round((perf_counter() - began) * 1e3, 3)
    request_log.write(entry)
    _echo_attributes(environ, response)
    return response


def _managed(manage: Callable[[], Mapping[str, Any]]) -> Response:
    """The response to a request about models."""
    try:
        return Response(orjson.dumps(manage()), 200, content_type="application/json")
    except Exception as error:
        return model_refusal(error)


def _refusal(status: int, body: Mapping[str, Any]) -> Response:
    response = Response(orjson.dumps(body), status, content_type="application/json")
    if status == 503:
        response.headers["Retry-After"] = "1"
    return response


def _routing_error(error: HTTPException) -> Response:
    """404 and 405, with the ``Allow`` header of the latter."""
    response = Response(orjson.dumps({"error": error.name}), error.code, content_type="application/json")
    response.headers.extend(pair for pair in error.get_headers() if pair[0] == "Allow")
    return response


def _figures(prediction: Prediction) -> dict[str, Any]:
    return {
        "status": 200,
        **({} if prediction.rows is None else {"rows": prediction.rows}),
        "bytes_in": prediction.bytes_in,
        "bytes_out": len(prediction.body),
        "decode_ms": round(prediction.decode_ms, 3),
        "predict_ms": round(prediction.predict_ms, 3),
        "encode_ms": round(prediction.encode_ms, 3),
    }


def _client_headers(environ: Mapping[str, Any]) -> dict[str, str | None]:
    return {name: request_log.shortened(environ[key]) for name, key in LOGGED_HEADERS if key in environ}


def _echo_attributes(environ: Mapping[str, Any], response: Response) -> None:
    """SageMaker returns to the caller what the container sends back; anything that is no header value is dropped."""
    value = environ.get("HTTP_X_AMZN_SAGEMAKER_CUSTOM_ATTRIBUTES", "")
    if value and len(value) <= LONGEST_ATTRIBUTES and value.isascii() and value.isprintable():
        response.headers[CUSTOM_ATTRIBUTES] = value
