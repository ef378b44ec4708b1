"""The Docker client of this machine, run as a program: images are pushed by the client that built them."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from launch.errors import PushFailed, Refused, UsageError
from launch.registry.programs import File

KEPT = ("proxies", "HttpHeaders", "currentContext")
"""Docker settings copied to reach the engine; never credentials."""
NO_KEYCHAIN: dict[str, Any] = {"auths": {"registry.invalid": {}}}
"""Where a configuration knows no login yet, clients look for a keychain of the machine and keep passwords there."""
HEAD = 64 * 1024
"""Bytes of an archive that hold a file's header and its first bytes, whatever comes before them."""

ABSENT = re.compile("no such (file|container:path)|could not find the file|not a directory", re.IGNORECASE)
"""Messages of clients and engines for a missing path of a container."""


class Docker:
    """A client. What it keeps about a login lies in a folder that goes with it; the user's own is only read.

    A context manager; ``program`` is the client's name or path.
    """

    def __init__(self, program: str = "docker") -> None:
        if shutil.which(program) is None:
            raise UsageError(f"there is no Docker client {program!r}: install Docker, or name its client in DOCKER")
        self._program = program
        self._folder = tempfile.TemporaryDirectory(prefix="launch-docker-")

    def __enter__(self) -> Docker:
        _copy_configuration(Path(self._folder.name))
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def inspect(self, image: str) -> dict[str, Any]:
        """The image's entry of ``docker image inspect``. Raises ``Refused`` where there is none, or no engine."""
        done = self._run("image", "inspect", image)
        if done.returncode == 0:
            found: dict[str, Any] = json.loads(done.stdout)[0]
            return found
        if "no such image" in done.stderr.lower():
            raise Refused(f"no image {image} on this machine: build it with `make build FAMILY=…`, or give --image")
        raise Refused(f"no Docker engine answers ({_last(done.stderr)}): start Docker, or set DOCKER_HOST")

    @contextlib.contextmanager
    def container(self, image: str) -> Iterator[str]:
        """The id of a container that is made of an image, never started, and removed."""
        done = self._run("create", "--pull", "never", "--network", "none", image, "train")
        if done.returncode != 0:
            raise Refused(f"Docker cannot make a container of {image}: {_last(done.stderr)}")
        container = done.stdout.split()[-1]
        try:
            yield container
        finally:
            self._run("rm", "--force", "--volumes", container)

    def size(self, container: str) -> int:
        """Bytes of a container's files; of an image, some engines count the compressed layers."""
        done = self._run("container", "inspect", "--size", container)
        if done.returncode != 0:
            raise Refused(f"Docker does not tell the size of the image: {_last(done.stderr)}")
        return int(json.loads(done.stdout)[0]["SizeRootFs"])

    def file(self, container: str, path: str) -> File | None:
        """A file of a container, links followed; None where there is none."""
        command = [self._program, "cp", "--follow-link", f"{container}:{path}", "-"]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, env=self._environment(), stdout=pipe, stderr=pipe) as copy:
            archive, said = _beginning(copy)
        if not archive and not ABSENT.search(said):
            raise Refused(f"Docker cannot look for {path} in the image: {_last(said)}")
        if not archive:
            return None
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as files:
            member = files.next()
        if member is None or not member.isfile():
            return None
        return File(member.mode, archive[member.offset_data : member.offset_data + member.size])

    def login(self, host: str, user: str, password: str) -> None:
        """Logs in, for this object alone; the password goes by standard input."""
        done = self._run("login", "--username", user, "--password-stdin", host, given=password)
        if done.returncode != 0:
            raise PushFailed(f"docker login to {host}: {_last(done.stderr)}")

    def tag(self, image: str, address: str) -> None:
        """Gives an image one more name."""
        done = self._run("tag", image, address)
        if done.returncode != 0:
            raise PushFailed(f"docker tag {address}: {_last(done.stderr)}")

    def untag(self, address: str) -> None:
        """Takes a name away; the image stays by its others."""
        self._run("image", "rm", "--no-prune", address)

    def push(self, address: str) -> Iterator[str]:
        """Pushes; yields what the client says, line by line. Raises ``PushFailed`` with the last of it."""
        command, line = [self._program, "push", address], ""
        with subprocess.Popen(
            command, env=self._environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as push:
            assert push.stdout is not None
            for text in push.stdout:
                line = text.strip() or line
                yield line
        if push.returncode != 0:
            raise PushFailed(f"docker push {address}: {line}")

    def _run(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._program, *words], env=self._environment(), input=given, capture_output=True, text=True, check=False
        )

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "DOCKER_CONFIG": self._folder.name}


def _beginning(copy: subprocess.Popen[bytes]) -> tuple[bytes, str]:
    """The first bytes of what a program writes, then it is ended; where it writes none, what it says instead."""
    assert copy.stdout is not None
    assert copy.stderr is not None
    archive = copy.stdout.read(HEAD)
    if not archive:
        return b"", copy.stderr.read().decode(errors="replace")
    copy.kill()  # a program may be large, and its beginning is enough
    return archive, ""


def _copy_configuration(folder: Path) -> None:
    """Copies the user's contexts and proxies, by which the engine is reached."""
    own = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    kept: dict[str, Any] = {}
    with contextlib.suppress(OSError, ValueError):  # none, or not for us to judge
        everything = json.loads((own / "config.json").read_text(encoding="utf-8"))
        kept = {key: everything[key] for key in KEPT if key in everything}
    (folder / "config.json").write_text(json.dumps(kept | NO_KEYCHAIN), encoding="utf-8")
    if (own / "contexts").is_dir():
        (folder / "contexts").symlink_to((own / "contexts").resolve())


def _last(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it says nothing"
