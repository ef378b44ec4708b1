"""Images of this machine that are made in a moment, as an engine loads them."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from typing import Any

from launch.version import VERSION
from tests.images.engine import unavailable

CLIENT = os.environ.get("DOCKER", "docker")
PROGRAM = b"#!/bin/sh\nexit 0\n"
FILES = {"train": PROGRAM, "serve": PROGRAM, "sh": b"\x7fELF" + bytes(14) + b"\x3e\x00"}
GOOD = {
    "Cmd": ["train"],
    "Env": ["ALGORITHM_FAMILY=lightgbm", "PATH=/not/there:/bin"],
    "Labels": {"org.opencontainers.image.version": VERSION},
}


def demand_engine() -> None:
    """Skips, or fails where images are required, when no engine answers."""
    if shutil.which(CLIENT) is None or subprocess.run([CLIENT, "info"], capture_output=True, check=False).returncode:
        unavailable(f"no Docker engine answers {CLIENT}: start one, or set DOCKER_HOST")


def docker(*words: str, given: bytes = b"") -> str:
    """What the client says."""
    done = subprocess.run([CLIENT, *words], input=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def load(
    name: str,
    configuration: Mapping[str, Any] = GOOD,
    files: Mapping[str, bytes] = FILES,
    architecture: str = "amd64",
) -> None:
    """An image with these programs in ``/bin``; an empty one may not be executed."""
    layer = _archive({f"bin/{program}": content for program, content in files.items()})
    parts = {"architecture": architecture, "os": "linux", "config": configuration}
    rootfs = {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]}
    manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    content = {
        "config.json": json.dumps(parts | {"rootfs": rootfs}).encode(),
        "manifest.json": json.dumps(manifest).encode(),
        "layer.tar": layer,
    }
    docker("load", given=_archive(content))


def _archive(files: Mapping[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size, member.mode = len(content), 0o755 if content else 0o644
            tar.addfile(member, io.BytesIO(content))
    return archive.getvalue()
