"""The hyperparameters of ``preprocessing``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from containers.sklearn.preprocessing import schema
from containers.sklearn.preprocessing.schema import ENCODE, IMPUTE, IMPUTE_CATEGORY, SCALE, Column, NumericColumn
from contract.hyperparameters import Hyperparameters, hyperparameter, rule

NORMS = ("l1", "l2", "max")


@dataclass(frozen=True, kw_only=True)
class PreprocessingHyperparameters(Hyperparameters):
    """Two hyperparameters are about the data as a whole, the others are defaults that a column may override."""

    schema: str | None = hyperparameter(
        None,
        shown="every column is numeric",
        help='the columns behind the label as JSON, `[{"name": "age", "type": "numeric"}, '
        '{"name": "region", "type": "category"}]`',
    )
    impute: str | None = hyperparameter(
        None, choices=IMPUTE, shown="none: it stays missing", help="numeric columns: what an empty cell becomes"
    )
    fill_value: float = hyperparameter(0.0, help="numeric columns: the number of `impute=constant`")
    scale: str | None = hyperparameter(None, choices=SCALE, shown="none", help="numeric columns: how they are scaled")
    norm: str = hyperparameter("l2", choices=NORMS, help="the length that `scale=normalise` makes 1")
    impute_category: str | None = hyperparameter(
        None,
        choices=IMPUTE_CATEGORY,
        shown="none: as an unseen one",
        help="category columns: what an empty cell becomes",
    )
    fill_category: str = hyperparameter("missing", help="category columns: the level of `impute_category=constant`")
    encode: str = hyperparameter("onehot", choices=ENCODE, help="category columns: how they become numbers")
    max_levels: int = hyperparameter(
        1000,
        bounds="[1, 65536]",
        help="most levels of a one-hot column; one with more is refused",
    )
    pca_components: int | None = hyperparameter(
        None, bounds="[1, inf)", shown="no PCA", help="principal components that replace the columns"
    )

    @rule("schema")
    def _schema(self) -> Iterator[str]:
        if self.schema is not None:
            yield from schema.problems(self.schema)

    @rule("fill_value")
    def _fill(self) -> Iterator[str]:
        if abs(self.fill_value) > schema.LARGEST:
            yield f"fill_value: {self.fill_value:g} is beyond {schema.LARGEST:g}"

    @rule("schema", "impute", "scale", "pca_components", "fill_value", "impute_category", "fill_category", "encode")
    def _missing(self) -> Iterator[str]:
        if self.schema is not None and any(schema.problems(self.schema)):
            return
        numeric = (column for column in self.columns([""]) if isinstance(column, NumericColumn))
        kept = [column for column in numeric if column.impute is None]
        remedy = "set impute, to mean for example; without it missing values stay missing"
        if kept and self.pca_components is not None:
            yield f"pca_components: principal components need complete records: {remedy}"
        if any(column.scale == "normalise" for column in kept):
            yield f"scale: normalise needs complete records: {remedy}"

    def columns(self, names: Sequence[str]) -> tuple[Column, ...]:
        """The declared columns; without a schema, numeric ones of these names."""
        return schema.undeclared(names, self) if self.schema is None else schema.columns(self.schema, self)
