"""What the contract suite tests: an algorithm, in a runtime."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from containers.algorithm import Algorithm
from containers.families import algorithms
from containers.hyperparameters import Spec, specs

ROOT = Path(__file__).parents[2]
FAMILIES = sorted(path.parent.name for path in ROOT.glob("containers/*/requirements.txt"))


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
        package = self.family if self.is_toy else f"containers.{self.family}"
        spec = importlib.util.find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        return Path(spec.origin).parent / "example" / self.name

    @property
    def is_toy(self) -> bool:
        return "." in self.family

    @property
    def image(self) -> str:
        """The image that runs it; a toy is a guest in that of the first real family."""
        return f"open-algorithms/{FAMILIES[0] if self.is_toy else self.family}:latest"

    @cached_property
    def specs(self) -> dict[str, Spec]:
        return {spec.name: spec for spec in specs(self.algorithm.Hyperparameters)}

    @property
    def takes_missing_values(self) -> bool:
        """Whether a record may have empty cells; inputs that are no tables have none."""
        return bool(getattr(self.algorithm.input, "missing", True))

    def reads(self, content_type: str) -> bool:
        return content_type in self.algorithm.input.content_types

    def __str__(self) -> str:
        return self.name


def subjects() -> Iterator[Subject]:
    """Every algorithm of every family, and of every toy that brings an example: what a family is, in one folder."""
    toys = sorted(f"tests.toys.{path.parent.name}" for path in ROOT.glob("tests/toys/*/example"))
    for family in [*FAMILIES, *toys]:
        yield from (Subject(family, name) for name in sorted(algorithms(family)))
