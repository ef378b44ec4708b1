"""The YAML of a job description: the file's text, its tree of nodes with their lines, and the plain values in it.

The rules are those of YAML 1.2, which know fewer traps than those of 1.1: ``no`` and ``on`` are texts, ``1e-3`` is a
number, dates and numbers that begin with 0 are texts, keys are always texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from launch.description.mistakes import Mistake, Place
from launch.errors import DescriptionError, UsageError

MAX_BYTES = 200_000
MAX_NODES = 20_000
"""Values in a file, what anchors repeat included."""
_CORE = "tag:yaml.org,2002:"
_EXPONENT = r"[eE][-+]?[0-9]+"
_FLOAT = rf"[-+]?(?:(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:{_EXPONENT})?|[0-9]+{_EXPONENT}|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)"
_PLAIN = {
    "bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "int": (r"[-+]?(?:0|[1-9][0-9]{0,17})", "-+0123456789"),
    "float": (_FLOAT, "-+0123456789."),
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "merge": (r"<<", "<"),
}


class _Loader(yaml.SafeLoader):
    """Texts, numbers, true and false, nothing; lists and mappings of them."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own table, empty for the rules below
    yaml_constructors = {  # noqa: RUF012 - of every other tag, such as !!python/object, PyYAML says what it is and where
        tag and _CORE + tag: yaml.SafeLoader.yaml_constructors[tag and _CORE + tag]
        for tag in ("bool", "int", "float", "null", "str", "seq", "map", None)
    }


for _name, (_form, _first) in _PLAIN.items():
    _Loader.add_implicit_resolver(_CORE + _name, re.compile(rf"(?:{_form})\Z"), list(_first))


@dataclass(frozen=True)
class YamlFile:
    """A file that has been read: ``tree`` knows the lines, ``content`` the values."""

    file: Path
    tree: yaml.Node
    content: dict[str, Any]
    repeated: tuple[Mistake, ...]
    """Keys that are given twice: YAML would take the last one and say nothing."""


def load(file: Path) -> YamlFile:
    """Reads a file. Raises ``UsageError`` where there is none, ``DescriptionError`` where it is no YAML mapping."""
    text = _text(file)
    try:
        tree = yaml.compose(text, _Loader)
        repeated = tuple(_repeated(tree, (), iter(range(MAX_NODES)))) if tree else ()
        content = _Loader("").construct_document(tree) if tree else None
    except yaml.YAMLError as error:
        raise DescriptionError([_told(error, file)]) from error
    except RecursionError as error:
        raise _refused(file, "too many values, or one within itself; write it without anchors") from error
    except (KeyError, ValueError) as error:  # PyYAML's own, of `!!int abc`
        raise _refused(file, "a value is not what its tag says; write plain values, without !") from error
    if tree is None:
        raise _refused(file, "the file is empty; launch/README.md shows a small description")
    if not isinstance(content, dict):
        raise _refused(file, "a job description is a mapping of keys; launch/README.md shows a small one")
    return YamlFile(file, tree, content, repeated)


def _refused(file: Path, what: str) -> DescriptionError:
    return DescriptionError([f"{file}:1: {what}"])


def _text(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"job description {file}: {reason}; give the path of a YAML file") from error
    if len(content) > MAX_BYTES:
        raise UsageError(f"job description {file}: larger than {MAX_BYTES} bytes; is this another file?")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DescriptionError([f"{file}:{line}: not UTF-8 text; save it as UTF-8"]) from error


def _repeated(node: yaml.Node, place: Place, budget: Iterator[int]) -> Iterator[Mistake]:
    """Walks the tree: finds keys given twice, makes every key a text, counts what anchors repeat."""
    if next(budget, None) is None:
        raise RecursionError  # as a value within itself does
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _repeated(item, (*place, index), budget)
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode) and key.tag != f"{_CORE}merge":
            key.tag = f"{_CORE}str"
        name = str(key.value)
        if name in seen:
            yield Mistake((*place, name), f"is given twice, again in line {key.start_mark.line + 1}; keep one")
        seen.add(name)
        yield from _repeated(value, (*place, name), budget)


def _told(error: yaml.YAMLError, file: Path) -> str:
    """PyYAML's complaint on one line, with the remedy where it is a usual slip."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", error)).removeprefix("but ")
    where = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else f"{file}:1"
    return f"{where}: not readable as YAML: {problem}{_remedy(problem)}"


def _remedy(problem: str) -> str:
    remedies = {
        r"\t": "; indent with spaces, not with tabs",
        "another document": "; one file holds one description: remove what follows ---",
        "constructor for the tag": "; write plain values, without !",
        "mapping values are not allowed": "; put a text that holds `: ` in quotes",
        "unhashable": "; a key is a text",
        "special characters": "; is this a text file?",
    }
    return next((remedy for part, remedy in remedies.items() if part in problem), "")
