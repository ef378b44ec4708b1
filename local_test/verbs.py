"""The verbs of the command line for Python: a job description and folders in, what became of it out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from local_test import console, description
from local_test.docker_runtime import DockerRuntime, image_of
from local_test.endpoint import STARTUP_SECONDS, Endpoint
from local_test.errors import JobFailed, UsageError
from local_test.job import run_job
from local_test.process_runtime import ProcessRuntime
from local_test.result import JobResult
from local_test.runtime import Log, Runtime, discard

Where: TypeAlias = Literal["process", "docker"]
"""``process``: the programs of this environment; ``docker``: the image that ``make build FAMILY=…`` made."""


def train(
    job: Path | str,
    output: Path | str,
    *,
    runtime: Where | str = "process",
    channels: Mapping[str, Path | str] | None = None,
    hyperparameters: Mapping[str, object] | None = None,
    quiet: bool = False,
) -> JobResult:
    """Trains what the description ``job`` says, and leaves the results in the folder ``output``.

    ``channels`` and ``hyperparameters`` go before what the file says: data of another place, one value tried after the
    other. The log is printed unless ``quiet``, of many lines alike only a few. Raises UsageError that names every
    mistake, and JobFailed, with the service's FailureReason, where the job does not end as Completed.
    """
    described = description.read(Path(job))
    request = description.request(
        described, {name: Path(path) for name, path in (channels or {}).items()}, hyperparameters or {}
    )
    log = discard if quiet else console.thinning(console.log_line)
    result = run_job(request, runtime_of(described.family, runtime), Path(output), log)
    if result.status != "Completed":
        raise JobFailed(console.ending(result))
    return result


def serve(
    job: Path | str,
    model: Path | str,
    *,
    runtime: Where | str = "process",
    environment: Mapping[str, str] | None = None,
    log: Log = discard,
) -> Endpoint:
    """The endpoint of a description over a model.tar.gz or its folder, as long as the ``with`` block lasts::

    with serve("job.yaml", job.model) as endpoint:
        endpoint.predict(frame)
    """
    described = description.read(Path(job))
    told = described.endpoint
    return Endpoint(
        runtime_of(described.family, runtime),
        Path(model),
        environment=(told.environment if told else {}) | dict(environment or {}),
        startup_timeout=(told.startup_seconds if told else None) or STARTUP_SECONDS,
        log=log,
    )


def runtime_of(family: str, where: str) -> Runtime:
    """What runs the programs of a family."""
    if where == "docker":
        return DockerRuntime(image_of(family))
    if where == "process":
        return ProcessRuntime(family)
    raise UsageError(f"runtime {where!r} is none of process, docker")
