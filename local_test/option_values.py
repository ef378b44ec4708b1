"""Parses the texts of command line options into values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from local_test.errors import InvalidArgument
from local_test.request import LocalChannel

_CHANNEL_OPTIONS = ("content_type", "input_mode")
_MEDIA_TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".jsonl": "application/jsonlines",
    ".jsonlines": "application/jsonlines",
    ".libsvm": "text/libsvm",
    ".svm": "text/libsvm",
    ".parquet": "application/x-parquet",
    ".npy": "application/x-npy",
    ".rec": "application/x-recordio-protobuf",
    ".recordio": "application/x-recordio-protobuf",
    ".pbr": "application/x-recordio-protobuf",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".txt": "text/plain",
}


def channel_of(text: str, told: Mapping[str, Mapping[str, str]] | None = None) -> LocalChannel:
    """``train=data/train.csv,content_type=text/csv`` as a channel; a comma in a path is no trouble.

    ``told``: options of channels by name, for what the text leaves open.
    """
    name, equals, rest = text.partition("=")
    path, *extras = re.split(r",(?=\w+=)", rest)
    if not equals or not path:
        raise InvalidArgument(f"--channel {text!r}: write NAME=PATH, for example train=data/train.csv")
    options = dict(extra.split("=", 1) for extra in extras)
    unknown = sorted(options.keys() - set(_CHANNEL_OPTIONS))
    if unknown:
        raise InvalidArgument(f"--channel {text!r}: {unknown[0]!r} is none of {', '.join(_CHANNEL_OPTIONS)}")
    return LocalChannel(name, Path(path).expanduser(), **{**(told or {}).get(name, {}), **options})


def pairs_of(texts: Iterable[str], option: str) -> dict[str, str]:
    """``["a=1", "b=x=y"]`` as ``{"a": "1", "b": "x=y"}``; of a name given twice the last one counts."""
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InvalidArgument(f"{option} {text!r}: write NAME=VALUE")
        pairs[name] = value
    return pairs


def hyperparameters_in(file: Path) -> dict[str, str]:
    """A JSON object of hyperparameters; what is not a string is written as JSON, as the SDK does."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidArgument(f"--hyperparameters {file}: {error}") from error
    if not isinstance(content, dict):
        raise InvalidArgument(f"--hyperparameters {file}: one JSON object of names and values is needed")
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in content.items()}


def content_type_of(payload: str) -> str:
    """The media type that a payload's suffix stands for."""
    suffix = Path(payload).suffix.lower()
    if suffix not in _MEDIA_TYPES:
        raise InvalidArgument(f"no media type is known for {payload!r}: give --content-type, for example text/csv")
    return _MEDIA_TYPES[suffix]
