"""The declared columns of a channel: what the hyperparameter ``schema`` says, with the defaults of all columns."""

from __future__ import annotations

import ast
import difflib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

from contract.tables.category_texts import canonical

IMPUTE = ("mean", "median", "most_frequent", "constant")
IMPUTE_CATEGORY = ("most_frequent", "constant")
ENCODE = ("onehot", "ordinal")
SCALE = ("standard", "minmax", "maxabs", "robust", "normalise")
NONE = "none"
"""A column of a schema with it has no imputation or scaling, whatever the default of all columns is."""
TYPES = ("numeric", "category")

LARGEST = 1e38
"""Beyond it a number in place of empty cells would not fit into 32 bits."""

Entry: TypeAlias = Mapping[str, Any]
"""One column as the user wrote it."""

_CHOICES = {
    "numeric": {"type": TYPES, "impute": (NONE, *IMPUTE), "scale": (NONE, *SCALE)},
    "category": {"type": TYPES, "impute": (NONE, *IMPUTE_CATEGORY), "encode": ENCODE},
}
_KEYS = {
    "numeric": ("name", "type", "impute", "fill_value", "scale"),
    "category": ("name", "type", "impute", "fill_value", "encode", "levels"),
}
_FILLS = {"numeric": f"a number of at most {LARGEST:g}", "category": "a text"}
_FORM = 'write it like [{"name": "age", "type": "numeric"}, {"name": "region", "type": "category"}]'


class Defaults(Protocol):
    """Settings of every column that does not say otherwise."""

    @property
    def impute(self) -> str | None: ...
    @property
    def fill_value(self) -> float: ...
    @property
    def scale(self) -> str | None: ...
    @property
    def impute_category(self) -> str | None: ...
    @property
    def fill_category(self) -> str: ...
    @property
    def encode(self) -> str: ...


@dataclass(frozen=True)
class NumericColumn:
    """A column of numbers. ``fill_value`` is what ``impute`` = constant puts into empty cells."""

    name: str
    impute: str | None
    fill_value: float
    scale: str | None


@dataclass(frozen=True)
class CategoryColumn:
    """A column of categories. ``levels`` are the declared ones in their order; empty: those of the train channel."""

    name: str
    impute: str | None
    fill_value: str
    encode: str
    levels: tuple[str, ...] = ()


Column: TypeAlias = NumericColumn | CategoryColumn


def problems(text: str) -> Iterator[str]:
    """Sentences about the mistakes of a schema, each with its column; none when it can be used."""
    entries = _entries(text)
    if isinstance(entries, str):
        yield f"schema: {entries}"
        return
    for number, entry in enumerate(entries, 1):
        told = f"schema, column {number}"
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or not entry["name"].strip():
            yield f'{told}: {_shown(entry)} is no column, write it like {{"name": "age", "type": "numeric"}}'
        else:
            yield from (f"{told} ({entry['name']}): {problem}" for problem in _entry_problems(entry))
    yield from _name_problems([str(entry.get("name")).strip() for entry in entries if isinstance(entry, dict)])


def columns(text: str, defaults: Defaults) -> tuple[Column, ...]:
    """The columns of a schema without problems, in the order of the file."""
    entries = _entries(text)
    assert not isinstance(entries, str), "the hyperparameters were checked"
    return tuple(_column(entry, defaults) for entry in entries)


def undeclared(names: Sequence[str], defaults: Defaults) -> tuple[Column, ...]:
    """Numeric columns of these names, for data without a schema."""
    return tuple(_column({"name": name, "type": "numeric"}, defaults) for name in names)


def _entries(text: str) -> list[Any] | str:
    """The entries of the list, a bare name as a numeric column; or what is wrong with the text as a whole."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        value = _python_value(text)
        if value is None:
            return f"not JSON ({error}); {_FORM}"
    if not isinstance(value, list) or not value:
        return f"{_shown(value)} is not a list of columns; {_FORM}"
    return [{"name": entry, "type": "numeric"} if isinstance(entry, str) else entry for entry in value]


def _python_value(text: str) -> Any:
    """The value of a list that was written as Python shows it, as an SDK does with one that is no text; or None."""
    try:
        return json.loads(json.dumps(ast.literal_eval(text)))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _entry_problems(entry: Entry) -> Iterator[str]:
    kind = entry.get("type")
    if kind not in TYPES:
        yield f"type {_shown(kind)} is not one of {', '.join(TYPES)}" if kind is not None else "the type is missing"
        return
    for key, value in entry.items():
        allowed = _CHOICES[kind].get(key)
        if key not in _KEYS[kind]:
            yield f"unknown key {_shown(key)} of a {kind} column{_suggestion(key, _KEYS[kind])}"
        elif allowed is not None and value not in allowed:
            yield f"{key} {_shown(value)} of a {kind} column is not one of {', '.join(allowed)}"
    if "fill_value" in entry and not _is_value(entry["fill_value"], kind):
        yield f"fill_value {_shown(entry['fill_value'])} is not {_FILLS[kind]}"
    yield from _level_problems(entry.get("levels", ["-"]))


def _level_problems(levels: Any) -> Iterator[str]:
    if not isinstance(levels, list) or not levels or not all(_is_value(level, "category") for level in levels):
        yield f'levels {_shown(levels)} is not a list of categories such as ["low", "high"]'
    elif len({canonical(str(level)) for level in levels}) < len(levels):
        yield f"levels {_shown(levels)} holds a category twice"


def _name_problems(names: Sequence[str]) -> Iterator[str]:
    for name in dict.fromkeys(name for place, name in enumerate(names) if name in names[:place]):
        yield f"schema: the name {_shown(name)} is given to several columns"
    if "label" in names:
        yield "schema: label is the name of the label, which stands in front of the columns and is not declared"


def _column(entry: Entry, defaults: Defaults) -> Column:
    name = entry["name"].strip()
    if entry["type"] == "numeric":
        fill = float(entry.get("fill_value", defaults.fill_value))
        return NumericColumn(
            name, _chosen(entry, "impute", defaults.impute), fill, _chosen(entry, "scale", defaults.scale)
        )
    levels = tuple(canonical(str(level)) for level in entry.get("levels", ()))
    fill_text = canonical(str(entry.get("fill_value", defaults.fill_category)))
    impute = _chosen(entry, "impute", defaults.impute_category)
    return CategoryColumn(name, impute, fill_text, entry.get("encode", defaults.encode), levels)


def _chosen(entry: Entry, key: str, default: str | None) -> str | None:
    value: str | None = entry.get(key, default)
    return None if value == NONE else value


def _is_value(value: Any, kind: Literal["numeric", "category"]) -> bool:
    if kind == "category":
        return isinstance(value, str | int) and not isinstance(value, bool) and canonical(str(value)) != ""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST


def _suggestion(key: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(key, list(known), n=1)
    return f", did you mean {close[0]}?" if close else f"; known are {', '.join(known)}"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
