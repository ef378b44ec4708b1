"""Manages the models of a multi-model endpoint; takes and returns the JSON of SageMaker's requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from contract.errors import RequestError
from serve.http.request_log import shortened
from serve.many.models import LoadedModel, Models

MODELS_A_PAGE = 100
LONGEST_REQUEST = 1 << 20
"""Bytes of a request to load a model, which holds a name and a path."""

LONGEST_NAME = 1024
"""Bytes, as in the header X-Amzn-SageMaker-Target-Model: the path of a later request has to hold it, encoded."""

LONGEST_PATH = 4095
"""Bytes of a path in Linux."""


class Management:
    """Loads, lists, describes and unloads models; the answers are JSON objects."""

    longest_request = LONGEST_REQUEST

    def __init__(self, models: Models) -> None:
        self._models = models
        self.answer = models.answer

    def listed(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Returns a page. Its token is the number of its last model, so that pages stay right while models change."""
        limit = max(1, min(_number(query, "limit", MODELS_A_PAGE), MODELS_A_PAGE))
        page, more = self._models.page(_number(query, "next_page_token", 0), limit)
        answer: dict[str, Any] = {"models": [_described(model) for model in page]}
        return answer | {"nextPageToken": str(page[-1].number)} if more else answer

    def loaded(self, body: bytes) -> dict[str, str]:
        """Loads the model that the body of a request names."""
        self._models.load(*_load_request(body))
        return {"status": "loaded"}

    def described(self, name: str) -> dict[str, str]:
        """Describes a model. Raises ``ModelNotFound``."""
        return _described(self._models.find(name))

    def unloaded(self, name: str) -> dict[str, str]:
        """Unloads a model; its memory is free on return. Raises ``ModelNotFound``."""
        self._models.unload(name)
        return {"status": "unloaded"}


def _described(model: LoadedModel) -> dict[str, str]:
    return {"modelName": model.name, "modelUrl": model.url}


def _load_request(body: bytes) -> tuple[str, str]:
    """Returns the name of a model and its directory. Raises ``RequestError``."""
    try:
        asked = orjson.loads(body)
        name, url = asked["model_name"], asked["url"]
    except (ValueError, KeyError, TypeError):
        name = url = None
    if not (isinstance(name, str) and isinstance(url, str) and name and url):
        raise RequestError('expected {"model_name": "…", "url": "/opt/ml/models/…/model"}')
    for key, text, most in (("model_name", name, LONGEST_NAME), ("url", url, LONGEST_PATH)):
        if len(text.encode()) > most:
            raise RequestError(f"{key} has {len(text.encode())} bytes, {most} are allowed")
    return name, url.removeprefix("file://")


def _number(query: Mapping[str, str], parameter: str, default: int) -> int:
    text = query.get(parameter, "") or str(default)
    if not (text.isascii() and text.isdigit()):
        raise RequestError(f"{parameter} is {shortened(text)!r}, expected a whole number")
    return int(text)
