"""A model as plain dictionaries, texts, numbers and arrays, and back."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.model_file import NAME
from containers.sklearn.preprocessing.hyperparameters import NORMS
from containers.sklearn.preprocessing.model import UNSEEN, Categories, Model, Numbers, Projection
from contract.errors import ArtifactError

T = TypeVar("T")
_NUMBERS = ("norm", "at", "fill", "center", "scale", "normalised")
_CATEGORY = ("name", "at", "codes", "places", "fill", "onehot")
_PROJECTION = ("mean", "components", "shares")


def content(model: Model) -> dict[str, Any]:
    """Everything that a model knows."""
    return {
        "numbers": _fields(model.numbers, _NUMBERS),
        "number_names": list(model.number_names),
        "categories": [_fields(entry, _CATEGORY) | {"levels": list(entry.levels)} for entry in model.categories],
        "projection": None if model.projection is None else _fields(model.projection, _PROJECTION),
    }


def model(content: Any) -> Model:
    """The model of a content. Raises ``ArtifactError`` for one that ``content`` does not give."""
    numbers = _numbers(_entry(content, "numbers", dict))
    names = _texts(content, "number_names")
    _require(len(names) == numbers.at.size, "number_names")
    categories = tuple(_category(entry) for entry in _entry(content, "categories", list))
    found = Model(numbers, names, categories)
    places = sorted([*numbers.at.tolist(), *(category.at for category in categories)])
    _require(bool(places) and places == list(range(len(places))), "at")
    if "projection" in content and content["projection"] is None:
        return found
    _require(not np.isnan(numbers.fill).any(), "fill")
    projection = _projection(_entry(content, "projection", dict), len(found.encoded_names))
    return Model(numbers, names, categories, projection)


def _numbers(entry: Any) -> Numbers:
    at = _array(entry, "at", np.int64, None)
    fill, center, scale = (_array(entry, name, np.float64, at.size) for name in ("fill", "center", "scale"))
    normalised, norm = _array(entry, "normalised", np.bool_, at.size), _entry(entry, "norm", str)
    _require(norm in NORMS, "norm")
    _require(bool(np.isfinite(center).all()), "center")
    _require(bool((np.isfinite(scale) & (scale > 0)).all()), "scale")
    _require(not np.isinf(fill).any() and not np.isnan(fill[normalised]).any(), "fill")
    return Numbers(at, fill, center, scale, normalised, norm)


def _category(entry: Any) -> Categories:
    levels, fill = _texts(entry, "levels"), _entry(entry, "fill", int)
    codes = _array(entry, "codes", np.float64, None)
    places = _array(entry, "places", np.int64, codes.size)
    _require(len(set(levels)) == len(levels) > 0, "levels")
    _require(bool(np.isfinite(codes).all() and (np.diff(codes) > 0).all()), "codes")
    _require(all(UNSEEN <= place < len(levels) for place in places.tolist()), "places")
    _require(UNSEEN <= fill < len(levels), "fill")
    name, at, onehot = _entry(entry, "name", str), _entry(entry, "at", int), _entry(entry, "onehot", bool)
    return Categories(name, at, levels, codes, places, fill, onehot)


def _projection(entry: Any, width: int) -> Projection:
    """Principal components of ``width`` encoded columns."""
    components = _array(entry, "components", np.float64, width, None)
    mean = _array(entry, "mean", np.float64, width)
    shares = _array(entry, "shares", np.float64, components.shape[1])
    _require(components.shape[1] > 0 and bool(np.isfinite(components).all()), "components")
    _require(bool(np.isfinite(mean).all()), "mean")
    _require(bool(np.isfinite(shares).all()), "shares")
    return Projection(mean, components, shares)


def _fields(part: Numbers | Categories | Projection, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(part, name) for name in names}


def _entry(part: Any, name: str, kind: type[T]) -> T:
    """An entry of a dictionary, of exactly this type: ``True`` is no int."""
    value = part.get(name) if isinstance(part, dict) else None
    _require(type(value) is kind, name)
    return value  # type: ignore[return-value]


def _texts(part: Any, name: str) -> tuple[str, ...]:
    texts = _entry(part, name, list)
    _require(all(type(text) is str for text in texts), name)
    return tuple(texts)


def _array(part: Any, name: str, kind: type[np.generic], *shape: int | None) -> NDArray[Any]:
    """An array of this type and shape; None stands for any size."""
    array = _entry(part, name, np.ndarray)
    fits = array.ndim == len(shape) and all(
        wanted in (None, size) for wanted, size in zip(shape, array.shape, strict=True)
    )
    _require(array.dtype == kind and fits, name)
    return array


def _require(condition: bool, name: str) -> None:
    if not condition:
        told = f"{NAME} holds no model of preprocessing: {name} is missing or wrong"
        raise ArtifactError(f"{told}; upload the model archive again")
