"""The native model file ``xgboost-model``: ours, and that of SageMaker's own XGBoost image."""

from __future__ import annotations

import re
from pathlib import Path

import xgboost

from contract.errors import ArtifactError
from contract.native_files import native_files

NAME = "xgboost-model"
"""One model; k-fold training writes xgboost-model-0, xgboost-model-1 … instead."""
OTHER_SUFFIXES = (".json", ".ubj", ".bst", ".model", ".xgb")
OURS = ("manifest.json", "evaluation.json")

_PICKLE = b"\x80"
_UBJSON_VERSION = re.compile(rb"version\[#L.{8}(?P<numbers>.+?)}$", re.DOTALL)
_JSON_VERSION = re.compile(rb'"version"\s*:\s*\[(?P<numbers>[\d,\s]+)\]\s*}\s*$')
_BASE_SCORE = b"L" + len(b"base_score").to_bytes(8, "big") + b"base_scoreSL"
"""The key, and that a text of so many bytes follows: the length is a big-endian integer of eight bytes."""
_UBJSON_INTEGER_BYTES = {b"i": 1, b"U": 1, b"I": 2, b"l": 4, b"L": 8}


def find(directory: Path) -> list[Path]:
    """The model files of a directory, in order. Raises ``ArtifactError`` that says what was seen."""
    files = native_files(directory)
    named = [path for path in files if re.fullmatch(rf"{NAME}(-\d+)?", path.name)]
    others = [path for path in files if path.suffix in OTHER_SUFFIXES and path.name not in OURS]
    if len(others) > 1:  # MLflow's folders hold other JSON files
        others = [path for path in others if _begins_as_a_model(path)]
    if named or len(others) == 1:
        return sorted(named, key=lambda path: int(path.name.rpartition("-")[2]) if path.name != NAME else -1) or others
    seen = ", ".join(path.name for path in files) or "no file"
    raise ArtifactError(f"no file {NAME} in the model directory, which holds: {seen}")


def _begins_as_a_model(path: Path) -> bool:
    with path.open("rb") as file:
        return b"learner" in file.read(64)


def load(path: Path) -> xgboost.Booster:
    """Loads one native model. Raises ``ArtifactError`` for a pickle and for a model that a newer library wrote."""
    raw = path.read_bytes()
    if raw.startswith(_PICKLE):
        raise ArtifactError(
            f"{path.name} is a Python pickle, which could run any program and is not loaded; "
            "load it where it was made and write it again with booster.save_model('xgboost-model.json')"
        )
    if not raw.startswith(b"{"):  # the library ends the whole process over some of these, an empty file for one
        raise ArtifactError(
            f"{path.name} is not a model in JSON or UBJSON (perhaps in the old binary format, which XGBoost 3 does not "
            "read); load it in the version that made it and write it with booster.save_model('xgboost-model.json')"
        )
    if raw[1:2] in _UBJSON_INTEGER_BYTES and saved_version(raw) is None:  # the library may crash over it
        raise ArtifactError(f"{path.name} does not end as a model in UBJSON does: it was cut off; upload it again")
    _check_version(path.name, raw)
    try:
        return xgboost.Booster(model_file=bytearray(raw))
    except (xgboost.core.XGBoostError, ValueError) as error:
        cause = str(error).strip().splitlines()[0]
        raise ArtifactError(
            f"{path.name} is not a model that XGBoost {xgboost.__version__} reads ({cause}); "
            "write it with booster.save_model as JSON or UBJSON"
        ) from error


def portable(booster: xgboost.Booster) -> bytes:
    """A model in UBJSON that XGBoost 1.7 to 3 read alike.

    Since version 3.1 the library writes the first prediction, ``base_score``, as a list. Older readers take no list and
    answer from 0.5 instead, without an error; all read one number. Several different numbers have no older form.
    """
    raw = bytes(booster.save_raw("ubj"))
    start = raw.index(_BASE_SCORE) + len(_BASE_SCORE)
    end = start + 8 + int.from_bytes(raw[start : start + 8], "big")
    numbers = set(raw[start + 8 : end].strip(b"[]").split(b","))
    if len(numbers) > 1:
        return raw
    number = numbers.pop()
    return raw[:start] + len(number).to_bytes(8, "big") + number + raw[end:]


def _check_version(name: str, raw: bytes) -> None:
    """A newer library's model may load without an error and answer wrongly, so it is refused."""
    saved = saved_version(raw)
    ours = tuple(int(part) for part in xgboost.__version__.split(".")[:2])
    if saved is not None and saved[:2] > ours:
        raise ArtifactError(
            f"{name} was written by XGBoost {'.'.join(map(str, saved))}, this image has {xgboost.__version__}; "
            "serve it with an image of that version or newer"
        )


def saved_version(raw: bytes) -> tuple[int, ...] | None:
    """The version of the library that wrote a JSON or UBJSON model, or None where the bytes do not say."""
    if match := _JSON_VERSION.search(raw[-200:]):
        return tuple(int(number) for number in match["numbers"].split(b","))
    if match := _UBJSON_VERSION.search(raw[-200:]):
        return _ubjson_integers(match["numbers"])
    return None


def _ubjson_integers(data: bytes) -> tuple[int, ...]:
    numbers, at = [], 0
    while at < len(data):
        size = _UBJSON_INTEGER_BYTES.get(data[at : at + 1], len(data))
        numbers.append(int.from_bytes(data[at + 1 : at + 1 + size], "big"))
        at += 1 + size
    return tuple(numbers)
