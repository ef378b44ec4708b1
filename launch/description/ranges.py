"""Looks up the ranges of a tuning job in the algorithm's declaration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launch.declaration import Declared
from launch.description.tuning import ParameterRange, Search


def tunable_of(name: str, declared: Declared) -> Mapping[str, Any] | None:
    """How a hyperparameter, called by any of its names, may be tuned: ``kind`` and limits; None where it may not."""
    found: Mapping[str, Any] | None = declared.hyperparameters.get(declared.canonical(name), {}).get("tunable")
    return found


def kind_of(name: str, searched: Search, declared: Declared) -> str:
    """``integer``, ``continuous`` or ``categorical``: numbers, too, may be chosen from a list."""
    if not isinstance(searched, ParameterRange):
        return "categorical"
    tunable = tunable_of(name, declared) or {}
    return "integer" if tunable.get("kind") == "integer" else "continuous"


def scale_of(name: str, searched: ParameterRange, declared: Declared) -> str:
    """The scale that the description gives; without one, the algorithm's own where it is logarithmic."""
    tunable = tunable_of(name, declared) or {}
    fits = "scale" not in searched.model_fields_set and searched.low > 0
    return "log" if fits and tunable.get("scale") == "log" else searched.scale
