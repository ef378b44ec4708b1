"""An AWS of our own: moto's server on a free port of this machine, empty before every test."""

from __future__ import annotations

import functools
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore import handlers
from moto.server import ThreadedMotoServer

from tests.launch import moto_gaps
from tests.launch.refusals import Front, before_moto

ACCOUNT = "123456789012"
REGION = "eu-west-1"


botocore.session.create_loader = functools.cache(botocore.session.create_loader)  # descriptions are read once a run


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of moto's server."""
    moto_gaps.fill()
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    yield f"http://{host}:{port}"
    moto.stop()


@pytest.fixture
def aws(server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """An empty account that boto3 reaches with the credentials of the environment; its address."""
    urllib.request.urlopen(urllib.request.Request(f"{server}/moto-api/reset", method="POST")).close()
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    return server


@pytest.fixture(scope="session")
def server_before_moto(server: str) -> Iterator[Front]:
    """A server that refuses some calls and hands the others to moto."""
    with before_moto() as front:
        yield front


@pytest.fixture
def front(server_before_moto: Front, aws: str, monkeypatch: pytest.MonkeyPatch) -> Front:
    """The empty account behind a server that refuses what a test says, at once: calls are not sent again."""
    server_before_moto.refusals.clear()
    monkeypatch.setenv("AWS_ENDPOINT_URL", server_before_moto.address)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    return server_before_moto


@dataclass(frozen=True)
class Call:
    """One call as botocore was asked to make it."""

    service: str
    operation: str
    request: Mapping[str, Any]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """The calls that sessions made from now on send, in their order; not those of a test's own ``boto3.client``."""
    made: list[Call] = []
    boto3.setup_default_session()

    def record(params: Mapping[str, Any], model: Any, **others: Any) -> None:
        made.append(Call(model.service_model.service_name, model.name, dict(params)))

    monkeypatch.setattr(handlers, "BUILTIN_HANDLERS", [*handlers.BUILTIN_HANDLERS, ("provide-client-params", record)])
    return made
