"""Ranges of a tuning job: hyperparameters that may be tuned, between ends that they may have."""

from __future__ import annotations

from collections.abc import Iterator

from launch.declaration import Declared
from launch.description.checks.hyperparameters import number
from launch.description.hyperparameter_texts import fixed, text
from launch.description.job import Job
from launch.description.mistakes import Place
from launch.description.ranges import kind_of, tunable_of
from launch.description.tuning import ParameterRange, Search, Tuning
from launch.description.validation_messages import did_you_mean

MAX_CHOICE = 256
"""Characters."""


def problems(job: Job, tuning: Tuning, declared: Declared) -> Iterator[tuple[Place, str]]:
    """Finds mistakes in the ranges: pairs of the key below ``tuning`` and a text."""
    seen: dict[str, str] = {}
    for name, searched in tuning.ranges.items():
        canonical = declared.canonical(name)
        for what in (
            _unfit(name, canonical, declared)
            or _twice(canonical, seen)
            or _numbers(name, searched, declared)
            or [*_form(name, searched, declared), *_values(job, name, searched, declared)]
        ):
            yield ("ranges", name), what
        seen.setdefault(canonical, name)


def _unfit(name: str, canonical: str, declared: Declared) -> list[str]:
    tunable = [known for known in declared.hyperparameters if tunable_of(known, declared)]
    those = f"tunable are {', '.join(tunable)}" if tunable else "nothing of it can be tuned"
    if canonical not in declared.hyperparameters:
        hint = did_you_mean(name, tunable) or f"; {those}"
        return [f"{declared.name} has no such hyperparameter{hint}"]
    if canonical not in tunable:
        return [f"{declared.name} does not have it tuned; {those}"]
    return []


def _twice(canonical: str, seen: dict[str, str]) -> list[str]:
    if canonical in seen:
        return [f"is another name of {seen[canonical]}, which has a range too; keep one of them"]
    return []


def _numbers(name: str, searched: Search, declared: Declared) -> list[str]:
    categorical = (tunable_of(name, declared) or {}).get("kind") == "categorical"
    fault = "takes choices, not numbers: give a list of values"
    return [fault] if categorical and isinstance(searched, ParameterRange) else []


def _form(name: str, searched: Search, declared: Declared) -> Iterator[str]:
    if not isinstance(searched, ParameterRange):
        yield from _choices([text(value) for value in searched])
        return
    if searched.low >= searched.high:
        yield f"from: {searched.low:g} is not less than to: {searched.high:g}"
    yield from _scale(searched, kind_of(name, searched, declared))


def _choices(values: list[str]) -> Iterator[str]:
    if len(set(values)) < len(values):
        yield "names a value twice"
    if any(len(value) > MAX_CHOICE for value in values):
        yield f"a value is longer than {MAX_CHOICE} characters"


def _scale(searched: ParameterRange, kind: str) -> Iterator[str]:
    if searched.scale == "log" and searched.low <= 0:
        yield f"a logarithmic scale begins above 0, not at {searched.low:g}"
    if searched.scale == "reverse-log" and kind == "integer":
        yield "the scale reverse-log is not for whole numbers; leave it out"
    elif searched.scale == "reverse-log" and not 0 <= searched.low < searched.high < 1:
        yield "the scale reverse-log is for ranges from 0 to below 1"


def _values(job: Job, name: str, searched: Search, declared: Declared) -> Iterator[str]:
    """What the algorithm would say of the ends, or of the choices; each text once."""
    if isinstance(searched, ParameterRange):
        values = [number(searched.low), number(searched.high)]
    else:
        values = [text(value) for value in searched]
    told: set[str] = set()
    for value in values:
        for problem in declared.problems(fixed(job, declared) | {name: value}):
            about, _, what = problem.partition(": ")
            if about in (name, declared.canonical(name)) and what not in told:
                told.add(what)
                yield what
