"""The versions of the libraries that are tried, each with what it needs to be installed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

OLD = ("numpy<2", "pandas<2.2", "scikit-learn<1.6", "scipy<1.14")
NEW = ("numpy", "pandas", "scikit-learn", "scipy")


@dataclass(frozen=True)
class Version:
    """``bare`` is installed without its dependencies, which on processors alone are large and of no use."""

    library: str
    number: str
    python: str
    beside: tuple[str, ...]
    package: str = ""
    bare: bool = False

    @property
    def requirement(self) -> str:
        return f"{self.package or self.library}=={self.number}"

    def folder(self, root: Path) -> Path:
        return root / f"{self.library}-{self.number}"


VERSIONS = (
    Version("xgboost", "1.7.6", "3.11", OLD),
    Version("xgboost", "2.1.4", "3.11", OLD, "xgboost-cpu"),
    Version("xgboost", "3.0.5", "3.11", OLD, "xgboost-cpu"),
    Version("xgboost", "3.2.0", "3.11", NEW, "xgboost-cpu"),
    Version("xgboost", "3.4.1", "3.12", NEW, bare=True),
    Version("lightgbm", "3.3.5", "3.11", OLD),
    Version("lightgbm", "4.0.0", "3.11", OLD),
    Version("lightgbm", "4.5.0", "3.11", OLD),
    Version("lightgbm", "4.7.0", "3.11", NEW),
    Version("catboost", "1.1.1", "3.10", ("numpy<2", "pandas<2", "scipy<1.14")),
    Version("catboost", "1.2", "3.11", OLD),
    Version("catboost", "1.2.10", "3.11", NEW),
)
