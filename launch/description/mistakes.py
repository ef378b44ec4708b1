"""A mistake in a job description, and the place in the file where it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import yaml

Place: TypeAlias = tuple[str | int, ...]
"""The keys that lead to a value: ``("channels", "train", "s3")``."""


@dataclass(frozen=True)
class Mistake:
    """What is wrong with the value at a place, and what to write instead."""

    place: Place
    text: str


def told(mistakes: Iterable[Mistake], file: Path, tree: yaml.Node) -> list[str]:
    """``job.yaml:12: training.instances: …``, in the order of the file."""
    placed = sorted([(line_of(tree, mistake.place), mistake) for mistake in mistakes], key=lambda pair: pair[0])
    return [f"{file}:{line}: {dotted(mistake.place)}{mistake.text}" for line, mistake in placed]


def dotted(place: Sequence[str | int]) -> str:
    """``("channels", "train")`` as ``channels.train: ``; nothing for the file as a whole."""
    return ".".join(map(str, place)) + ": " if place else ""


def line_of(node: yaml.Node, place: Sequence[str | int]) -> int:
    """The line, from 1, of the value at a place, or of the nearest part around it that is there."""
    line = node.start_mark.line + 1
    for key in place:
        found = _child(node, key)
        if found is None:
            continue  # a name that the schema put in, not the user
        line, node = found
    return line


def _child(node: yaml.Node, key: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(key):
                return name.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key].start_mark.line + 1, node.value[key]
    return None
