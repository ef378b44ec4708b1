"""Looks up in the JSON schema of ``Job`` what may stand at a place of a job description."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from launch.description.job import Job
from launch.description.mistakes import Place

_OF_A_TYPE = {"string": "", "integer": 1, "number": 1.0, "boolean": False, "array": [], "object": {}}


@cache
def root() -> dict[str, Any]:
    """The whole schema."""
    return Job.model_json_schema()


def allowed(place: Place) -> list[dict[str, Any]]:
    """The schemas of what may stand at a place, one for each kind of value; empty for unknown places."""
    found = list(opened(root()))
    for key in place:
        found = [inner for node in found for inner in _within(node, key)]
    return found


def opened(node: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema with references followed and alternatives as schemas of their own."""
    if "$ref" in node:
        yield from opened(root()["$defs"][node["$ref"].rpartition("/")[2]])
    for alternative in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from opened(alternative)
    if not {"$ref", "anyOf", "oneOf"} & node.keys():
        yield dict(node)


def keys(place: Place) -> list[str]:
    """The keys of the part at a place; empty where the user chooses them."""
    return [key for node in allowed(place) for key in node.get("properties", {})]


def homes(key: str) -> list[str]:
    """The parts of a description that have a key of this name."""
    return [part for part in root()["properties"] if key in keys((part,))]


def is_required(place: Place) -> bool:
    """Whether the part around a place cannot do without it."""
    return any(place[-1] in node.get("required", ()) for node in allowed(place[:-1]))


def example(place: Place) -> Any:
    """The value that documents a place, or None."""
    return next((node["examples"][0] for node in _documented(place) if node.get("examples")), None)


def stand_in(place: Place) -> Any:
    """A value that may stand at a place."""
    shown = example(place)
    return shown if shown is not None else next((_smallest(node) for node in allowed(place)), None)


def _documented(place: Place) -> Iterator[dict[str, Any]]:
    """A key's own schema, before its alternatives: that is where a field's example is."""
    for node in allowed(place[:-1]):
        if place and place[-1] in node.get("properties", {}):
            yield node["properties"][place[-1]]
    yield from allowed(place)


def _within(node: Mapping[str, Any], key: str | int) -> Iterator[dict[str, Any]]:
    if isinstance(key, int):
        yield from opened(node["items"]) if "items" in node else ()
        return
    named = node.get("patternProperties", {})
    inner = node.get("properties", {}).get(key) or next((named[form] for form in named if re.search(form, key)), None)
    inner = inner or node.get("additionalProperties")
    yield from opened(inner) if isinstance(inner, dict) else ()


def _smallest(node: Mapping[str, Any]) -> Any:
    if "enum" in node:
        return node["enum"][0]
    if "minimum" in node:
        return node["minimum"]
    if "required" in node:
        return {key: _first(node["properties"][key]) for key in node["required"]}
    if node.get("minItems"):
        return [_first(node["items"])] * node["minItems"]
    return _OF_A_TYPE.get(node.get("type", ""))


def _first(node: Mapping[str, Any]) -> Any:
    if node.get("examples"):
        return node["examples"][0]
    return next((one["examples"][0] if one.get("examples") else _smallest(one) for one in opened(node)), None)
