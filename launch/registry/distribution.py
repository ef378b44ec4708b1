"""A repository seen by the protocol that every image registry speaks (OCI distribution, ``/v2/``): manifests by HTTP.

ECR answers it with the same rights that Docker needs, so what is checked is what Docker and SageMaker will be given.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from launch.aws.cloud import Cloud
from launch.errors import PushFailed

DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
TIMEOUT = 60
"""Seconds."""


@dataclass(frozen=True)
class ImageManifest:
    """The manifest of an image: a JSON document whose digest names it."""

    media_type: str
    body: bytes

    @cached_property
    def content(self) -> dict[str, Any]:
        """The document."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def digest(self) -> str:
        """``sha256:`` and 64 hexadecimal digits."""
        return f"sha256:{hashlib.sha256(self.body).hexdigest()}"


@dataclass(frozen=True)
class Login:
    """A registry and twelve hours' leave to use it."""

    endpoint: str
    """``https://…``."""
    user: str
    password: str

    @classmethod
    def of(cls, cloud: Cloud) -> Login:
        """Asks ECR for it."""
        data = cloud.call("ecr", "GetAuthorizationToken")["authorizationData"][0]
        user, _, password = base64.b64decode(data["authorizationToken"]).decode().partition(":")
        return cls(data["proxyEndpoint"], user, password)

    def __repr__(self) -> str:
        return f"Login({self.endpoint!r})"


class Tags:
    """The manifests of one repository. Its methods raise ``PushFailed`` where the registry refuses."""

    def __init__(self, login: Login, repository: str) -> None:
        self._url = f"{login.endpoint.rstrip('/')}/v2/{repository}/manifests"
        secret = base64.b64encode(f"{login.user}:{login.password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {secret}"}

    def get(self, reference: str) -> ImageManifest | None:
        """The manifest of a tag or digest; None where there is none."""
        try:
            answer = self._send("GET", reference, {"Accept": ", ".join((DOCKER, DOCKER_LIST, OCI, OCI_INDEX))})
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise self._refused(f"reading {reference}", error) from error
        return answer

    def put(self, tag: str, manifest: ImageManifest) -> None:
        """Lets a tag name a manifest whose layers are in the repository."""
        try:
            self._send("PUT", tag, {"Content-Type": manifest.media_type}, manifest.body)
        except urllib.error.HTTPError as error:
            raise self._refused(f"setting the tag {tag}", error) from error

    def _send(
        self, method: str, reference: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> ImageManifest:
        request = urllib.request.Request(  # noqa: S310 - the address is ECR's own answer
            f"{self._url}/{reference}", body, {**self._headers, **headers}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
                return ImageManifest(answer.headers.get_content_type(), answer.read())
        except urllib.error.HTTPError:
            raise
        except (OSError, http.client.HTTPException) as error:
            raise PushFailed(f"the registry at {self._url} cannot be reached: {error!r}") from error

    def _refused(self, what: str, error: urllib.error.HTTPError) -> PushFailed:
        said = error.read(2048).decode(errors="replace").strip()
        return PushFailed(f"{what} at {self._url}: {error.code} {error.reason} {said}")
