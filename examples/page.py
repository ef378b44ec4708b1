"""A notebook as one web page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert import HTMLExporter


def write(content: Any, file: Path) -> Path:
    """Writes text, code, outputs and pictures as HTML; gives back the file."""
    body, _ = HTMLExporter(template_name="lab").from_notebook_node(content)
    file.write_text(body, encoding="utf-8")
    return file
