"""Writes the example job of an algorithm for its tests: a job description's job with few of its records."""

from __future__ import annotations

import argparse
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from local_test import console
from local_test.errors import InvalidArgument
from local_test.merged_options import job_of, request_of
from local_test.request import LocalChannel, TrainingRequest
from local_test.tree import config_files

CONFIGURATION = ("hyperparameters.json", "inputdataconfig.json")
TEXTS = ("text/csv", "csv", "text/libsvm", "text/x-libsvm", "libsvm", "application/jsonlines")
"""Media types of which a line is a record."""


def run(options: argparse.Namespace) -> int:
    """Writes the example; always 0, for what cannot be written raises."""
    request = request_of(options, job_of(options))
    request.check()
    for line in write(request, options.output, options.records):
        console.say(line)
    return 0


def write(request: TrainingRequest, folder: Path, records: int) -> Iterator[str]:
    """Lays ``folder/input`` as the platform lays /opt/ml/input; tells what each channel holds.

    Of files of text ``records`` lines a channel are kept, evenly spread; others are copied as they are. Raises
    InvalidArgument where ``folder`` holds an ``input`` that is no such tree, or that a channel is read from.
    """
    _check_apart(folder / "input", request.channels)
    config, data = _fresh(folder / "input")
    for name, content in config_files(request, "/opt/ml").items():
        if name in CONFIGURATION:
            (config / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    for channel in request.channels:
        files = list(_files(channel))
        for source, inside in files:
            target = data / channel.name / inside
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy(channel, source, target, max(1, records // len(files)))
        size = sum(path.stat().st_size for path in (data / channel.name).rglob("*") if path.is_file())
        yield f"channel {channel.name}: {len(files)} file{'s' * (len(files) != 1)}, {size / 1024:.1f} kB"


def _check_apart(root: Path, channels: Sequence[LocalChannel]) -> None:
    """``root`` is emptied: neither may it hold a channel's data nor they it."""
    place = root.resolve()
    for channel in channels:
        source = channel.path.resolve()
        if source.is_relative_to(place) or place.is_relative_to(source):
            where = f"{channel.path}, in or around {root}, which is written anew"
            raise InvalidArgument(f"channel {channel.name!r} is read from {where}: give another --output")


def _fresh(root: Path) -> Sequence[Path]:
    """The empty folders ``config`` and ``data``, in place of those of an earlier example."""
    if root.exists() and not (root / "config" / CONFIGURATION[1]).is_file():
        raise InvalidArgument(f"{root} is there and holds no example job: give another --output")
    shutil.rmtree(root, ignore_errors=True)
    folders = root / "config", root / "data"
    for folder in folders:
        folder.mkdir(parents=True)
    return folders


def _files(channel: LocalChannel) -> Iterator[tuple[Path, Path]]:
    """Every file of a channel, and its place in the channel's folder."""
    if channel.path.is_file():
        yield channel.path, Path(channel.path.name)
        return
    for at, folders, names in os.walk(channel.path, followlinks=True):
        folders.sort()
        for name in sorted(names):
            yield Path(at, name), Path(at, name).relative_to(channel.path)


def _copy(channel: LocalChannel, source: Path, target: Path, records: int) -> None:
    media_type = channel.content_type.partition(";")[0].strip().lower()
    if media_type not in TEXTS or source.suffix == ".gz":
        shutil.copyfile(source, target)
        return
    lines = source.read_bytes().splitlines(keepends=True)
    head = 1 if "header=present" in channel.content_type.replace(" ", "").lower() else 0
    target.write_bytes(b"".join(lines[:head] + _spread(lines[head:], records)))


def _spread(lines: list[bytes], count: int) -> list[bytes]:
    """``count`` of the lines in their order, from everywhere: files are often sorted."""
    if len(lines) <= count:
        return lines
    return [lines[place * len(lines) // count] for place in range(count)]
