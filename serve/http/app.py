"""Makes a WSGI application of routes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from serve.http.routes import Reply, Route


def create_app(routes: Sequence[Route]) -> Flask:
    """Returns the application that answers at these routes, and nowhere else."""
    app = Flask("serve", static_folder=None)
    for number, route in enumerate(routes):
        app.add_url_rule(route.path, str(number), _flask_view(route.view), methods=route.methods)
    app.register_error_handler(HTTPException, _routing_error)
    return app


def _flask_view(view: Callable[..., Reply]) -> Callable[..., Response]:
    def respond(**variables: str) -> Response:
        reply = view(request.environ, **variables)
        return Response(reply.body, reply.status, reply.headers or None, content_type=reply.content_type)

    return respond


def _routing_error(error: HTTPException) -> Response:
    """Answers 404 or 405, the latter with its ``Allow`` header."""
    response = Response(orjson.dumps({"error": error.name}), error.code, content_type="application/json")
    response.headers.extend(pair for pair in error.get_headers() if pair[0] == "Allow")
    return response
