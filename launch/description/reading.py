"""A YAML file becomes a checked ``Job``, or a list of everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from launch.description import checks, schema
from launch.description.hosting import Container, Pipeline
from launch.description.job import Job
from launch.description.mistakes import Mistake, Place, told
from launch.description.source import load
from launch.description.training import ChannelInput
from launch.description.transform import Transform
from launch.description.validation_messages import words
from launch.errors import DescriptionError

MAX_ROUNDS = 20
"""Rounds of mending what is wrong, to look at the rest; each finds all mistakes that do not hide behind others."""
_NOTHING = object()
_Here = TypeVar("_Here", ChannelInput, Container, Transform)
"""Keys whose files lie on this machine."""


def read(file: Path) -> Job:
    """The job that a file describes; its local paths are absolute, seen from the file's folder.

    Raises ``DescriptionError`` that names every mistake with its line and key, ``UsageError`` for no file at all.
    """
    source = load(file)
    job, unfit = _validated(source.content)
    found = [] if job is None else [one for one in checks.mistakes(job) if not _follows(one, unfit)]
    mistakes = [*source.repeated, *unfit.values(), *found]
    if mistakes or job is None:
        raise DescriptionError(told(mistakes, file, source.tree))
    return _at_home(job, file.absolute().parent)


def _follows(mistake: Mistake, unfit: Iterable[Place]) -> bool:
    """Whether a mistake is about a value that had to be mended, and so is not the user's."""
    return any(mistake.place[: len(place)] == place for place in unfit)


def _validated(content: dict[str, Any]) -> tuple[Job | None, dict[Place, Mistake]]:
    """The job with its unfit values mended, as far as there is one, and what is unfit."""
    unfit: dict[Place, Mistake] = {}
    for _ in range(MAX_ROUNDS):
        try:
            return Job.model_validate(content), unfit
        except ValidationError as error:
            problems = _by_place(error, content)
            mended = content
            for place in problems:
                mended = _mended(mended, place, known=place in unfit)
            unfit |= {place: Mistake(place, words(found, place)) for place, found in problems.items()
                      if not _touches(place, unfit)}  # fmt: skip
            if mended == content:
                break
            content = mended
    return None, unfit


def _touches(place: Place, others: Iterable[Place]) -> bool:
    """Whether one of the others is within or around a place: mending that one made this problem."""
    return any(other[: len(place)] == place[: len(other)] for other in others)


def _by_place(error: ValidationError, content: Any) -> dict[Place, list[Any]]:
    """The problems of each value: a value that may be of several types has one for each.

    That a list is too short is none where its items are wrong: they were not counted.
    """
    found: dict[Place, list[Any]] = {}
    for problem in error.errors():
        found.setdefault(_place(problem["loc"], content, problem["type"]), []).append(problem)
    short = {place for place, problems in found.items() if problems[0]["type"] == "too_short"}
    return {
        place: problems
        for place, problems in found.items()
        if place not in short or not any(_touches(place, [other]) for other in found.keys() - {place})
    }


def _place(loc: Place, content: Any, kind: str) -> Place:
    """The keys of a problem that are in the file: pydantic also names the members of unions."""
    place: list[str | int] = []
    for index, key in enumerate(loc):
        if _has(content, key):
            content = content[key]
            place.append(key)
        elif kind == "missing" and index == len(loc) - 1:
            place.append(key)
    return tuple(place)


def _has(content: Any, key: str | int) -> bool:
    if isinstance(content, list):
        return isinstance(key, int) and key < len(content)
    return isinstance(content, Mapping) and key in content


def _mended(content: Any, place: Place, known: bool) -> Any:
    """The content with what is wrong at a place replaced or left out; with all around it, where that was no help."""
    if known:
        place = place[:-1]
    if not place:
        return content
    needed = schema.is_required(place) or isinstance(place[-1], int) or schema.example(place) is not None
    return _with(content, place, schema.stand_in(place) if needed and not known else _NOTHING)


def _with(content: Any, place: Place, value: Any) -> Any:
    """A copy of the content that has another value at a place, or none."""
    if not place:
        return value
    key, rest = place[0], place[1:]
    if isinstance(content, list):
        items = [_with(item, rest, value) if index == key else item for index, item in enumerate(content)]
        return [item for item in items if item is not _NOTHING]
    if not isinstance(content, Mapping):
        return content
    inner = _with(content.get(key), rest, value)
    others = {name: item for name, item in content.items() if name != key}
    return others if inner is _NOTHING else others | {key: inner}


def _at_home(job: Job, folder: Path) -> Job:
    """The job with the places of its local files."""
    placed: dict[str, Any] = {"channels": {name: _placed(channel, folder) for name, channel in job.channels.items()}}
    if job.transform:
        placed["transform"] = _placed(job.transform, folder)
    if job.endpoint and job.endpoint.pipeline:
        pipeline = _pipeline_at_home(job.endpoint.pipeline, folder)
        placed["endpoint"] = job.endpoint.model_copy(update={"pipeline": pipeline})
    return job.model_copy(update=placed)


def _pipeline_at_home(pipeline: Pipeline, folder: Path) -> Pipeline:
    keys = ("before", "after")
    placed = {key: tuple(_placed(container, folder) for container in getattr(pipeline, key)) for key in keys}
    return pipeline.model_copy(update=placed)


def _placed(part: _Here, folder: Path) -> _Here:
    return part.model_copy(update={"local": (folder / part.local).resolve()}) if part.local else part
