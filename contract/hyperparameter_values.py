"""Reads one text of hyperparameters.json as one typed value."""

from __future__ import annotations

import ast
import json
import math
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin

Scale: TypeAlias = Literal["linear", "log"]


class Unreadable(ValueError):
    """A value that cannot be used; the message names the hyperparameter, the value and what is allowed."""


@dataclass(frozen=True)
class Interval:
    """A range of numbers in the usual notation: ``Interval.parse('(0, 1]')`` leaves 0 out and keeps 1."""

    text: str
    low: float
    high: float

    @classmethod
    def parse(cls, text: str) -> Interval:
        low, high = text[1:-1].split(",")
        return cls(text, float(low), float(high))

    def __contains__(self, value: float) -> bool:
        above = value > self.low if self.text.startswith("(") else value >= self.low
        below = value < self.high if self.text.endswith(")") else value <= self.high
        return above and below


@dataclass(frozen=True)
class Declaration:
    """Everything said about one hyperparameter apart from its type and default."""

    help: str
    name: str = ""
    bounds: Interval | None = None
    choices: tuple[str, ...] = ()
    removed: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    tunable: tuple[float, float] | tuple[str, ...] = ()
    scale: Scale = "linear"
    shown: str = ""


def unquote(raw: Any) -> str:
    """Strips blanks and one pair of JSON quotes off a value (``"\\"gini\\""`` is ``gini``)."""
    text = raw.strip() if isinstance(raw, str) else json.dumps(raw)
    if len(text) >= 2 and text[0] == text[-1] == '"':
        try:
            return str(json.loads(text)).strip()
        except json.JSONDecodeError:
            return text
    return text


def read_value(name: str, text: str, annotation: Any, declaration: Declaration) -> Any:
    """Reads ``text`` as the annotated type and checks it; raises ``Unreadable``."""
    kind = _without_none(annotation)
    if text.lower() in declaration.words:
        return text.lower()
    if get_origin(kind) is tuple:
        return _read_list(name, text, get_args(kind)[0], declaration)
    return _read_scalar(name, text, kind, declaration)


def type_name(annotation: Any) -> str:
    """Names a type for users."""
    kind = _without_none(annotation)
    if get_origin(kind) is tuple:
        return f"list of {type_name(get_args(kind)[0])}"
    return {int: "integer", float: "float", bool: "boolean", str: "string"}[kind]


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, types.UnionType):
        return next(kind for kind in get_args(annotation) if kind is not type(None))
    return annotation


def _read_scalar(name: str, text: str, kind: Any, declaration: Declaration) -> Any:
    if kind is str:
        return _read_choice(name, text, declaration)
    value = {bool: _boolean, int: _integer, float: _float}[kind](text)
    bounds = f" in {declaration.bounds.text}" if declaration.bounds else ""
    expected = " or ".join([f"expected {_article(type_name(kind))}{bounds}", *declaration.words])
    if value is None:
        raise Unreadable(f"{name}: {text!r} cannot be read, {expected}")
    if declaration.bounds and value not in declaration.bounds:
        raise Unreadable(f"{name}: {text} is out of range, {expected}")
    return value


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _read_choice(name: str, text: str, declaration: Declaration) -> str:
    if text in declaration.removed:
        raise Unreadable(f"{name}: {text!r} is gone: {declaration.removed[text]}")
    if declaration.choices and text not in declaration.choices:
        raise Unreadable(f"{name}: {text!r} is not one of {', '.join(declaration.choices)}")
    return text


def _boolean(text: str) -> bool | None:
    return {"true": True, "1": True, "false": False, "0": False}.get(text.lower())


def _integer(text: str) -> int | None:
    """Reads a whole number of 32 bits, which is what native libraries take."""
    try:
        value = int(text)
    except ValueError:
        number = _float(text)
        if number is None or not number.is_integer():
            return None
        value = int(number)
    return value if abs(value) < 1 << 31 else None


def _float(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _read_list(name: str, text: str, item: Any, declaration: Declaration) -> tuple[Any, ...]:
    parts = _split_list(name, text)
    if get_origin(item) is tuple:
        if not all(isinstance(part, list | tuple) for part in parts):
            raise Unreadable(f"{name}: {text!r} is not a list of lists such as [[1, 2], [3, 4]]")
        return tuple(_read_list(name, str(list(part)), get_args(item)[0], declaration) for part in parts)
    if any(isinstance(part, list | tuple) for part in parts):
        raise Unreadable(f"{name}: {text!r} holds a list inside a list, expected a plain list")
    return tuple(_read_scalar(name, str(part).strip(), item, declaration) for part in parts)


def _split_list(name: str, text: str) -> list[Any]:
    """Accepts ``[1, 2]``, ``(1, 2)``, ``["a", "b"]``, ``['a', 'b']`` and bare ``a,b``."""
    if text[0] not in "[(":
        return [part for part in text.split(",") if part.strip()]
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        closed = text[-1] == {"[": "]", "(": ")"}[text[0]]
        if not closed or any(nested in text[1:-1] for nested in "[]()\"'"):
            raise Unreadable(f"{name}: {text!r} is not a list, write it like [1, 2]") from None
        return [part for part in text[1:-1].split(",") if part.strip()]
    return list(value) if isinstance(value, list | tuple) else [value]
