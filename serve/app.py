"""The web application: routes, the headers that SageMaker knows, and the error tree as HTTP statuses."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from time import perf_counter
from typing import Any

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from containers.errors import ContainerError, NotAcceptable, PayloadTooLarge, UnsupportedContentType, UserError
from serve import request_log
from serve.body import announced_bytes, read_body
from serve.gate import Gate, Overloaded
from serve.predictor import Prediction, Predictor

log = logging.getLogger("serve")

STATUSES: Mapping[type[BaseException], int] = {
    UnsupportedContentType: 415,
    NotAcceptable: 406,
    PayloadTooLarge: 413,
    UserError: 400,
    Overloaded: 503,
    Exception: 500,
}
"""The status of an error is that of its nearest kind in this table."""

CUSTOM_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
LONGEST_ATTRIBUTES = 1024
LOGGED_HEADERS = (
    ("content_type", "CONTENT_TYPE"),
    ("accept", "HTTP_ACCEPT"),
    ("inference_id", "HTTP_X_AMZN_SAGEMAKER_INFERENCE_ID"),
)
LONGEST_MESSAGE = 1000
"""Characters of an error message in a body; SageMaker passes on 2048 bytes."""


class Endpoint:
    """The three routes over one model."""

    def __init__(
        self, predictor: Predictor, gate: Gate, max_bytes: int | None, parameters: Mapping[str, int | str]
    ) -> None:
        self._predictor = predictor
        self._gate = gate
        self._max_bytes = max_bytes
        self._parameters = orjson.dumps(parameters)

    def ping(self) -> Response:
        """Healthy: the model was loaded and its example answered before this worker took connections."""
        return Response(b"", 200, content_type="text/plain")

    def execution_parameters(self) -> Response:
        """What a batch transform should do unless its request says otherwise."""
        return Response(self._parameters, 200, content_type="application/json")

    def invocations(self) -> Response:
        """Answers one request and writes its line to the log, whatever becomes of it."""
        began, environ = perf_counter(), request.environ
        try:
            prediction = self._predict(environ)
            response = Response(prediction.body, 200, content_type=prediction.media_type)
            entry = _figures(prediction)
        except Exception as error:
            response = refusal(error)
            entry = {"status": response.status_code, "error": request_log.shortened(str(error))}
        entry |= _client_headers(environ)
        entry["total_ms"] = round((perf_counter() - began) * 1e3, 3)
        request_log.write(entry)
        _echo_attributes(environ, response)
        return response

    def _predict(self, environ: Mapping[str, Any]) -> Prediction:
        content_type, accept = environ.get("CONTENT_TYPE"), environ.get("HTTP_ACCEPT")
        self._predictor.agree(content_type, accept)  # refused before the body is read
        with self._gate.places, self._gate.budget.of(announced_bytes(environ, self._max_bytes)):
            body = read_body(environ, self._max_bytes)
            with self._gate.turns:
                return self._predictor(body, content_type, accept)


def create_app(endpoint: Endpoint) -> Flask:
    """The routes of an endpoint as a WSGI application."""
    app = Flask("serve", static_folder=None)
    app.add_url_rule("/ping", view_func=endpoint.ping, methods=["GET", "POST"])
    app.add_url_rule("/invocations", view_func=endpoint.invocations, methods=["POST"])
    app.add_url_rule("/execution-parameters", view_func=endpoint.execution_parameters, methods=["GET"])
    app.register_error_handler(HTTPException, _routing_error)
    return app


def status_of(error: BaseException) -> int:
    """The HTTP status of an error."""
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def refusal(error: Exception) -> Response:
    """A short answer in JSON; what the caller cannot mend goes to the log with its traceback."""
    status = status_of(error)
    if status == 500:
        log.error("an invocation failed: %s", error, exc_info=error)
    message = str(error) if isinstance(error, ContainerError) else "internal error; the log of the endpoint says more"
    response = Response(_error_json(message), status, content_type="application/json")
    if status == 503:
        response.headers["Retry-After"] = "1"
    return response


def _routing_error(error: HTTPException) -> Response:
    """404 and 405, with the ``Allow`` header of the latter."""
    response = Response(_error_json(error.name), error.code, content_type="application/json")
    response.headers.extend(pair for pair in error.get_headers() if pair[0] == "Allow")
    return response


def _error_json(message: str) -> bytes:
    short = message if len(message) <= LONGEST_MESSAGE else message[: LONGEST_MESSAGE - 1] + "…"
    return orjson.dumps({"error": short})


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
