"""text/libsvm: one record a line, ``label[:weight] index:value index:value ...``; ``#`` starts a comment.

Entries that are not written are missing. In a request the label is optional and ignored: there a first part with a
colon is a feature. Whether the first feature has index 0 or 1 is not in the file: tables hold the indices as written,
less ``layout.index_base``, are as wide as their own largest index, and say that they are ``indexed``, so that whoever
has read a whole channel with base 0 can see whether it was written with base 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from contract.data import Int64
from contract.errors import Malformed
from contract.media_type import MediaType
from contract.tables.data import Sparse, Table
from contract.tables.formats.layout import RecordLayout
from contract.tables.formats.matrix import WIDEST, finite_label, sparse
from contract.wire.lines import TOO_LARGE, Block, blocks, line_text, number, one_block, shortened

_LABELLED = re.compile(rb"(?:[-+]?+[.0-9][-+.0-9eE]*+(?: [0-9]{1,10}:[-+.0-9eE]++)*+ ?\n)*+")
_BARE = re.compile(rb"(?:[0-9]{1,10}:[-+.0-9eE]++(?: [0-9]{1,10}:[-+.0-9eE]++)*+ ?\n)*+")
_TO_JSON = bytes.maketrans(b" :\n", b",,,")


class _Rows(NamedTuple):
    """The parts of some lines: (n,) lines, labels, weights and entry counts; (m,) indices and values."""

    lines: Sequence[int]
    labels: NDArray[np.float64]
    weights: NDArray[np.float64]
    counts: Int64
    indices: Int64
    values: NDArray[np.float64]


def chunks(stream: BinaryIO, media_type: MediaType, layout: RecordLayout) -> Iterator[Table]:
    """Reads a file in parts of about 8 MiB, each as wide as it needs; yields nothing for a file without records."""
    for block in blocks(stream, media_type):
        table = _table(block, layout)
        if table is not None:
            yield table


def decode(body: bytes, media_type: MediaType, layout: RecordLayout) -> Table:
    """Reads a whole body; raises ``Malformed`` if it holds no record."""
    table = _table(one_block(body, media_type), layout)
    if table is None:
        raise Malformed("the body holds no record")
    return table


def _table(block: Block, layout: RecordLayout) -> Table | None:
    labelled = bool(layout.label_size)
    rows = _plain_rows(block, labelled) or _careful_rows(block, labelled)
    if not rows.lines:
        return None
    features = _features(rows, layout.index_base)
    label = finite_label(rows.labels, lambda row: f"line {rows.lines[row]}") if labelled else None
    weight = _weights(rows) if labelled else None
    return Table(features, label, weight, index_base=layout.index_base, indexed=True)


def _features(rows: _Rows, base: int) -> Sparse:
    def place(row: int) -> str:
        return f"line {rows.lines[row]}"

    indices = rows.indices - base
    wrong = (indices < 0) | (rows.indices >= WIDEST)
    if np.count_nonzero(wrong):
        at = int(wrong.argmax())
        row = int(np.searchsorted(np.cumsum(rows.counts), at, side="right"))
        told = f"below {base}, where the training data began" if indices[at] < 0 else f"not below {WIDEST}"
        raise Malformed(f"index {rows.indices[at]} is {told}", place(row))
    return sparse(rows.values, indices, rows.counts, int(indices.max(initial=-1)) + 1, place)


def _weights(rows: _Rows) -> NDArray[np.float32] | None:
    missing = np.isnan(rows.weights)
    if missing.all():
        return None
    if missing.any():
        what = "some records have a weight (label:weight) and some have none"
        raise Malformed(what, f"line {rows.lines[int(missing.argmax())]}")
    return finite_label(rows.weights, lambda row: f"line {rows.lines[row]}")


def _plain_rows(block: Block, labelled: bool) -> _Rows | None:
    """The parts of regular lines, read as one JSON array; None where anything is out of the ordinary."""
    import orjson

    text = block.text.rstrip(b"\n") + b"\n"
    in_front = labelled or b":" not in text.partition(b"\n")[0].partition(b" ")[0]
    if not (_LABELLED if in_front else _BARE).fullmatch(text):
        return None
    lines = text.replace(b" \n", b"\n").replace(b"\n+", b"\n").removeprefix(b"+").split(b"\n")[:-1]
    counts = np.array([line.count(b":") for line in lines], np.int64)
    try:
        numbers = np.array(orjson.loads(b"[" + b"\n".join(lines).translate(_TO_JSON) + b"]"), np.float64)
    except orjson.JSONDecodeError:
        return None
    if numbers.size != 2 * counts.sum() + in_front * counts.size:
        return None
    none = labels = np.full(counts.size, np.nan)
    if in_front:
        starts = np.cumsum(2 * counts + 1) - (2 * counts + 1)
        labels, numbers = numbers[starts], np.delete(numbers, starts)
        if np.any(np.abs(labels) >= TOO_LARGE):
            return None
    numbered = range(block.first, block.first + len(lines))
    return _Rows(numbered, labels, none, counts, numbers[::2].astype(np.int64), numbers[1::2])


def _careful_rows(block: Block, labelled: bool) -> _Rows:
    """The parts of any lines, token by token: for everything unusual, and to say what is wrong."""
    lines, fronts, counts, indices, values = [], [], [], [], []
    for at, line in block.lines():
        tokens = line_text(line.partition(b"#")[0], at).split()
        if not tokens:
            continue
        where = f"line {at}"
        in_front = labelled or ":" not in tokens[0]
        fronts.append(_front(tokens[0], where) if in_front else (np.nan, np.nan))
        entries = [_entry(token, where) for token in tokens[in_front:]]
        lines.append(at)
        counts.append(len(entries))
        indices += [index for index, _ in entries]
        values += [value for _, value in entries]
    labels, weights = np.array(fronts, np.float64).reshape(-1, 2).T
    return _Rows(lines, labels, weights, np.array(counts, np.int64), np.array(indices, np.int64), np.array(values))


def _front(token: str, where: str) -> tuple[float, float]:
    label, colon, weight = token.partition(":")
    return number(label, lambda: f"{where}, label"), number(weight, lambda: f"{where}, weight") if colon else np.nan


def _entry(token: str, where: str) -> tuple[int, float]:
    index, colon, value = token.partition(":")
    if index == "qid":
        raise Malformed("query groups (qid) are not read; remove the qid part from every line", where)
    if not colon:
        raise Malformed(f"{shortened(token)} is not index:value", where)
    if not (index.isascii() and index.isdigit() and len(index) <= 10):
        raise Malformed(f"the index {shortened(index)} is not a whole number from 0 to {WIDEST - 1}", where)
    return int(index), number(value, lambda: f"{where}, index {index}")
