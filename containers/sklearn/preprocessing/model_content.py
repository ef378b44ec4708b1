"""A model as plain dictionaries, texts, numbers and arrays, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from containers.data import Table
from containers.errors import ArtifactError
from containers.sklearn.preprocessing.model import Categories, Model, Numbers, Projection

_NUMBERS = {"at": np.int64, "fill": np.float64, "center": np.float64, "scale": np.float64, "normalised": np.bool_}
_PROJECTION = {"mean": np.float64, "components": np.float64, "shares": np.float64}


def content(model: Model) -> dict[str, Any]:
    """Everything that a model knows."""
    numbers, projection = model.numbers, model.projection
    return {
        "numbers": {"norm": numbers.norm, **{name: getattr(numbers, name) for name in _NUMBERS}},
        "number_names": list(model.number_names),
        "categories": [_category_content(category) for category in model.categories],
        "projection": None if projection is None else {name: getattr(projection, name) for name in _PROJECTION},
    }


def model(content: Any) -> Model:
    """The model of a content. Raises ``ArtifactError`` for one that is not of this algorithm."""
    try:
        numbers, projection = content["numbers"], content["projection"]
        found = Model(
            Numbers(norm=str(numbers["norm"]), **_arrays(numbers, _NUMBERS)),
            tuple(map(str, content["number_names"])),
            tuple(_category(entry) for entry in content["categories"]),
            None if projection is None else Projection(**_arrays(projection, _PROJECTION)),
        )
        found.transform(Table(np.zeros((1, found.width), np.float32)))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise ArtifactError(f"the model file does not hold a model of preprocessing ({error})") from error
    return found


def _category_content(category: Categories) -> dict[str, Any]:
    return {
        "name": category.name,
        "at": category.at,
        "levels": list(category.levels),
        "codes": category.codes,
        "places": category.places,
        "fill": category.fill,
        "onehot": category.onehot,
    }


def _category(entry: Any) -> Categories:
    return Categories(
        str(entry["name"]),
        int(entry["at"]),
        tuple(map(str, entry["levels"])),
        np.asarray(entry["codes"], np.float64),
        np.asarray(entry["places"], np.int64),
        int(entry["fill"]),
        bool(entry["onehot"]),
    )


def _arrays(entry: Any, kinds: dict[str, Any]) -> dict[str, Any]:
    return {name: np.asarray(entry[name], kind) for name, kind in kinds.items()}
