"""Hosts the model of a job description: one container, or all containers of its inference pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from local_test.endpoint import LocalEndpoint
from local_test.errors import PRIMARY, InvalidArgument
from local_test.hosted import STARTUP_SECONDS, Hosted
from local_test.pipeline import LocalPipeline
from local_test.runtime import Log, Runtime, discard

if TYPE_CHECKING:
    from launch.description import Job
    from launch.description.hosting import Container, Pipeline

ALONE = 8080
"""The port of a single container; those of a pipeline get the ports above it."""


def host(
    job: Job | None,
    model: Path,
    runtime: Runtime,
    *,
    environment: Mapping[str, str] | None = None,
    everywhere: Mapping[str, str] | None = None,
    port: int = 0,
    startup_timeout: float = STARTUP_SECONDS,
    log: Log = discard,
) -> Hosted:
    """An endpoint, or a pipeline where the job has one.

    ``model``, ``runtime`` and ``environment`` are those of the job's own container; the variables ``everywhere`` go
    before those of every container. Raises InvalidArgument for a container whose model is not on this machine.
    """
    pipeline = job.endpoint.pipeline if job and job.endpoint else None
    own = _Part(runtime, model, environment or {})
    containers = [
        LocalEndpoint(
            part.runtime,
            part.model,
            environment={**part.environment, **(everywhere or {})},
            port=0 if pipeline else port,
            startup_timeout=startup_timeout,
            log=_signed(log, name) if pipeline else log,
            name=name,
            listens=listens,
        )
        for part, name, listens in _named(own, pipeline)
    ]
    return LocalPipeline(containers, port=port) if pipeline else containers[0]


@dataclass(frozen=True)
class _Part:
    """Model, runtime and environment of one container of a pipeline."""

    runtime: Runtime
    model: Path
    environment: Mapping[str, str]


def _named(own: _Part, pipeline: Pipeline | None) -> Iterator[tuple[_Part, str, int]]:
    """Each container with the name that the service gives it, and the port that it is told, 0 for none."""
    if pipeline is None:
        yield own, PRIMARY, 0
        return
    problems = list(_problems(pipeline))
    if problems:
        raise InvalidArgument("; ".join(problems))
    before, after = ([_part(one, own.runtime) for one in ones] for ones in (pipeline.before, pipeline.after))
    for number, part in enumerate([*before, own, *after], 1):
        yield part, f"container-{number}", ALONE + number


def _problems(pipeline: Pipeline) -> Iterator[str]:
    for key in ("before", "after"):
        for index, container in enumerate(getattr(pipeline, key)):
            place = f"endpoint.pipeline.{key}.{index}"
            if container.local is None:
                yield f"{place} has no model on this machine: write its `local`, a model.tar.gz or a folder"
            elif not container.local.exists():
                yield f"{place}.local: no file or folder {container.local}; train the job that makes it first"


def _part(container: Container, own: Runtime) -> _Part:
    assert container.local is not None
    return _Part(own.beside(container.image), container.local, container.environment)


def _signed(log: Log, name: str) -> Log:
    """A log in which each line says which container it is of."""
    return lambda line: log(f"{name}: {line}")
