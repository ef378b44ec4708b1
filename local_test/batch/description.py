"""The part ``transform`` of a job description, as far as one machine goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local_test.batch.request import TransformRequest
from local_test.errors import InvalidArgument

if TYPE_CHECKING:
    from launch.description import Job

AS_THEY_ARE = (
    "content_type", "compression", "max_payload_mb", "max_concurrent", "input_filter", "output_filter", "join",
)  # fmt: skip
"""Keys that a request takes from the description unchanged."""


def request(job: Job, data: Path | None = None, given: Mapping[str, Any] | None = None) -> TransformRequest:
    """The batch transform of a description; ``data`` and values ``given`` for keys of the part go before it.

    Raises InvalidArgument where there is no such part, or the data are in AWS only.
    """
    from launch.description.records import of_job

    if job.transform is None:
        raise InvalidArgument(f"{job.name} has no part `transform`: write one into the job description")
    part = job.transform.model_copy(update=dict(given or {}))
    place = data or part.local
    if place is None:
        raise InvalidArgument("no local data to transform: write `local` into the part `transform`, or --data PATH")
    records = of_job(job, part)
    patience: dict[str, Any] = {"timeout": part.timeout_seconds, "retries": part.retries}
    return TransformRequest(
        data=place,
        accept=records.accept,
        split=records.split,
        strategy=records.strategy,
        assemble=records.assemble,
        environment=dict(part.environment),
        **{name: getattr(part, name) for name in AS_THEY_ARE},
        **{name: value for name, value in patience.items() if value is not None},
    )


def model_environment(job: Job) -> dict[str, str]:
    """Environment of the model container."""
    return dict(job.endpoint.environment) if job.endpoint else {}


def not_imitated(job: Job) -> Iterator[str]:
    """Lists what the description asks for and this machine does not imitate."""
    if job.transform and job.transform.instances > 1:
        yield f"one instance here, {job.transform.instances} in the description"
