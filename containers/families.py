"""How the algorithms of a family are found: by its folder, without a list that anybody edits."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from containers.algorithm import Algorithm
from containers.errors import PlatformError


def algorithms(family: str) -> dict[str, Algorithm[Any, Any, Any]]:
    """The algorithms of a family by name.

    ``family`` is the name of a folder beside this module, or the dotted name of a package of yours.
    """
    package_name = family if "." in family else f"containers.{family}"
    try:
        package = importlib.import_module(package_name)
    except ModuleNotFoundError as error:
        if error.name is None or not package_name.startswith(error.name):
            raise
        raise PlatformError(f"ALGORITHM_FAMILY is {family!r}, but there is no package {package_name}") from error
    modules = (
        importlib.import_module(f"{package_name}.{info.name}") for info in pkgutil.iter_modules(package.__path__)
    )
    found = [module.ALGORITHM for module in modules if hasattr(module, "ALGORITHM")]
    return {algorithm.name: algorithm for algorithm in found}


def find(family: str, name: str | None) -> Algorithm[Any, Any, Any]:
    """The algorithm ``name`` of a family, or its only one where ``name`` is None."""
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
