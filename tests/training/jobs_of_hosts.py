"""Jobs of several hosts: a process and a tree for each, names that all lead to this machine."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.contract.forks import Fork
from tests.contract.runtime import Processes
from tests.contract.subject import Subject
from tests.contract.tree import Tree

MEAN = Subject("tests.toys.mean", "mean")
TOGETHER = Subject("tests.toys.hosts", "together")


def address() -> str:
    """An address of this machine that no other test uses: each leader listens on its own, all on one port."""
    return "127." + ".".join(str(10 + byte % 240) for byte in os.urandom(3))


class Job:
    """One job: ``names`` are its hosts, the first one leads. ``trees`` are by name."""

    def __init__(self, folder: Path, names: list[str], subject: Subject = TOGETHER) -> None:
        self.folder, self.names, self._subject = folder, names, subject
        self.temporary = folder / "tmp"
        self.temporary.mkdir(parents=True)
        self.trees = {name: Tree.copy(MEAN.example, folder / name) for name in names}
        self._running: dict[str, Fork] = {}
        for name, tree in self.trees.items():
            tree.write_config("hyperparameters", {"num_round": "2"})
            tree.write_config("resourceconfig", {"current_host": name, "hosts": names, "topology": None})

    @property
    def leader(self) -> Tree:
        return self.trees[self.names[0]]

    def start(self, name: str, **variables: str) -> Fork:
        """Starts one host."""
        told = {"TMPDIR": str(self.temporary), "TRAINING_JOB_NAME": "job-1", **variables}
        self._running[name] = Processes().start(["train"], self._subject, self.trees[name], told, 0)
        return self._running[name]

    def ends(self) -> dict[str, int]:
        """Waits for every host that was started; exit codes by name."""
        return {name: program.wait() for name, program in self._running.items()}

    def log(self, name: str) -> str:
        return self._running[name].log()

    def logs(self) -> str:
        return "\n".join(f"--- {name}\n{program.log()}" for name, program in self._running.items())

    def run(self, **variables: str) -> None:
        """The whole job, which must succeed."""
        for name in self.names:
            self.start(name, **variables)
        assert set(self.ends().values()) == {0}, self.logs()

    def kill(self) -> None:
        for program in self._running.values():
            program.stop()

    def level(self) -> float:
        """What the published model predicts."""
        return float(json.loads((self.leader.model / "mean.json").read_text())["level"])


@contextmanager
def job_of(folder: Path, *others: str, subject: Subject = TOGETHER, leader: str | None = None) -> Iterator[Job]:
    """A job of a leader and other hosts; whatever still runs at the end is killed."""
    job = Job(folder, [leader or address(), *others], subject)
    try:
        yield job
    finally:
        job.kill()


class Held:
    """The named pipes by which a host tells how far it is (``together.py`` says where), and waits there."""

    def __init__(self, folder: Path, method: str) -> None:
        self._started, self._release = folder / f"{method}-started", folder / f"{method}-release"
        os.mkfifo(self._started)
        os.mkfifo(self._release)
        self.variables = {
            "TOGETHER_HELD": method,
            "TOGETHER_STARTED": str(self._started),
            "TOGETHER_RELEASE": str(self._release),
        }

    def wait(self, hosts: int = 1) -> None:
        """Returns once so many hosts are held."""
        told = b""
        while len(told) < hosts:
            told += self._started.read_bytes()

    def release(self) -> None:
        self._release.write_bytes(b".")
