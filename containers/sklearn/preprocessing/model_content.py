"""A model as the fields of its file, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from containers.sklearn.model_fields import Fields
from containers.sklearn.preprocessing.hyperparameters import NORMS
from containers.sklearn.preprocessing.model import UNSEEN, Categories, FittedColumns, Numbers, PrincipalComponents

_NUMBERS = ("norm", "at", "fill", "center", "scale", "normalised")
_CATEGORY = ("name", "at", "levels", "codes", "places", "fill", "onehot")
_PROJECTION = ("mean", "components", "shares")
_COLUMNS = 1 << 31
"""No table has as many."""


def content(model: FittedColumns) -> dict[str, Any]:
    """Everything that a model knows."""
    found = {"number_names": list(model.number_names), "categories": len(model.categories)}
    found |= _fields("numbers", model.numbers, _NUMBERS)
    for number, category in enumerate(model.categories):
        found |= _fields(f"categories.{number}", category, _CATEGORY)
    found["projected"] = model.projection is not None
    return found | (_fields("projection", model.projection, _PROJECTION) if model.projection else {})


def model(fields: Fields) -> FittedColumns:
    """The model of these fields. Raises ``ArtifactError`` for fields that ``content`` does not give."""
    numbers, names = _numbers(fields.part("numbers")), fields.texts("number_names")
    _require(len(names) == numbers.at.size, fields, "number_names")
    count = fields.whole("categories", 0, _COLUMNS)
    categories = tuple(_category(fields.part(f"categories.{number}")) for number in range(count))
    found = FittedColumns(numbers, names, categories)
    places = sorted([*numbers.at.tolist(), *(category.at for category in categories)])
    _require(bool(places) and places == list(range(len(places))), fields, "numbers.at")
    if not fields.flag("projected"):
        return found
    _require(not np.isnan(numbers.fill).any(), fields, "numbers.fill")
    return FittedColumns(numbers, names, categories, _projection(fields.part("projection"), len(found.encoded_names)))


def _numbers(part: Fields) -> Numbers:
    at, normalised = part.array("at", np.int64, "columns"), part.array("normalised", np.bool_, "columns")
    center, scale = part.array("center", np.float64, "columns"), part.array("scale", np.float64, "columns")
    fill = part.gappy("fill", np.float64, "columns")
    _require(bool((scale > 0).all()), part, "scale")
    _require(not np.isinf(fill).any() and not np.isnan(fill[normalised]).any(), part, "fill")
    return Numbers(at, fill, center, scale, normalised, part.text("norm", NORMS))


def _category(part: Fields) -> Categories:
    levels, codes = part.texts("levels"), part.array("codes", np.float64, "codes")
    places, fill = part.array("places", np.int64, "codes"), part.whole("fill", UNSEEN, len(levels))
    _require(len(set(levels)) == len(levels) > 0, part, "levels")
    _require(bool((np.diff(codes) > 0).all()), part, "codes")
    _require(all(UNSEEN <= place < len(levels) for place in places.tolist()), part, "places")
    at = part.whole("at", 0, _COLUMNS)
    return Categories(part.text("name"), at, levels, codes, places, fill, part.flag("onehot"))


def _projection(part: Fields, width: int) -> PrincipalComponents:
    """Principal components of ``width`` encoded columns."""
    components, mean = part.array("components", np.float64, "d", "k"), part.array("mean", np.float64, "d")
    _require(components.shape[0] == width and components.shape[1] > 0, part, "components")
    return PrincipalComponents(mean, components, part.array("shares", np.float64, "k"))


def _fields(name: str, part: Numbers | Categories | PrincipalComponents, fields: tuple[str, ...]) -> dict[str, Any]:
    values = {field: getattr(part, field) for field in fields}
    return {f"{name}.{field}": list(value) if isinstance(value, tuple) else value for field, value in values.items()}


def _require(condition: bool, fields: Fields, name: str) -> None:
    if not condition:
        raise fields.wrong(name, "not what a model of preprocessing has there")
