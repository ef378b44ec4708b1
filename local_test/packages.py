"""Locates a family that is a package of the user's, such as ``mine.family``."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path

from local_test.errors import InvalidArgument


def variables(family: str) -> dict[str, str]:
    """The PYTHONPATH by which a program finds the family that this Python finds; empty for one of the project's."""
    return {"PYTHONPATH": str(folder_of(family))} if "." in family else {}


def folder_of(package: str) -> Path:
    """The folder that has to be on PYTHONPATH for a package; those around it are imported, the package itself is not.

    Raises InvalidArgument where there is no such package.
    """
    importlib.invalidate_caches()  # a notebook may have written it a moment ago
    try:
        found = importlib.util.find_spec(package)
    except (ImportError, ValueError) as error:
        if _is_another(error, package):
            raise InvalidArgument(f"{package} cannot be imported: {error}") from error
        found = None
    if found is None or not found.submodule_search_locations:
        top = package.partition(".")[0]
        raise InvalidArgument(
            f"there is no package {package}: put the folder that holds {top}/ on PYTHONPATH (or sys.path)"
        )
    return Path(next(iter(found.submodule_search_locations))).resolve().parents[package.count(".")]


def _is_another(error: ImportError | ValueError, package: str) -> bool:
    """Whether something else is missing than the package itself or one of those around it."""
    name = getattr(error, "name", None)
    return name is None or not f"{package}.".startswith(f"{name}.")
