"""The objects of a batch transform: what is read, and where the output lies until all of it is there."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from local_test.batch.result import LOG, SUMMARY
from local_test.errors import UsageError


def objects(data: Path) -> dict[str, Path]:
    """Every file by its key below the data, in the order of the keys. Raises UsageError where there is none."""
    if not data.exists():
        raise UsageError(f"data: no file or folder {data}")
    if data.is_file():
        return {data.name: data}
    files = [Path(at, name) for at, _, names in os.walk(data, followlinks=True) for name in names]
    if not files:
        raise UsageError(f"data: no file in {data}")
    return dict(sorted((file.relative_to(data).as_posix(), file) for file in files))


@contextlib.contextmanager
def store(output: Path, data: Path) -> Iterator[Path]:
    """A folder whose content comes into ``output`` at the end; nothing of it where an error or Ctrl-C ends it.

    What an earlier transform left goes, an output folder that holds anything else is refused.
    """
    _prepare(output, data)
    with tempfile.TemporaryDirectory(prefix=".transform-", dir=output, ignore_cleanup_errors=True) as folder:
        yield Path(folder)
        for file in sorted(Path(folder).rglob("*.out")):
            target = output / file.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(file, target)


def _prepare(output: Path, data: Path) -> None:
    if output.exists() and not output.is_dir():
        raise UsageError(f"output {output} is a file: give a folder with --output")
    if data.is_dir() and output.resolve().is_relative_to(data.resolve()):
        raise UsageError(f"output {output} lies in the data: its files would be read the next time")
    output.mkdir(parents=True, exist_ok=True)
    earlier = output / SUMMARY
    if not earlier.is_file() and any(path.name != LOG for path in output.iterdir()):
        raise UsageError(f"output folder {output} is not empty and holds no earlier transform: give another --output")
    for name in _files_of(earlier):
        (output / name).unlink(missing_ok=True)
    earlier.unlink(missing_ok=True)


def _files_of(summary: Path) -> list[str]:
    try:
        return [str(name) for name in json.loads(summary.read_text(encoding="utf-8"))["Files"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []
