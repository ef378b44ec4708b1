"""What an endpoint costs at least: the same libraries with no contract, no checks and no log.

``GUNICORN_MODEL`` names the file of the native model.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any


def constant() -> Callable[..., Iterable[bytes]]:
    """A WSGI application that reads the body and answers a constant."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Type", "text/csv"), ("Content-Length", "4")])
        return [b"0.5\n"]

    return application


def flask_predict() -> Any:
    """Flask that decodes CSV, predicts and encodes CSV, in the fastest way known for Python."""
    import numpy as np
    import orjson
    import xgboost
    from flask import Flask, Response, request

    booster = xgboost.Booster(model_file=os.environ["GUNICORN_MODEL"])
    app = Flask(__name__)

    @app.get("/ping")
    def ping() -> Response:
        return Response(b"", 200)

    @app.post("/invocations")
    def invocations() -> Response:
        body = request.get_data()
        rows = orjson.loads(b"[[" + body.rstrip().replace(b"\n", b"],[") + b"]]")
        scores = booster.inplace_predict(np.array(rows, dtype=np.float32))
        text = orjson.dumps(scores, option=orjson.OPT_SERIALIZE_NUMPY)
        return Response(text[1:-1].replace(b",", b"\n") + b"\n", 200, content_type="text/csv")

    return app
