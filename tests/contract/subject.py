"""What the contract suite tests: an algorithm, in a runtime.

CONTRACT_FAMILY in the environment names the one family whose algorithms it tests: a folder of containers/, or the
dotted name of a package on PYTHONPATH, wherever it lies.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from contract.algorithm import Algorithm
from contract.families import algorithms, package
from contract.hyperparameters import Spec, specs

ROOT = Path(__file__).parents[2]
FAMILIES = sorted(path.parent.name for path in ROOT.glob("containers/*/requirements.txt"))
TOYS = "tests.toys."
TOYS_IMAGE = "open-algorithms/toys:latest"


@dataclass(frozen=True)
class Subject:
    """One algorithm of one family."""

    family: str
    name: str

    @cached_property
    def algorithm(self) -> Algorithm[Any, Any, Any]:
        return algorithms(self.family)[self.name]

    @property
    def example(self) -> Path:
        """A tree with the smallest sensible job; every algorithm brings one."""
        return self._folder / "example" / self.name

    @property
    def is_toy(self) -> bool:
        """Whether it is one of the algorithms that this project has for its tests; they share an image."""
        return self.family.startswith(TOYS)

    @property
    def is_foreign(self) -> bool:
        """Whether its package is none of this project's."""
        return "." in self.family and not self.is_toy

    @property
    def python_path(self) -> str:
        """Where programs outside an image find this project and the family."""
        folders = [self._folder.parents[self.family.count(".")]] if self.is_foreign else []
        return os.pathsep.join(map(str, [*folders, ROOT]))

    @property
    def image(self) -> str:
        """The image that runs it."""
        return TOYS_IMAGE if self.is_toy else f"open-algorithms/{self.family}:latest"

    @cached_property
    def specs(self) -> dict[str, Spec]:
        return {spec.name: spec for spec in specs(self.algorithm.Hyperparameters)}

    @property
    def takes_missing_values(self) -> bool:
        """Whether a record may have empty cells; inputs that are no tables have none."""
        return bool(getattr(self.algorithm.input, "missing", True))

    def reads(self, content_type: str) -> bool:
        return content_type in self.algorithm.input.content_types

    @property
    def _folder(self) -> Path:
        """The family's package."""
        return Path(next(iter(package(self.family).__path__))).resolve()

    def __str__(self) -> str:
        return self.name


MEAN = Subject("tests.toys.mean", "mean")
"""The plainest toy, with tables of numbers."""


def chosen_family() -> str:
    """The one family that is to be tested; empty where all are."""
    return os.environ.get("CONTRACT_FAMILY", "")


def subjects() -> Iterator[Subject]:
    """Every algorithm of every family, and of every toy that brings an example: what a family is, in one folder."""
    toys = sorted(f"{TOYS}{path.parent.name}" for path in ROOT.glob("tests/toys/*/example"))
    for family in [chosen_family()] if chosen_family() else [*FAMILIES, *toys]:
        yield from (Subject(family, name) for name in sorted(algorithms(family)))
