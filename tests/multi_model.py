"""A multi-model endpoint as SageMaker meets it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from tests.endpoint import Endpoint, Response


@dataclass(frozen=True)
class MultiModel:
    """The calls that the platform makes. ``folder`` is where, in the eyes of the server, it unpacks the models."""

    endpoint: Endpoint
    folder: PurePath

    def load(self, name: str, unpacked: str | None = None) -> Response:
        """Loads under a name what lies in the folder of that name, or of the name ``unpacked``."""
        asked = {"model_name": name, "url": self.url(unpacked or name)}
        return self.endpoint.request("POST", "/models", json.dumps(asked).encode())

    def url(self, name: str) -> str:
        return str(self.folder / name / "model")

    def describe(self, name: str) -> Response:
        return self.endpoint.request("GET", f"/models/{quote(name, safe='')}")

    def unload(self, name: str) -> Response:
        return self.endpoint.request("DELETE", f"/models/{quote(name, safe='')}")

    def invoke(self, name: str, body: bytes, content_type: str = "text/csv", accept: str | None = None) -> Response:
        headers = {"Content-Type": content_type, **({"Accept": accept} if accept else {})}
        return self.endpoint.request("POST", f"/models/{quote(name, safe='')}/invoke", body, headers)

    def names(self, limit: int | None = None) -> list[str]:
        """The names of all loaded models, page by page."""
        return [model["modelName"] for page in self._pages(limit) for model in page["models"]]

    def _pages(self, limit: int | None) -> Iterator[dict[str, Any]]:
        query = f"?limit={limit}" if limit else "?"
        page: dict[str, Any] = self.endpoint.request("GET", f"/models{query}").json()
        yield page
        while "nextPageToken" in page:
            page = self.endpoint.request("GET", f"/models{query}&next_page_token={page['nextPageToken']}").json()
            yield page


def assert_refused(response: Response, status: int) -> None:
    """A short error in the form of AWS's multi-model server."""
    assert response.status == status, response.body
    assert len(response.body) < 2000
    assert response.json()["code"] == status
    assert {"type", "message"} <= set(response.json())
