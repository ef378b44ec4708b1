"""The tables of all keys of a job description, ``launch/reference.md``, written from their declarations.

``python -m launch.reference`` brings it up to date.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from launch.description import schema

FILE = Path(__file__).parent / "reference.md"
HEAD = """\
# Keys of a job description

Written by `make docs`. Only `name`, `family` and `channels` are needed; every key that is not known is a mistake.
A channel, a hyperparameter, a variable or a tag has the name that you give it: `‹name›`.
"""
TYPES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "null": ""}
COLUMNS = "| key | value | default | meaning |\n|---|---|---|---|"


def document() -> str:
    """The whole page."""
    titles: dict[str, list[str]] = {}
    for title, table in _sections(schema.root(), ""):
        titles.setdefault(table, []).append(title)
    return "\n".join([HEAD, *(f"## {', '.join(places)}\n\n{table}\n" for table, places in titles.items())])


def _sections(node: Mapping[str, Any], place: str) -> Iterator[tuple[str, str]]:
    """A title and a table for each part, in the order of the file."""
    keys = node["properties"]
    rows = [_row(key, inner, key in node.get("required", ())) for key, inner in keys.items()]
    yield f"`{place}`" if place else "The whole file", "\n".join([f"{_meaning(node)}\n", COLUMNS, *rows])
    for key, inner in keys.items():
        for name, part in _parts(inner, f"{place}.{key}".lstrip(".")):
            yield from _sections(part, name)


def _parts(node: Mapping[str, Any], place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The parts that a value may be or hold."""
    for one in schema.opened(node):
        if "properties" in one:
            yield place, one
        named = [*one.get("patternProperties", {}).values(), one.get("additionalProperties")]
        for inner in named:
            if isinstance(inner, dict):
                yield from _parts(inner, f"{place}.‹name›")
        if "items" in one:
            yield from _parts(one["items"], f"{place}[]")


def _row(key: str, node: Mapping[str, Any], required: bool) -> str:
    cells = (f"`{key}`", value(node), "required" if required else _default(node), _meaning(node))
    return f"| {' | '.join(cells)} |"


def value(node: Mapping[str, Any]) -> str:
    """What may be written, in words."""
    kinds = dict.fromkeys(kind for one in schema.opened(node) if (kind := _kind(one)))
    return "text, number, true or false" if "text" in kinds and len(kinds) > 2 else ", or ".join(kinds)


def _kind(node: Mapping[str, Any]) -> str:
    if "enum" in node:
        return ", ".join(f"`{choice}`" for choice in node["enum"])
    if "properties" in node:
        return "keys below"
    if node.get("type") == "object":
        inner = [*node.get("patternProperties", {}).values(), node.get("additionalProperties")]
        values = next((value(one) for one in inner if isinstance(one, dict)), "")
        return "names and keys below" if values.startswith("keys below") else f"names and values ({values})"
    if node.get("type") == "array":
        return f"list of: {value(node['items'])}"
    example = node.get("examples", [None])[0] if "pattern" in node else None
    return f"such as `{example}`" if example else TYPES.get(node.get("type", ""), "") + _bounds(node)


def _bounds(node: Mapping[str, Any]) -> str:
    low, high = node.get("minimum"), node.get("maximum")
    if "exclusiveMinimum" in node:
        return f" above {node['exclusiveMinimum']:g}"
    if high is None:
        return f" from {low}" if low else ""
    return f", {low} to {high}"


def _default(node: Mapping[str, Any]) -> str:
    default = node.get("default")
    if default in (None, "", [], {}) or isinstance(default, dict):
        return ""
    text = default if isinstance(default, str) else json.dumps(default)
    return f"`{text}`"


def _meaning(node: Mapping[str, Any]) -> str:
    """A key's docstring, else that of the part that it holds; in Markdown, on one line."""
    part = next((one["description"] for one in schema.opened(node) if one.get("description")), "")
    return " ".join(node.get("description", part).replace("``", "`").split())


if __name__ == "__main__":
    FILE.write_text(document(), encoding="utf-8")
