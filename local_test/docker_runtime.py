"""Runs an image with Docker, with the mounts, the network and the user that the service gives it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from local_test.errors import EndpointError, LocalTestError, RuntimeMissing
from local_test.request import LocalChannel, TrainingRequest
from local_test.runtime import BIND_VARIABLE, Run, as_lines
from local_test.tree import HOST

BASE = "/opt/ml"
PORT = 8080


def image_of(family: str) -> str:
    """The image that ``make build FAMILY=…`` makes."""
    return f"open-algorithms/{family}:latest"


@dataclass(frozen=True)
class DockerRuntime:
    """``train`` and ``serve`` in containers of ``image``.

    ``network``: training may reach the network (the default is the isolated job). ``user``: who ``serve`` runs as, for
    example ``1051`` as in a serverless endpoint (the default is the image's own). ``faithful``: ``serve`` gets a
    read-only model and root file system, with only /tmp to write in.
    """

    image: str
    network: bool = False
    user: str = ""
    faithful: bool = True
    name = "docker"

    def beside(self, image: str) -> DockerRuntime:
        """The image of that tag on this machine: the address without the registry."""
        return replace(self, image=image.partition("/")[2])

    def base(self, root: Path) -> str:
        return BASE

    def train(self, request: TrainingRequest, root: Path, environment: Mapping[str, str]) -> Run:
        mounts = [
            self._mount(root / "input" / "config", "input/config", read_only=True),
            self._mount(root / "model", "model"),
            self._mount(root / "output", "output"),
        ]
        mounts += [self._channel_mount(channel) for channel in request.channels if channel.input_mode != "Pipe"]
        if request.checkpoints is not None:
            request.checkpoints.mkdir(parents=True, exist_ok=True)
            mounts.append(self._mount(request.checkpoints, "checkpoints"))
        network = "bridge" if self.network else "none"
        # hosts of a job resolve each other by name, also where there is no network
        return self._start("train", mounts, environment, network_mode=network, extra_hosts={HOST: "127.0.0.1"})

    def serve(self, model: Path, environment: Mapping[str, str], port: int) -> tuple[Run, int]:
        published = ("127.0.0.1", port) if port else ("127.0.0.1",)
        listens = int(environment.get(BIND_VARIABLE, PORT))
        options: dict[str, Any] = {"ports": {f"{listens}/tcp": published}}
        if self.faithful:
            options |= {"read_only": True, "tmpfs": {"/tmp": ""}}  # noqa: S108 - the one place inside the container
        if self.user:
            options["user"] = self.user
        run = self._start("serve", [self._mount(model, "model", read_only=self.faithful)], environment, **options)
        return run, run.published_port(listens)

    def give_back(self, folder: Path) -> None:
        """The platform runs images as root, so their files are root's: a short-lived container hands them over."""
        if _all_mine(folder):
            return
        owner = f"{os.getuid()}:{os.getgid()}"
        try:
            self._engine.containers.run(
                self.image,
                entrypoint=["chown"],
                command=["-R", "-h", owner, BASE],
                user="0:0",
                mounts=[self._mount(folder, "")],
                network_mode="none",
                remove=True,
            )
        except self._docker.errors.DockerException as error:
            remedy = f"sudo chown -R {owner} {folder}"
            raise LocalTestError(f"cannot hand {folder} over to you ({_short(error)}): {remedy}") from error

    def _start(self, verb: str, mounts: list[Any], environment: Mapping[str, str], **options: Any) -> DockerRun:
        errors = self._docker.errors
        try:
            container = self._engine.containers.create(
                self.image, command=[verb], mounts=mounts, environment=dict(environment), **options
            )
        except errors.ImageNotFound as error:
            remedy = f"build it (make build FAMILY=…) or run `docker pull {self.image}`"
            raise RuntimeMissing(f"no image {self.image} on this machine: {remedy}") from error
        except errors.DockerException as error:
            raise RuntimeMissing(f"Docker refuses to run {self.image}: {_short(error)}") from error
        run = DockerRun(container, errors)
        try:
            container.start()
        except errors.DockerException as error:
            run.close()
            raise EndpointError(f"Docker cannot start `{verb}` of {self.image}: {_short(error)}") from error
        return run

    def _channel_mount(self, channel: LocalChannel) -> Any:
        name = f"/{channel.path.name}" if channel.path.is_file() else ""
        return self._mount(channel.path, f"input/data/{channel.name}{name}", read_only=True)

    def _mount(self, source: Path, inside: str, *, read_only: bool = False) -> Any:
        target = f"{BASE}/{inside}".rstrip("/")
        return self._docker.types.Mount(target, str(source.resolve()), type="bind", read_only=read_only)

    @cached_property
    def _docker(self) -> Any:
        try:
            import docker
        except ImportError as error:
            raise RuntimeMissing("the Python package `docker` is missing: pip install 'docker>=7'") from error
        return docker

    @cached_property
    def _engine(self) -> Any:
        try:
            engine = self._docker.from_env()
            engine.ping()
        except self._docker.errors.DockerException as error:
            remedy = "start Docker (or set DOCKER_HOST), or use --runtime process"
            raise RuntimeMissing(f"no Docker engine answers: {remedy}") from error
        return engine


class DockerRun:
    """A started container; it is removed by ``close``."""

    def __init__(self, container: Any, errors: Any) -> None:
        self._container = container
        self._errors = errors

    def lines(self) -> Iterator[str]:
        return as_lines(self._container.logs(stream=True, follow=True))

    def exit_code(self) -> int | None:
        self._container.reload()
        state = self._container.attrs["State"]
        return None if state["Running"] else int(state["ExitCode"])

    def wait(self) -> int:
        return int(self._container.wait()["StatusCode"])

    def stop(self, grace: float) -> None:
        with contextlib.suppress(self._errors.NotFound):  # killed and removed meanwhile
            self._container.stop(timeout=round(grace))

    def close(self) -> None:
        with contextlib.suppress(self._errors.NotFound):
            self._container.remove(force=True, v=True)

    def published_port(self, listens: int = PORT) -> int:
        """The local port that Docker chose; 0 when the container has ended already."""
        self._container.reload()
        bindings = self._container.attrs["NetworkSettings"]["Ports"].get(f"{listens}/tcp")
        return int(bindings[0]["HostPort"]) if bindings else 0


def _all_mine(folder: Path) -> bool:
    """False as well where a folder cannot be looked into: it is another user's."""
    paths = [folder, *(Path(at, name) for at, folders, files in os.walk(folder) for name in folders + files)]
    return all(path.lstat().st_uid == os.getuid() for path in paths)


def _short(error: Exception) -> str:
    """The last part of what Docker says, on one line."""
    return str(getattr(error, "explanation", None) or error).strip().splitlines()[-1]
