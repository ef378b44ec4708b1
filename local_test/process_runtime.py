"""Runs the programs as plain processes over a private base directory: no Docker, the same files and signals."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from local_test import packages
from local_test.errors import InvalidArgument, RuntimeMissing
from local_test.request import LocalChannel, TrainingRequest
from local_test.runtime import BIND_VARIABLE, Run, as_lines

# the caller's other variables stay out: a container sees none of them, credentials above all
_OF_THE_IMAGE = {"PYTHONUNBUFFERED": "1", "TF_CPP_MIN_LOG_LEVEL": "2"}  # as the Dockerfile sets them
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class ProcessRuntime:
    """``train`` and ``serve`` as programs of this machine.

    They are looked for in ``programs``, else beside the running Python (the ``bin`` folder of a virtual environment),
    else on PATH. A package of one's own, ``mine.family``, they find where the running Python finds it.
    """

    family: str
    programs: Path | None = None
    faithful: bool = True
    algorithm: str = ""
    """The family's default, as in an image of one algorithm."""
    name = "process"

    def beside(self, image: str) -> ProcessRuntime:
        """``…/open-algorithms/sklearn-kmeans:0.1.0`` is the family sklearn, with kmeans as its default."""
        repository = re.split("[:@]", image.rpartition("/")[2])[0]
        family, _, algorithm = repository.replace("-gpu", "").partition("-")
        return replace(self, family=family, algorithm=algorithm)

    def base(self, root: Path) -> str:
        return str(root)

    def train(self, request: TrainingRequest, root: Path, environment: Mapping[str, str]) -> Run:
        for channel in request.channels:
            if channel.input_mode != "Pipe":
                _link_channel(channel, root / "input" / "data" / channel.name)
        if request.checkpoints is not None:
            request.checkpoints.mkdir(parents=True, exist_ok=True)
            (root / "checkpoints").symlink_to(request.checkpoints.resolve(), target_is_directory=True)
        return self._start("train", root, environment)

    def serve(self, model: Path, environment: Mapping[str, str], port: int) -> tuple[Run, int]:
        port = _free_port(port)
        root = Path(tempfile.mkdtemp(prefix="opt-ml-"))
        (root / "model").symlink_to(model.resolve(), target_is_directory=True)
        run = self._start("serve", root, {**environment, BIND_VARIABLE: str(port)})
        run.scratch = root
        return run, port

    def give_back(self, folder: Path) -> None:
        """Nothing to do: the programs ran as the caller."""

    def _start(self, verb: str, root: Path, environment: Mapping[str, str]) -> ProcessRun:
        program = self._find(verb)
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        inherited["PATH"] = os.pathsep.join([str(program.parent), inherited.get("PATH", os.defpath)])
        image = {"ALGORITHM_FAMILY": self.family, "ALGORITHM": self.algorithm, **_OF_THE_IMAGE}
        image |= packages.variables(self.family)
        return ProcessRun(program, root, {**inherited, **image, "SAGEMAKER_BASE_DIR": str(root), **environment})

    def _find(self, verb: str) -> Path:
        folders = [self.programs] if self.programs else [Path(sys.executable).parent, None]
        for folder in folders:
            found = shutil.which(verb, path=str(folder) if folder else None)
            if found:
                return Path(found).absolute()
        raise RuntimeMissing(
            f"no program `{verb}` in {folders[0]}{'' if self.programs else ' or on PATH'}: "
            f"run `make setup`, or name an image with --image"
        )


class ProcessRun:
    """A program in a session of its own, so that signals reach it alone and nothing of it survives it."""

    def __init__(self, program: Path, folder: Path, environment: Mapping[str, str]) -> None:
        self.scratch: Path | None = None
        self._process = subprocess.Popen(
            [program],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reaper = threading.Thread(target=self._end_the_rest, name="reaper", daemon=True)
        self._reaper.start()

    def lines(self) -> Iterator[str]:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            yield from as_lines(stream)

    def exit_code(self) -> int | None:
        code = self._process.poll()
        return code if code is None or code >= 0 else 128 - code

    def wait(self) -> int:
        code = self._process.wait()
        return code if code >= 0 else 128 - code

    def stop(self, grace: float) -> None:
        self._process.terminate()
        try:
            self._process.wait(grace)
        except subprocess.TimeoutExpired:
            self._kill()
            self._process.wait()

    def close(self) -> None:
        if self._process.poll() is None:
            self._kill()
        self._reaper.join()
        if self.scratch is not None:
            shutil.rmtree(self.scratch, ignore_errors=True)

    def _end_the_rest(self) -> None:
        """A container ends with its first process; children that outlive ours would also hold the log open."""
        self._process.wait()
        self._kill()

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)


def _link_channel(channel: LocalChannel, target: Path) -> None:
    """Mirrors the channel's folders and links its files: nothing is copied, nothing can be added to the original."""
    target.mkdir()
    if channel.path.is_file():
        _link(channel.path, target / channel.path.name)
        return
    for folder, folders, files in os.walk(channel.path, followlinks=True):
        mirror = target / Path(folder).relative_to(channel.path)
        for name in folders:
            (mirror / name).mkdir()
        for name in files:
            _link(Path(folder, name), mirror / name)


def _link(source: Path, target: Path) -> None:
    source = source.resolve()
    try:
        os.link(source, target)  # a regular file, like what the service downloads
    except OSError:  # another file system, or a file that is not ours to link
        target.symlink_to(source)


def _free_port(wanted: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: a port just closed is free
        try:
            probe.bind(("", wanted))
        except OSError as error:
            raise InvalidArgument(f"port {wanted} is taken: leave --port out to get a free one") from error
        return int(probe.getsockname()[1])
