"""The scenarios: a notebook each, the raw data that it reads, and where these are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat

from examples.errors import ExampleError

FOLDER = Path(__file__).resolve().parent
OUTPUT = FOLDER.parent / "build" / "examples"
"""The folder of the notebooks' files, which has a folder for each."""
_BESIDE = FOLDER.parents[1] / "shared" / "data"


@dataclass(frozen=True)
class Scenario:
    """One notebook of this folder."""

    file: Path

    @property
    def name(self) -> str:
        return self.file.stem

    @cached_property
    def notebook(self) -> Any:
        """As it is kept."""
        return nbformat.read(self.file, as_version=4)

    @property
    def title(self) -> str:
        """Its first heading."""
        return str(self.notebook.cells[0].source).partition("\n")[0].lstrip("# ")

    @property
    def data(self) -> dict[str, str]:
        """The raw files that it reads, seen from the folder of the data, each with the address of its download."""
        return dict(self.notebook.metadata.get("data", {}))

    def check_data(self, folder: Path) -> None:
        """Raises ExampleError that names each raw file that is not there, and where to get it."""
        missing = [f"{name} (from {address})" for name, address in self.data.items() if not _is_there(folder, name)]
        if missing:
            remedy = f"put it into {folder} as the notebook says, or name another folder with DATA=…"
            raise ExampleError(f"{self.name} reads {', '.join(missing)}, which is not there: {remedy}")


def _is_there(folder: Path, name: str) -> bool:
    """Compressed or as it was downloaded."""
    return (folder / name).exists() or (folder / name.removesuffix(".gz")).exists()


def scenarios(names: Sequence[str] = ()) -> list[Scenario]:
    """Those of the names, or all. Raises ExampleError that names an unknown one, and those that there are."""
    known = {file.stem: Scenario(file) for file in sorted(FOLDER.glob("*.ipynb"))}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ExampleError(f"there is no example {unknown[0]!r}, only: {', '.join(known)}")
    return [known[name] for name in names or known]


def data_folder(given: Path | None) -> Path:
    """The folder of the raw data, absolute."""
    if given is not None:
        return given.absolute()
    own = FOLDER.parent / "data"
    return _BESIDE if _BESIDE.is_dir() and not own.is_dir() else own
