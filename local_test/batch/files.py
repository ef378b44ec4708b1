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
from local_test.errors import InvalidArgument

UNFINISHED = ".transform-"
"""Prefix of the folder of a transform that runs, or was killed."""


def objects(data: Path) -> dict[str, Path]:
    """Every file by its key below the data, in the order of the keys. Raises InvalidArgument where there is none."""
    if not data.exists():
        raise InvalidArgument(f"data: no file or folder {data}")
    if data.is_file():
        return {data.name: data}
    files = [Path(at, name) for at, _, names in os.walk(data, followlinks=True) for name in names]
    if not files:
        raise InvalidArgument(f"data: no file in {data}")
    return dict(sorted((file.relative_to(data).as_posix(), file) for file in files))


@contextlib.contextmanager
def store(output: Path, data: Path) -> Iterator[Path]:
    """A folder whose content comes into ``output`` at the end; nothing of it where an error or Ctrl-C ends it.

    What an earlier transform left goes at the end too; an output folder that holds anything else is refused.
    """
    _check(output, data)
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=output, ignore_cleanup_errors=True) as folder:
        yield Path(folder)
        _clear(output)
        for file in sorted(path for path in Path(folder).rglob("*.out") if path.is_file()):
            target = output / file.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(file, target)


def _check(output: Path, data: Path) -> None:
    if output.exists() and not output.is_dir():
        raise InvalidArgument(f"output {output} is a file: give a folder with --output")
    if data.is_dir() and output.resolve().is_relative_to(data.resolve()):
        raise InvalidArgument(f"output {output} lies in the data: its files would be read the next time")
    if not (output / SUMMARY).is_file() and any(map(_foreign, _inside(output))):
        raise InvalidArgument(
            f"output folder {output} is not empty and holds no earlier transform: give another --output"
        )


def _inside(output: Path) -> Iterator[Path]:
    """Paths of the files in a folder, seen from it."""
    return (path.relative_to(output) for path in output.rglob("*") if not path.is_dir())


def _foreign(path: Path) -> bool:
    return path != Path(LOG) and not path.parts[0].startswith(UNFINISHED)


def _clear(output: Path) -> None:
    """Without the files of an earlier transform; its summary stays until the new one takes its place."""
    for name in _files_of(output / SUMMARY):
        (output / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # a folder that still holds something stays
            for folder in Path(name).parents[:-1]:
                (output / folder).rmdir()


def _files_of(summary: Path) -> list[str]:
    try:
        return [str(name) for name in json.loads(summary.read_text(encoding="utf-8"))["Files"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []
