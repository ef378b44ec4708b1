"""Where the programs `train` and `serve` run: as processes of this machine, or in the family's image."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol

from tests.contract import logs
from tests.contract.forks import PATIENCE, Fork, fork_server
from tests.contract.subject import Subject
from tests.contract.tree import Tree
from tests.endpoint import Endpoint, free_port


class Program(Protocol):
    """A running program."""

    def log(self) -> str:
        """Everything written so far, stdout and stderr in order."""

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to the main process."""

    def wait(self, seconds: float = PATIENCE) -> int:
        """Waits for the end; returns the exit code."""

    def stop(self) -> None:
        """Ends the program if it still runs."""

    def kill_children(self) -> None:
        """SIGKILL for every process that the main process started: what an out-of-memory killer does."""


class Runtime(Protocol):
    """Starts programs on a tree."""

    name: str

    def start(
        self, verb: Sequence[str], subject: Subject, tree: Tree, environment: Mapping[str, str], port: int
    ) -> Program:
        """Starts ``train`` or ``serve`` with a minimal environment."""

    def base(self, tree: Tree) -> Path:
        """Where the program finds the tree."""


class Process:
    """A child process whose output goes to a file, so that no pipe can fill up."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        with log.open("wb") as sink:
            self._process = subprocess.Popen(
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                cwd="/",
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self, seconds: float = PATIENCE) -> int:
        return self._process.wait(seconds)

    def kill_children(self) -> None:
        for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split():
            os.kill(int(pid), signal.SIGKILL)

    def stop(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def variables(subject: Subject, tree: Tree, environment: Mapping[str, str], port: int) -> dict[str, str]:
    """All that a program outside an image knows of its surroundings."""
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONPATH": subject.python_path,
        "PYTHONUNBUFFERED": "1",
        "TF_CPP_MIN_LOG_LEVEL": "2",  # as the images set it
        "SAGEMAKER_BASE_DIR": str(tree.base),
        "SAGEMAKER_BIND_TO_PORT": str(port),
        "ALGORITHM_FAMILY": subject.family,
        "ALGORITHM": subject.name,
        **environment,
    }


def log_file(verb: str, tree: Tree) -> Path:
    """Where a process over this tree writes: beside it, not in it."""
    return tree.base.with_name(f"{tree.base.name}-{verb}.log")


class Processes:
    """The embedded runtime: `train` and `serve` of this environment over a private base directory, forked."""

    name = "process"

    def start(
        self, verb: Sequence[str], subject: Subject, tree: Tree, environment: Mapping[str, str], port: int
    ) -> Fork:
        server = fork_server(verb[0], "" if subject.is_toy else subject.family, subject.python_path)
        return server.start(verb, variables(subject, tree, environment, port), log_file(verb[0], tree))

    def base(self, tree: Tree) -> Path:
        return tree.base


class Scripts:
    """The same as `Processes`, started as a user starts it: by the installed script, imports and all."""

    name = "script"

    def start(
        self, verb: Sequence[str], subject: Subject, tree: Tree, environment: Mapping[str, str], port: int
    ) -> Process:
        program = Path(sys.executable).with_name(verb[0])
        command = [str(program), *verb[1:]]
        return Process(command, variables(subject, tree, environment, port), log_file(verb[0], tree))

    def base(self, tree: Tree) -> Path:
        return tree.base


class Container:
    """A container of the docker package."""

    def __init__(self, container: Any) -> None:
        self.container = container

    def log(self) -> str:
        return str(self.container.logs().decode("utf-8", errors="replace"))

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal; one that has ended already gets none, as with a process."""
        from docker.errors import APIError

        try:
            self.container.kill(number.name)
        except APIError as error:
            if error.status_code != HTTPStatus.CONFLICT:
                raise

    def wait(self, seconds: float = PATIENCE) -> int:
        return int(self.container.wait(timeout=seconds)["StatusCode"])

    def kill_children(self) -> None:
        script = "import os; [os.kill(int(pid), 9) for pid in open('/proc/1/task/1/children').read().split()]"
        assert self.container.exec_run(["python", "-c", script]).exit_code == 0

    def stop(self) -> None:
        self.container.remove(force=True)


class Images:
    """The real thing: the family's image, its input mounted read-only, no network for training, a read-only root."""

    name = "image"

    def start(
        self, verb: Sequence[str], subject: Subject, tree: Tree, environment: Mapping[str, str], port: int
    ) -> Container:
        import docker

        serving = verb[0] == "serve"
        modes = {"input": "ro", "model": "ro" if serving else "rw", "models": "ro", "output": "rw", "pipes": "rw"}
        folders = {tree.base / name: (f"/opt/ml/{name}", mode) for name, mode in modes.items()}
        variables = {"ALGORITHM": subject.name, "SAGEMAKER_BIND_TO_PORT": str(port)}
        if subject.is_toy:
            variables["ALGORITHM_FAMILY"] = subject.family  # one image holds them all
        network: dict[str, Any] = (
            {"ports": {f"{port}/tcp": ("127.0.0.1", port)}} if serving else {"network_mode": "none"}
        )
        container = docker.from_env().containers.run(
            subject.image,
            list(verb),
            environment={**variables, **environment},
            volumes={str(path): {"bind": to, "mode": mode} for path, (to, mode) in folders.items() if path.is_dir()},
            user=str(os.getuid()),
            read_only=True,
            tmpfs={"/tmp": "rw,size=512m,mode=1777"},
            detach=True,
            **network,
        )
        return Container(container)

    def base(self, tree: Tree) -> Path:
        return Path("/opt/ml")


def run(
    runtime: Runtime, verb: Sequence[str], subject: Subject, tree: Tree, environment: Mapping[str, str]
) -> tuple[int, str]:
    """Runs a program to its end; returns exit code and log, which must not hold trouble that nobody expects."""
    program = runtime.start(verb, subject, tree, environment, free_port())
    try:
        exit_code, log = program.wait(), program.log()
    finally:
        program.stop()
    logs.check(log, failed=exit_code != 0)
    return exit_code, log


@contextmanager
def serving(runtime: Runtime, subject: Subject, tree: Tree, environment: Mapping[str, str]) -> Iterator[Endpoint]:
    """A server that answers /ping; stopped afterwards. Its log must not hold trouble that nobody expects."""
    port = free_port()
    program = runtime.start(["serve"], subject, tree, environment, port)
    try:
        endpoint = Endpoint(port, program)
        endpoint.wait_until_healthy()
        yield endpoint
        log = program.log()
    finally:
        program.stop()
    logs.check(log)


def wait_for_text(program: Program, text: str, seconds: float = PATIENCE) -> None:
    """Returns once ``text`` stands in the program's log."""
    deadline, tick = time.monotonic() + seconds, threading.Event()
    while text not in program.log():
        assert time.monotonic() < deadline, f"{text!r} did not appear in the log:\n{program.log()}"
        tick.wait(0.02)
