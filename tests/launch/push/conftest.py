"""An ECR of our own, images to push into it, and a client that notes how it is called."""

from __future__ import annotations

import shlex
import subprocess
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

from launch.version import VERSION
from tests.launch.push.ecr import demand_registry, ecr_of_registry
from tests.launch.push.toys import CLIENT, demand_engine


@pytest.fixture
def ecr(aws: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty account whose images lie in the registry of this machine."""
    demand_registry()
    with ecr_of_registry() as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        yield


@pytest.fixture
def name() -> Iterator[str]:
    """An image of this machine and a repository that no other test has; what has the name at the end is removed."""
    demand_engine()
    chosen = f"open-algorithms/push-{uuid.uuid4().hex[:12]}"
    yield chosen
    subprocess.run([CLIENT, "image", "rm", f"{chosen}:{VERSION}"], capture_output=True, check=False)


@dataclass(frozen=True)
class Engine:
    """A client that notes how it is called."""

    log: Path

    @property
    def commands(self) -> list[str]:
        """The words of each call."""
        return self.log.read_text().splitlines() if self.log.exists() else []

    def changes(self) -> list[str]:
        """The calls that change something outside a container."""
        return [command for command in self.commands if command.startswith(("push", "tag", "login"))]


Becoming: TypeAlias = Callable[[str], Engine]


@pytest.fixture
def becoming(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Becoming:
    """Makes DOCKER a program that notes its words and then does what some lines of shell say."""

    def become(lines: str) -> Engine:
        client, log = tmp_path / "docker", tmp_path / "docker.log"
        client.write_text(f'#!/bin/sh\necho "$@" >> {shlex.quote(str(log))}\n{lines}\n')
        client.chmod(0o755)
        monkeypatch.setenv("DOCKER", str(client))
        return Engine(log)

    return become


@pytest.fixture
def engine(becoming: Becoming) -> Engine:
    """The real one."""
    return becoming(f'exec {CLIENT} "$@"')
