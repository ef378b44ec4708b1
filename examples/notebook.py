"""Runs a notebook as a reader would, from its first cell to its last, in a kernel of its own."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat.v4 import new_code_cell
from PIL import Image

from examples.errors import ExampleError
from examples.scenario import FOLDER, Scenario

CELL_SECONDS = 600
Progress = Callable[[float, int, int, str], None]
"""Gets the seconds since the beginning, the number of a cell, how many there are, and the heading that it is under."""

_WATCH = "from examples import pictures as _pictures; _pictures.watch(get_ipython())"
_ASK = "import json as _json; print(_json.dumps({'scores': scores, 'empty': _pictures.EMPTY}))"
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class NotebookRun:
    """A notebook that went through."""

    notebook: Any
    """With its new outputs."""
    scores: dict[str, float]
    """Its variable ``scores`` at the end."""
    empty_pictures: list[str]
    """The titles, or the places, of pictures without anything in them."""
    seconds: float


def run(scenario: Scenario, data: Path, runtime: str, progress: Progress = lambda *_: None) -> NotebookRun:
    """Runs all cells with ``DATA`` and ``RUNTIME`` in the environment. Raises ExampleError where a cell fails."""
    content = deepcopy(scenario.notebook)
    client = NotebookClient(
        content,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(FOLDER)}},
    )
    variables = {"DATA": str(data), "RUNTIME": runtime, "PYTHONPATH": str(FOLDER.parent)}
    start = time.monotonic()
    try:
        with client.setup_kernel(env={**os.environ, **variables}):
            _ask(client, content, _WATCH)
            _run_cells(client, content, start, progress)
            told = json.loads(_ask(client, content, _ASK))
    except (CellExecutionError, CellTimeoutError, RuntimeError) as error:  # the last where the kernel dies
        raise ExampleError(_short(error)) from error
    return NotebookRun(content, told["scores"], told["empty"], time.monotonic() - start)


def write(content: Any, file: Path) -> None:
    """Keeps a notebook that was run, without what belongs to the machine that ran it."""
    kept = deepcopy(content)
    kept.metadata = {
        "data": kept.metadata.get("data", {}),
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for number, cell in enumerate(kept.cells, 1):
        cell.metadata = {}
        cell.id = f"cell-{number}"
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = few_colours(output.data["image/png"])
    nbformat.write(kept, file)


def few_colours(picture: str) -> str:
    """A PNG, as base64, with a palette of 256 colours: nobody sees it, and it takes a third of the room."""
    file = io.BytesIO()
    Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB").quantize(256).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def _run_cells(client: NotebookClient, content: Any, start: float, progress: Progress) -> None:
    heading = ""
    for index, cell in enumerate(content.cells):
        if cell.cell_type == "markdown":
            heading = _heading(cell.source) or heading
        elif cell.cell_type == "code":
            progress(time.monotonic() - start, index + 1, len(content.cells), heading)
            client.execute_cell(cell, index)


def _heading(text: str) -> str:
    found = re.search(r"^#+ (.*)$", text, re.MULTILINE)
    return found.group(1) if found else ""


def _ask(client: NotebookClient, content: Any, source: str) -> str:
    """Runs a line that is no cell of the notebook; gives back what it prints."""
    content.cells.append(new_code_cell(source))  # the client puts what it ran into the notebook
    client.execute_cell(content.cells[-1], len(content.cells) - 1, store_history=False)
    cell = content.cells.pop()
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def _short(error: Exception) -> str:
    """The error, and the line of the notebook that it comes from, without colours."""
    if isinstance(error, CellExecutionError):
        lines = _COLOURS.sub("", error.traceback).strip().splitlines()
        arrow = next((line.strip() for line in lines if line.lstrip().startswith("-") and "> " in line), "")
        return "\n".join(filter(None, [f"{error.ename}: {error.evalue}", arrow]))
    return str(error).strip()
