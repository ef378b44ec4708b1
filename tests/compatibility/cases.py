"""The files of a case; also read by the libraries' environments, so nothing of the project is imported here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def write(folder: Path, rows: Any, answers: Any, kind: str = "value") -> None:
    """Keeps what is asked and what the writer's own library answers; ``kind`` is value or probability."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "request.json").write_text(json.dumps({"rows": _plain(rows), "kind": kind}))
    (folder / "answers.json").write_text(json.dumps(_plain(answers)))


def read(folder: Path) -> tuple[list[list[Any]], str, Any]:
    """The rows, the kind of answer and the answers."""
    request = json.loads((folder / "request.json").read_text())
    return request["rows"], request["kind"], json.loads((folder / "answers.json").read_text())


def folders(root: Path) -> Iterator[Path]:
    """The cases of a folder, by name."""
    return (path.parent for path in sorted(root.glob("*/request.json")))


def model(folder: Path) -> Path:
    """The one model of a case."""
    (path,) = (path for path in folder.iterdir() if path.name not in ("request.json", "answers.json"))
    return path


def _plain(cells: Any) -> Any:
    """Lists of JSON values, NaN as null."""
    if hasattr(cells, "tolist"):
        cells = cells.tolist()
    if isinstance(cells, list | tuple):
        return [_plain(cell) for cell in cells]
    return None if cells != cells else cells
