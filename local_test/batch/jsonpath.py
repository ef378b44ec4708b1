"""The part of JSONPath that the filters of a batch transform know."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from local_test.errors import RecordError

Path: TypeAlias = Callable[[Any], Any]
"""Applies a path to a value; raises RecordError where the value has no such part."""

_STEP = re.compile(r"\.?\[(?P<inside>[^\]]*)\]|\.(?P<name>[^.\[\]]+)")
_NAMES = re.compile(r"\s*'([^']*)'\s*(?:,\s*'([^']*)'\s*)*")
_NAME = re.compile(r"'([^']*)'")
_PLACE = re.compile(r"\s*(?:(?P<index>-?\d+)|(?P<start>-?\d*)\s*:\s*(?P<end>-?\d*))\s*")


def parse(text: str) -> Path:
    """``$``, ``.name``, ``*``, ``['a', 'b']``, ``[0, 2]``, ``[1:3]``, ``[0, 5:]``. Raises ValueError.

    Places count from the end where they are negative. The end of a slice belongs to it, as the examples of the
    service's documentation read. Several names make an object, several places an array.
    """
    steps, at = [], 1
    while text.startswith("$") and (match := _STEP.match(text, at)):
        steps.append(_step(match, text))
        at = match.end()
    if not text.startswith("$") or at < len(text):
        raise ValueError(f"{text!r} is no JSONPath that SageMaker knows: write it as $[1:], $.features or $['id','x']")
    return _chain(steps, text)


_Step: TypeAlias = Callable[[Any, Path], Any]


def _chain(steps: Sequence[_Step], text: str) -> Path:
    def select(value: Any, at: int = 0) -> Any:
        return value if at == len(steps) else steps[at](value, lambda part: select(part, at + 1))

    def checked(value: Any) -> Any:
        try:
            return select(value)
        except (LookupError, TypeError, AttributeError) as error:
            raise RecordError(f"a record has no {text}: {_short(value)}") from error

    return checked


def _step(match: re.Match[str], text: str) -> _Step:
    inside = match["name"] if match["inside"] is None else match["inside"].strip()
    if inside == "*":
        return lambda value, rest: [rest(part) for part in _parts(value)]
    if match["inside"] is None:
        return lambda value, rest: rest(_object(value)[inside])
    if _NAMES.fullmatch(inside):
        return _named(_NAME.findall(inside))
    places = [_PLACE.fullmatch(part) for part in inside.split(",")]
    if not all(places):
        raise ValueError(f"{text!r} is no JSONPath that SageMaker knows: [{inside}] holds neither places nor 'names'")
    return _placed([place for place in places if place])


def _named(names: list[str]) -> _Step:
    if len(names) == 1:
        return lambda value, rest: rest(_object(value)[names[0]])
    return lambda value, rest: {name: rest(_object(value)[name]) for name in names}


def _placed(places: Sequence[re.Match[str]]) -> _Step:
    if len(places) == 1 and places[0]["index"]:
        index = int(places[0]["index"])
        return lambda value, rest: rest(_list(value)[index])
    return lambda value, rest: [rest(part) for place in places for part in _taken(place, _list(value))]


def _taken(place: re.Match[str], values: list[Any]) -> Iterator[Any]:
    if place["index"]:
        yield values[int(place["index"])]
        return
    start, end = int(place["start"] or 0), int(place["end"] or -1)
    yield from values[start : end + 1 or None]


def _parts(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else _list(value)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError
    return value


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"
