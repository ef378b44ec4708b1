"""A request to CreateTrainingJob, with the limits that the service enforces before it starts anything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from local_test.errors import InvalidArgument

INPUT_MODES = ("File", "FastFile", "Pipe")
MAX_RUNTIME_SECONDS = 86_400
_CHANNEL_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,511}")


def job_name() -> str:
    """A name for a job, in the form that the SDK gives it: ``local-2026-03-05-10-20-30-123``."""
    now = datetime.now(UTC)
    return f"local-{now:%Y-%m-%d-%H-%M-%S}-{now.microsecond // 1000:03d}"


@dataclass(frozen=True)
class LocalChannel:
    """One input of a job: ``path`` is a folder, or a file that becomes the channel's only object."""

    name: str
    path: Path
    content_type: str = ""
    input_mode: str = "File"


@dataclass(frozen=True)
class TrainingRequest:
    """A training job. Hyperparameters are strings, as the service passes them; ``max_runtime`` is in seconds."""

    channels: tuple[LocalChannel, ...]
    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    instance_type: str = "ml.m5.xlarge"
    checkpoints: Path | None = None
    max_runtime: float = MAX_RUNTIME_SECONDS
    name: str = field(default_factory=job_name)

    def check(self) -> None:
        """Raises an InvalidArgument that names everything the service would refuse."""
        problems = [
            *self._channel_problems(),
            *self._hyperparameter_problems(),
            *environment_problems(self.environment),
        ]
        if self.checkpoints is not None and self.checkpoints.exists() and not self.checkpoints.is_dir():
            problems.append(f"checkpoints: {self.checkpoints} is not a folder")
        if self.max_runtime <= 0:
            problems.append("the longest run time must be above 0 seconds")
        if problems:
            raise InvalidArgument("; ".join(problems))

    def _channel_problems(self) -> Iterator[str]:
        names = [channel.name for channel in self.channels]
        if len(names) > 20:
            yield f"{len(names)} channels; a job takes 20 at most"
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f"channel {name!r} is given more than once: put its files into one folder"
        for channel in self.channels:
            yield from _problems_of(channel)

    def _hyperparameter_problems(self) -> Iterator[str]:
        if len(self.hyperparameters) > 100:
            yield f"{len(self.hyperparameters)} hyperparameters; a job takes 100 at most"
        for name, value in self.hyperparameters.items():
            if len(name) > 256 or len(value) > 2500:
                yield f"hyperparameter {name[:40]!r} is too long: 256 characters for a name, 2500 for a value"


def _problems_of(channel: LocalChannel) -> Iterator[str]:
    if not _CHANNEL_NAME.fullmatch(channel.name):
        yield f"channel name {channel.name!r}: use 1 to 64 of A-Z a-z 0-9 . _ -"
    if not channel.path.exists():
        yield f"channel {channel.name!r}: no file or folder {channel.path}"
    if channel.input_mode not in INPUT_MODES:
        yield f"channel {channel.name!r}: input_mode {channel.input_mode!r} is none of {', '.join(INPUT_MODES)}"
    if len(channel.content_type) > 256:
        yield f"channel {channel.name!r}: the content type is longer than 256 characters"


def environment_problems(environment: Mapping[str, str]) -> Iterator[str]:
    """Says what the service would refuse in an ``Environment`` map."""
    if len(environment) > 100:
        yield f"{len(environment)} environment variables; 100 at most"
    for name in environment:
        if not _VARIABLE_NAME.fullmatch(name):
            yield f"environment variable {name!r}: use letters, digits and _, and no digit in front"
