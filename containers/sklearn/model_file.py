"""The file ``model_algo-1``: an archive of numpy (npz), with texts and numbers in a JSON file among the arrays.

``numpy.load`` opens it. Nothing in it can be executed: arrays of objects, which numpy would have to unpickle, are
refused. Nothing is compressed, so that a model takes no more memory than its file says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from contract.errors import ArtifactError

NAME = "model_algo-1"
"""The name is that in the archives of SageMaker's first-party algorithms (whose content is another)."""
FACTS = "model.json"
LONGEST_REASON = 200
"""Characters of what a library says about damaged bytes, which it may repeat."""
"""The member with everything that is no array: one JSON object."""
ARRAY = ".npy"
"""The ending of the names of arrays' members."""
NUMBERS = "fiub"
"""Kinds of arrays: of floats, whole numbers with and without a sign, and truth values."""
_EARLIER = "schema.json"
"""A member of the files that were written before this format."""


def save(directory: Path, content: Mapping[str, Any]) -> None:
    """Writes ``content``: arrays, and what JSON can hold, by name. The same content gives the same bytes."""
    arrays = {name: value for name, value in content.items() if isinstance(value, np.ndarray)}
    facts = {name: value for name, value in content.items() if name not in arrays}
    with ZipFile(directory / NAME, "w") as archive:
        archive.writestr(ZipInfo(FACTS), json.dumps(facts, ensure_ascii=False))
        for name, array in arrays.items():
            with archive.open(ZipInfo(name + ARRAY), "w", force_zip64=True) as stream:
                npy.write_array(stream, array, allow_pickle=False)


def load(directory: Path) -> dict[str, Any]:
    """Reads what ``save`` wrote. Raises ``ArtifactError`` for a file that is missing, damaged or of another kind."""
    path = directory / NAME
    if not path.is_file():
        found = ", ".join(sorted(entry.name for entry in directory.iterdir())) or "nothing"
        raise ArtifactError(f"no file {NAME} in the model directory, which holds: {found}")
    try:
        with ZipFile(path) as archive:
            return _content(archive)
    except ArtifactError:
        raise
    except Exception as error:  # zipfile, json and numpy raise a dozen classes over damaged bytes
        told = ascii(str(error).partition("\n")[0])[1:-1][:LONGEST_REASON] or type(error).__name__
        raise ArtifactError(f"{NAME} is damaged ({told}): upload the model archive again") from error


def _content(archive: ZipFile) -> dict[str, Any]:
    members = {member.filename: member for member in archive.infolist()}
    if _EARLIER in members:
        raise ArtifactError(f"{NAME} was written by an earlier build, whose models are not read: train the model again")
    facts = json.loads(archive.read(_stored(members.pop(FACTS)))) if FACTS in members else None
    if not isinstance(facts, dict):
        raise ArtifactError(f"{NAME} has no JSON object in {FACTS}: this image did not write it")
    arrays = {name.removesuffix(ARRAY): _array(archive, member) for name, member in members.items()}
    if twice := sorted(facts.keys() & arrays.keys()):
        raise ArtifactError(f"{NAME} holds {', '.join(twice)} twice: this image did not write it")
    return facts | arrays


def _array(archive: ZipFile, member: ZipInfo) -> NDArray[Any]:
    with archive.open(_stored(member)) as stream:
        shape, kind = _header(stream)
        at = stream.tell()
    if kind.kind not in NUMBERS:
        raise ArtifactError(f"{NAME}: {member.filename} is no array of numbers, this image did not write it")
    if at + kind.itemsize * int(np.prod(shape, dtype=object)) != member.file_size:
        raise ArtifactError(f"{NAME} is damaged ({member.filename} is not as long as it says): upload it again")
    with archive.open(member) as stream:
        return npy.read_array(stream, allow_pickle=False)


def _header(stream: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """The shape and type of an array, which numpy would otherwise make room for before it sees what there is."""
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    shape, _, kind = readers[npy.read_magic(stream)](stream)
    return shape, kind


def _stored(member: ZipInfo) -> ZipInfo:
    """The member itself, where it takes no more memory than the file."""
    if member.compress_type != ZIP_STORED or member.file_size != member.compress_size:
        raise ArtifactError(f"{NAME}: {member.filename} is compressed, this image did not write it")
    return member
