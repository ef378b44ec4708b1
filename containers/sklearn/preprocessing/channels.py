"""Channels and requests whose columns are declared by a schema."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from containers.sklearn.preprocessing.files import DeclaredSource, misfit
from containers.sklearn.preprocessing.hyperparameters import PreprocessingHyperparameters
from containers.sklearn.preprocessing.schema import CategoryColumn, Column
from contract.errors import ChannelError
from contract.media_type import MediaType
from contract.source import Source
from contract.tables.data import Table
from contract.tables.input import TableInput


@dataclass(frozen=True)
class SchemaInput(TableInput[PreprocessingHyperparameters]):
    """Reads tables with the columns of the hyperparameter ``schema``, and gives them its names."""

    def read(self, source: Source, params: PreprocessingHyperparameters, like: Table | None) -> Table:
        columns = () if params.schema is None else params.columns(())
        declared = [column.name for column in columns]
        media_type = MediaType.parse(source.content_type or self.content_types[0])
        table = super().read(DeclaredSource.of(source, media_type, declared), params, like)
        if not columns:
            return table
        if told := misfit(declared, table):
            file = source.files[0].relative_to(source.folder)
            raise ChannelError(f"channel {source.channel!r}, file {file}: {told}")
        if not table.names:
            table = replace(table, names=tuple(declared))
        return table if like is not None else declare_levels(table, in_order(columns, table.names))


def category_columns(params: PreprocessingHyperparameters, source: Source) -> Collection[int | str]:
    """The category columns of a schema, by place for data without names, and by name for data with names."""
    if params.schema is None:
        return ()
    places = {at: column.name for at, column in enumerate(params.columns(())) if isinstance(column, CategoryColumn)}
    return [*places, *places.values()]


def in_order(columns: Sequence[Column], names: Sequence[str]) -> list[Column]:
    """The declared columns in the order of the data."""
    by_name = {column.name: column for column in columns}
    return [by_name[name] for name in names]


def declare_levels(table: Table, columns: Sequence[Column]) -> Table:
    """The table with levels that the schema names, so that a request's text is known although training had none."""
    levels = dict(table.levels)
    for at, column in enumerate(columns):
        if isinstance(column, CategoryColumn) and levels[at]:
            more = [*column.levels, *([column.fill_value] if column.impute == "constant" else [])]
            levels[at] += tuple(level for level in dict.fromkeys(more) if level not in levels[at])
    return replace(table, levels=levels)
