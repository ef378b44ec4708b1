"""Instances of the JSON formats become a table: one record is a parsed JSON value, in any of these forms.

    [1.5, 2]                                                               numbers; in training the label first
    {"features": [1.5, 2]}                                                 in training with "label": 1 beside it
    {"data": {"features": {"values": [1.5, 2]}}}
    {"data": {"features": {"keys": [26], "shape": [2000], "values": [1]}}} sparse
    {"age": 41, "height": 1.7}                                             a record by name, "label" too in training

All instances of one body have the same form and the same columns. ``null`` is a missing value, ``true``
and ``false`` are 1 and 0. Texts are read where
the layout expects names of categories.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import chain
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from contract.data import Float32, Int64
from contract.errors import Malformed
from contract.tables.category_texts import texts_of
from contract.tables.data import Sparse, Table, Texts
from contract.tables.formats.layout import RecordLayout
from contract.tables.formats.matrix import WIDEST, finite, finite_label, sparse
from contract.wire.instances import Place
from contract.wire.lines import shortened

_NUMBERS = frozenset((int, float, bool, type(None)))
_FORMS = 'send [1.5, 2], {"features": [1.5, 2]}, {"data": {"features": {"values": [1.5, 2]}}} or {"name": 1.5}'


def to_table(instances: Sequence[Any], layout: RecordLayout, place: Place) -> Table:
    """The table of one or more instances."""
    first = instances[0]
    if isinstance(first, dict) and not carries_features(first):
        return _named(instances, layout, place)
    vectors = [_vector(instance) for instance in instances]
    kinds = set(map(type, vectors))
    if kinds == {dict}:
        return Table(_sparse(vectors, place), _labels(instances, layout, place))
    if kinds != {list}:
        _refuse_form(vectors, place)
    front = layout.label_size if isinstance(first, list) else 0
    vectors, texts = _take_texts(vectors, [column + front for column in layout.texts])
    texts = {column - front: texts[column] for column in texts}
    cells = _matrix(vectors, place)
    if not cells.shape[1]:
        raise Malformed("the instance has no feature", place(0))
    label = finite_label(cells[:, 0], place) if front else _labels(instances, layout, place)
    return Table(_features(cells[:, front:], place), label, texts=texts)


def carries_features(instance: dict[str, Any]) -> bool:
    """Returns whether an object is an instance around its features, rather than a record by name."""
    return isinstance(instance.get("features"), list | dict) or isinstance(instance.get("data"), dict)


def _vector(instance: Any) -> Any:
    """The features of an instance: a list of numbers, or the object of a sparse vector; anything else is wrong."""
    if isinstance(instance, dict):
        around = instance.get("data", instance)
        instance = around.get("features") if isinstance(around, dict) else None
    if isinstance(instance, dict) and "keys" not in instance:
        return instance.get("values")
    return instance


def _named(records: Sequence[Any], layout: RecordLayout, place: Place) -> Table:
    names = tuple(name for name in records[0] if name != "label")
    for row, record in enumerate(records):
        if not isinstance(record, dict) or record.keys() != records[0].keys():
            told = sorted(map(str, record)) if isinstance(record, dict) else "no names"
            raise Malformed(f"the record has {told}, but the first one has {sorted(records[0])}", place(row))
    rows, texts = _take_texts([[record[name] for name in names] for record in records], layout.text_columns(names))
    return Table(_features(_matrix(rows, place), place), _labels(records, layout, place), names=names, texts=texts)


def _take_texts(rows: list[list[Any]], columns: Collection[int]) -> tuple[list[list[Any]], dict[int, Texts]]:
    """The rows with null in the columns that hold texts or numbers that stand for them, and those texts."""
    if not columns or any(len(row) <= max(columns) for row in rows):
        return rows, {}
    cells = {column: [row[column] for row in rows] for column in columns}
    if any(isinstance(cell, list | dict) for column in cells.values() for cell in column):
        return rows, {}
    emptied = [[None if place in cells else cell for place, cell in enumerate(row)] for row in rows]
    return emptied, {column: texts_of(cells[column]) for column in cells}


def _labels(instances: Sequence[Any], layout: RecordLayout, place: Place) -> Float32 | None:
    if not layout.label_size:
        return None
    for row, instance in enumerate(instances):
        if "label" not in instance:
            raise Malformed('the instance has no "label"', place(row))
    return finite_label(_matrix([[instance["label"]] for instance in instances], place)[:, 0], place)


def _features(cells: NDArray[np.float64], place: Place) -> Float32:
    if not cells.shape[1]:
        raise Malformed("the instance has no feature", place(0))
    return finite(cells, lambda row, column: f"{place(row)}, feature {column + 1}")


def _matrix(rows: Sequence[list[Any]], place: Place) -> NDArray[np.float64]:
    cells = list(chain.from_iterable(rows))
    widths = set(map(len, rows))
    if len(widths) > 1 or not _NUMBERS.issuperset(map(type, cells)):
        _refuse_cells(rows, place)
    return np.array(cells, np.float64).reshape(len(rows), widths.pop())


def _sparse(vectors: Sequence[dict[str, Any]], place: Place) -> Sparse:
    width = _width(vectors[0], place(0))
    for row, vector in enumerate(vectors):
        if _width(vector, place(row)) != width:
            raise Malformed(f"the shape is not [{width}], as in the first instance", place(row))
        if not isinstance(vector["keys"], list) or not isinstance(vector.get("values"), list):
            raise Malformed("keys and values are not arrays", place(row))
        if len(vector["keys"]) != len(vector["values"]):
            raise Malformed("keys and values are not of the same length", place(row))
        _matrix([vector["values"]], lambda _, row=row: place(row))  # type: ignore[misc]
    return _compressed(vectors, width, place)


def _compressed(vectors: Sequence[dict[str, Any]], width: int, place: Place) -> Sparse:
    keys = list(chain.from_iterable(vector["keys"] for vector in vectors))
    counts = np.array([len(vector["keys"]) for vector in vectors], np.int64)
    values = np.array(list(chain.from_iterable(vector["values"] for vector in vectors)), np.float64)
    return sparse(values, _indices(keys, counts, place), counts, width, place)


def _indices(keys: list[Any], counts: Int64, place: Place) -> Int64:
    for at, key in enumerate(keys):
        if type(key) is not int or not 0 <= key < WIDEST:
            row = int(np.searchsorted(np.cumsum(counts), at, side="right"))
            raise Malformed(f"{shortened(str(key))} is not the position of a feature", place(row))
    return np.array(keys, np.int64)


def _width(vector: dict[str, Any], where: str) -> int:
    shape = vector.get("shape")
    if not isinstance(shape, list) or len(shape) != 1 or type(shape[0]) is not int or not 0 < shape[0] <= WIDEST:
        raise Malformed('features with "keys" need a "shape" such as [2000], the number of columns', where)
    return shape[0]


def _refuse_form(vectors: Sequence[Any], place: Place) -> NoReturn:
    wrong = next((row for row, vector in enumerate(vectors) if not isinstance(vector, list | dict)), None)
    if wrong is None:
        raise Malformed("dense and sparse instances are mixed; write all of them one way", place(0))
    raise Malformed(f"no features; {_FORMS}", place(wrong))


def _refuse_cells(rows: Sequence[list[Any]], place: Place) -> NoReturn:
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells, 1):
            if type(cell) not in _NUMBERS:
                raise Malformed(f"{shortened(str(cell))} is not a number", f"{place(row)}, feature {column}")
        if len(cells) != len(rows[0]):
            raise Malformed(f"{len(cells)} features, but the first instance has {len(rows[0])}", place(row))
    raise AssertionError("called although nothing is wrong")
