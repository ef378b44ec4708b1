"""Reads the job description of ``launch`` as a training job of this machine."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from local_test.errors import InvalidArgument
from local_test.request import LocalChannel, TrainingRequest

if TYPE_CHECKING:
    from launch.description import Job


def read(file: Path) -> Job:
    """The job of a file. Raises InvalidArgument that names everything that is wrong with it."""
    try:
        from launch import description
        from launch.errors import LaunchError
    except ImportError as error:
        remedy = "pip install --editable '.[launch]', or describe the job by options"
        raise InvalidArgument(f"a job description needs the package {error.name}: {remedy}") from error
    try:
        return description.read(file)
    except LaunchError as error:
        raise InvalidArgument(str(error)) from error


def request(
    job: Job, places: Mapping[str, Path], values: Mapping[str, object], content_types: Mapping[str, str] | None = None
) -> TrainingRequest:
    """The training job, where places and media types of some channels and some hyperparameters go before it."""
    told = channel_options(job)
    channels = [
        *local_channels(job, places),
        *(LocalChannel(name, place, **told.get(name, {})) for name, place in places.items()),
    ]
    content_types = content_types or {}
    for name in content_types.keys() - {channel.name for channel in channels}:
        known = ", ".join(channel.name for channel in channels)
        raise InvalidArgument(f"content_types: no channel {name!r}, only {known}")
    return TrainingRequest(
        channels=tuple(
            replace(channel, content_type=content_types.get(channel.name, channel.content_type)) for channel in channels
        ),
        hyperparameters=hyperparameters(job, values),
        environment=dict(job.environment),
        instance_type=job.training.instance_type,
        max_runtime=job.training.max_runtime,
    )


def hyperparameters(job: Job, values: Mapping[str, object] | None = None) -> dict[str, str]:
    """As the texts that the service passes; ``algorithm`` is one of them where the family has several.

    ``values`` go before those of the description.
    """
    from launch.description.hyperparameter_texts import text

    chosen = {"algorithm": job.algorithm} if job.algorithm else {}
    return chosen | {name: text(value) for name, value in {**job.hyperparameters, **(values or {})}.items()}


def channel_options(job: Job) -> dict[str, dict[str, str]]:
    """The options of each channel in the description, without its path."""
    return {
        name: {"content_type": channel.content_type, "input_mode": channel.input_mode}
        for name, channel in job.channels.items()
    }


def local_channels(job: Job, given: Collection[str]) -> Iterator[LocalChannel]:
    """The description's channels, without those whose data the command line has ``given``.

    Raises InvalidArgument where data are in AWS only.
    """
    options = channel_options(job)
    missing = [name for name, channel in job.channels.items() if channel.local is None and name not in given]
    if missing:
        remedy = " ".join(f"--channel {name}=PATH" for name in missing)
        raise InvalidArgument(
            f"no local data for {', '.join(missing)}: write `local` into the job description, or {remedy}"
        )
    for name, channel in job.channels.items():
        if name not in given and channel.local is not None:
            yield LocalChannel(name, channel.local, **options[name])


def not_imitated(job: Job, checkpoints: Path | None) -> Iterator[str]:
    """Lists what the description asks for and this machine does not imitate."""
    if job.training.instances > 1:
        yield f"one host here, {job.training.instances} in the description"
    if job.training.checkpoints and checkpoints is None:
        yield "no checkpoints here: --checkpoints DIR keeps them"
