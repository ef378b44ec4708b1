"""Replies to an invocation of a model, logs it in one line and echoes the header that SageMaker returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

from serve.http import request_log
from serve.http.prediction import Prediction
from serve.http.routes import Reply
from serve.http.statuses import refusal

CUSTOM_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
LONGEST_ATTRIBUTES = 1024
LOGGED_HEADERS = (
    ("content_type", "CONTENT_TYPE"),
    ("accept", "HTTP_ACCEPT"),
    ("inference_id", "HTTP_X_AMZN_SAGEMAKER_INFERENCE_ID"),
)


def invoke(
    environ: Mapping[str, Any],
    predict: Callable[[], Prediction],
    refuse: Callable[[Exception], Reply] = refusal,
    **about: Any,
) -> Reply:
    """Returns the reply and writes one line to the request log, whatever happens; ``about`` goes into that line."""
    began = perf_counter()
    try:
        prediction = predict()
        reply = Reply(prediction.body, 200, prediction.media_type)
        entry = about | _figures(prediction)
    except Exception as error:
        reply = refuse(error)
        entry = about | {"status": reply.status, "error": request_log.shortened(str(error))}
    entry |= _client_headers(environ)
    entry["total_ms"] = round((perf_counter() - began) * 1e3, 3)
    request_log.write(entry)
    echoed = _echoed_attributes(environ)
    return reply._replace(headers={**reply.headers, **echoed}) if echoed else reply


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


def _echoed_attributes(environ: Mapping[str, Any]) -> dict[str, str]:
    """Returns the caller's custom attributes as a header for SageMaker to pass on, if they are a header's value."""
    value = environ.get("HTTP_X_AMZN_SAGEMAKER_CUSTOM_ATTRIBUTES", "")
    fits = value and len(value) <= LONGEST_ATTRIBUTES and value.isascii() and value.isprintable()
    return {CUSTOM_ATTRIBUTES: value} if fits else {}
