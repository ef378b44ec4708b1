"""The file ``model_algo-1``: arrays, numbers and texts as skops keeps them, without pickle.

No type is trusted but those written down here: what the models of this family are made of.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile, ZipInfo

import skops.io  # here and not below: it takes a second, once before a server forks its workers

from contract.errors import ArtifactError

NAME = "model_algo-1"
"""As in the archives of SageMaker's first-party algorithms (whose own content is another)."""

TRUSTED = frozenset(
    {
        *(("builtins", kind) for kind in ("dict", "list", "tuple", "str", "int", "float", "bool")),
        *(("numpy", kind) for kind in ("ndarray", "float64", "float32", "int64", "bool")),
    }
)
"""Types that a file may name, by module and name."""
LOADERS = frozenset({"DictNode", "ListNode", "TupleNode", "JsonNode", "NdArrayNode", "TypeNode"})
"""What skops may make of an entry."""


def save(directory: Path, content: Mapping[str, Any]) -> None:
    """Writes ``content``: dictionaries and lists of numbers, texts and numpy arrays.

    The same content gives the same bytes.
    """
    draft = directory / f".{NAME}"
    skops.io.dump(content, draft)
    _renumber(draft, directory / NAME)
    draft.unlink()


def load(directory: Path) -> Any:
    """Reads what ``save`` wrote.

    Raises ``ArtifactError`` for a file that is missing, damaged or names a type that is not trusted.
    """
    path = directory / NAME
    if not path.is_file():
        found = ", ".join(sorted(entry.name for entry in directory.iterdir())) or "nothing"
        raise ArtifactError(f"no file {NAME} in the model directory, which holds: {found}")
    try:
        _check_types(path)
        return skops.io.load(path, trusted=[])
    except ArtifactError:
        raise
    except Exception as error:  # skops, zipfile and numpy raise a dozen classes over damaged bytes
        raise ArtifactError(f"{NAME} is damaged ({error}): upload the model archive again") from error


def _check_types(path: Path) -> None:
    with ZipFile(path) as archive:
        schema = json.loads(archive.read("schema.json"))
    for entry in _entries(schema):
        named = entry.get("__module__"), entry.get("__class__")
        is_array_of_numbers = entry["__loader__"] != "NdArrayNode" or entry.get("type") == "numpy"
        if named not in TRUSTED or entry["__loader__"] not in LOADERS or not is_array_of_numbers:
            what = ".".join(map(str, named)) if is_array_of_numbers else "an array of objects"
            raise ArtifactError(f"{NAME} holds {what}, which this image does not trust: it did not write the file")


def _entries(node: Any) -> Iterator[Mapping[str, Any]]:
    """Every entry of a schema of skops."""
    if isinstance(node, dict):
        if "__loader__" in node:
            yield node
        for child in node.values():
            yield from _entries(child)
    elif isinstance(node, list):
        for child in node:
            yield from _entries(child)


def _renumber(draft: Path, path: Path) -> None:
    """Copies a file of skops, which holds memory addresses and the time, with plain numbers and without the time."""
    with ZipFile(draft) as source, ZipFile(path, "w") as target:
        schema = source.read("schema.json").decode()
        addresses = dict.fromkeys(re.findall(r'"__id__": (\d+)', schema))
        numbers = {address: str(number) for number, address in enumerate(addresses)}
        target.writestr(
            ZipInfo("schema.json"),
            re.sub(r'("__id__": |"file": ")(\d+)', lambda found: found[1] + numbers.get(found[2], found[2]), schema),
        )
        for name in source.namelist():
            address, dot, ending = name.partition(".")
            if name != "schema.json":
                renamed = ZipInfo(numbers.get(address, address) + dot + ending)
                with source.open(name) as stream, target.open(renamed, "w", force_zip64=True) as copy:
                    shutil.copyfileobj(stream, copy, 1 << 20)
