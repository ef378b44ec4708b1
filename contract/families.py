"""Finds the algorithms of a family by its folder, without a list that anybody edits."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from contract.algorithm import Algorithm
from contract.errors import PlatformError


def algorithms(family: str) -> dict[str, Algorithm[Any, Any, Any]]:
    """Imports the algorithms of a family; returns them by name.

    ``family`` is the name of a folder of ``containers``, or the dotted name of a package of yours.
    """
    modules = map(importlib.import_module, _modules(package(family)))
    found = [module.ALGORITHM for module in modules if hasattr(module, "ALGORITHM")]
    return {algorithm.name: algorithm for algorithm in found}


def package(family: str) -> ModuleType:
    """Imports the package of a family, named as for ``algorithms``. Raises ``PlatformError`` where there is none."""
    name = family if "." in family else f"containers.{family}"
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not name.startswith(error.name):
            raise
        raise PlatformError(f"ALGORITHM_FAMILY is {family!r}, but there is no package {name}") from error


def _modules(family: ModuleType) -> Iterator[str]:
    """Names the modules that may hold an ``ALGORITHM``: those of a family, and ``algorithm`` in a sub-package.

    So a sub-package need not import the algorithm, and its hyperparameters can be read without the family's library.
    """
    for module in pkgutil.iter_modules(family.__path__, f"{family.__name__}."):
        yield module.name
        if module.ispkg and importlib.util.find_spec(f"{module.name}.algorithm"):
            yield f"{module.name}.algorithm"


def find(family: str, name: str | None) -> Algorithm[Any, Any, Any]:
    """Returns the algorithm ``name`` of a family, or its only one where ``name`` is None. Raises ``PlatformError``."""
    known = algorithms(family)
    if name is None and len(known) == 1:
        return next(iter(known.values()))
    if name is None:
        raise PlatformError(
            f"the {family} image holds several algorithms: choose one of {', '.join(sorted(known))} "
            "by the hyperparameter 'algorithm' or the environment variable ALGORITHM"
        )
    if name not in known:
        raise PlatformError(f"algorithm {name!r} is not in the {family} image, which holds {', '.join(sorted(known))}")
    return known[name]
