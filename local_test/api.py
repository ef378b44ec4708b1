"""The commands as Python functions: each takes a job description and folders and returns the result."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from local_test import console, description
from local_test.batch import description as batch
from local_test.batch.result import TransformResult
from local_test.batch.transform import STARTUP_SECONDS as BATCH_STARTUP_SECONDS
from local_test.batch.transform import Serving, run_transform
from local_test.docker_runtime import DockerRuntime, image_of
from local_test.errors import InvalidArgument, JobNotCompleted
from local_test.hosted import STARTUP_SECONDS, Hosted
from local_test.hosting import host
from local_test.job import run_job
from local_test.process_runtime import ProcessRuntime
from local_test.result import JobResult
from local_test.runtime import Log, Runtime, discard

if TYPE_CHECKING:
    from launch.description import Job

Where: TypeAlias = Literal["process", "docker"]
"""``process``: the programs of this environment; ``docker``: the image that ``make build FAMILY=…`` made."""


def train(
    job: Path | str,
    output: Path | str,
    *,
    runtime: Where | str = "process",
    channels: Mapping[str, Path | str] | None = None,
    content_types: Mapping[str, str] | None = None,
    hyperparameters: Mapping[str, object] | None = None,
    quiet: bool = False,
) -> JobResult:
    """Trains what the description ``job`` says, and leaves the results in the folder ``output``.

    ``channels``, ``content_types`` and ``hyperparameters`` go before what the file says: data of another place or
    form, one value tried after the other. The log is printed unless ``quiet``, of many lines alike only a few. Raises
    InvalidArgument that names every mistake, and JobNotCompleted, with the service's FailureReason, where the job does
    not end as Completed.
    """
    described = description.read(Path(job))
    places = {name: Path(path) for name, path in (channels or {}).items()}
    request = description.request(described, places, hyperparameters or {}, content_types)
    log = discard if quiet else console.thinning(console.log_line)
    result = run_job(request, runtime_of(described.family, runtime), Path(output), log)
    if result.status != "Completed":
        raise JobNotCompleted(console.ending(result))
    return result


def serve(
    job: Path | str,
    model: Path | str,
    *,
    runtime: Where | str = "process",
    environment: Mapping[str, str] | None = None,
    log: Log = discard,
) -> Hosted:
    """The endpoint of a description over a model.tar.gz or its folder, as long as the ``with`` block lasts::

        with serve("job.yaml", job.model) as endpoint:
            endpoint.predict(frame)

    Where the description has ``endpoint.pipeline``, that is all its containers behind one address; ``model`` and
    ``environment`` are those of the job's own.
    """
    described = description.read(Path(job))
    told = described.endpoint
    return host(
        described,
        Path(model),
        runtime_of(described.family, runtime),
        environment=(told.environment if told else {}) | dict(environment or {}),
        startup_timeout=(told.startup_seconds if told else None) or STARTUP_SECONDS,
        log=log,
    )


def transform(
    job: Path | str,
    model: Path | str,
    output: Path | str,
    *,
    data: Path | str | None = None,
    runtime: Where | str = "process",
    content_type: str = "",
    accept: str = "",
    quiet: bool = False,
) -> TransformResult:
    """Predicts every record of some files, as the part ``transform`` of the description ``job`` says.

    Each file becomes one with ``.out`` at its end in the folder ``output``. ``data``, a file or folder, goes before
    what the file calls ``local``, and ``content_type`` and ``accept`` before what it says of them. Unless ``quiet``,
    the server's log and how far it is are printed. Raises InvalidArgument, and JobNotCompleted where one file could not
    be predicted; the others are there nevertheless.
    """
    described = description.read(Path(job))
    given = {"content_type": content_type, "accept": accept}
    request = batch.request(described, Path(data) if data else None, {key: given[key] for key in given if given[key]})
    log, progress = (discard, discard) if quiet else (console.thinning(console.log_line), console.say)
    serving = batch_serving(described, Path(model), runtime_of(described.family, runtime))
    result = run_transform(request, serving, Path(output), log, progress)
    if result.status != "Completed":
        raise JobNotCompleted(result.ending())
    return result


def batch_serving(job: Job | None, model: Path, runtime: Runtime) -> Serving:
    """Makes the function that starts the containers of a batch transform; its variables win over the models'."""
    own = batch.model_environment(job) if job else {}

    def serving(told: Mapping[str, str], log: Log) -> Hosted:
        seconds = BATCH_STARTUP_SECONDS
        return host(job, model, runtime, environment=own, everywhere=told, startup_timeout=seconds, log=log)

    return serving


def runtime_of(family: str, where: str) -> Runtime:
    """The runtime of a family, by its name."""
    if where == "docker":
        return DockerRuntime(image_of(family))
    if where == "process":
        return ProcessRuntime(family)
    raise InvalidArgument(f"runtime {where!r} is none of process, docker")
