"""Columns that the folders of a channel hold: ``year=2020/part.parquet``, as Athena, Spark and awswrangler write them.

They stand behind the columns of the file, in the order of the folders. A value that is no number is a text, which only
columns of categories may hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

import numpy as np

from contract.errors import ChannelError, Malformed, NotANumber
from contract.source import Source
from contract.tables.category_texts import texts_of
from contract.tables.data import Sparse, Table
from contract.tables.formats.layout import RecordLayout
from contract.tables.formats.matrix import finite
from contract.wire.lines import number, shortened

_MISSING = frozenset({"", "__HIVE_DEFAULT_PARTITION__"})
_SHOWN = 3
"""Names of folders that a message lists."""


@dataclass(frozen=True)
class Partitions:
    """The values (texts, "" where one is missing) that the folders of each file hold, by the names of their columns."""

    names: tuple[str, ...]
    values: Mapping[Path, Mapping[str, str]]

    @classmethod
    def of(cls, source: Source) -> Partitions:
        """Reads the folders below the channel's own. Raises ``ChannelError`` where files have different columns."""
        values = {path: _values(path.relative_to(source.folder)) for path in source.files}
        different = {tuple(found): path.relative_to(source.folder) for path, found in values.items()}
        if len(different) > 1:
            one, other = list(different.values())[:2]
            raise ChannelError(
                f"channel {source.channel!r}: {one} and {other} lie in folders of different columns (name=value); put "
                "all files below folders of the same names in the same order, or none"
            )
        return cls(next(iter(different), ()), values)

    def beside(self, table: Table, path: Path, layout: RecordLayout) -> Table:
        """The records of one file with the columns of its folders, which requests must have too.

        A column that the file has itself is left as it is. Raises ``Malformed`` for files without names of columns, and
        for a text where the column does not hold categories.
        """
        if not self.names:
            return table
        if not table.names or isinstance(table.features, Sparse):
            raise Malformed(_nameless(self.names))
        added = {name: text for name, text in self.values[path].items() if name not in table.names}
        if not added:
            return table
        layout.note(f"columns from the names of folders, behind those of the files: {', '.join(added)}")
        names = (*table.names, *added)
        categories = layout.text_columns(names)
        texts, numbers = dict(table.texts), np.full((len(table), len(added)), np.nan)
        for at, (name, text) in enumerate(added.items()):
            if (column := table.width + at) in categories:
                texts[column] = texts_of([text] * len(table))
            elif text:
                numbers[:, at] = _number(text, name)
        features = np.hstack([table.features, finite(numbers, lambda _, at: f"folder {names[table.width + at]}=")])
        return replace(table, features=features, names=names, texts=texts)


def _values(file: Path) -> dict[str, str]:
    """The values in the names of the folders above a file, decoded."""
    folders = (folder.partition("=") for folder in file.parts[:-1])
    found = {unquote(name): unquote(text) for name, equals, text in folders if equals and name}
    return {name: "" if text in _MISSING else text for name, text in found.items()}


def _number(text: str, name: str) -> float:
    where = f"folder {name}={text}"
    try:
        return number(text, lambda: where)
    except NotANumber as error:
        remedy = f"declare the column {shortened(name)} where the algorithm takes categories, or rename the folders"
        raise NotANumber(f"{error.what}; {remedy}", where) from None


def _nameless(names: tuple[str, ...]) -> str:
    listed = ", ".join(f"{name}=…" for name in names[:_SHOWN])
    return (
        f"the folders {listed} hold columns, but the records name none that they could stand beside: write Parquet or "
        "CSV with a header (`text/csv; header=present`), or put the files into folders without = in their names"
    )
