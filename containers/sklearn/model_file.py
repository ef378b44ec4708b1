"""The file ``model_algo-1``: arrays, numbers and estimators as skops keeps them, without pickle."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile, ZipInfo

from containers.errors import ArtifactError

NAME = "model_algo-1"
"""As in the archives of SageMaker's first-party algorithms (whose own content is another)."""


def save(directory: Path, content: Any) -> None:
    """Writes ``content``: dictionaries and lists of numbers, texts, numpy arrays and scikit-learn estimators.

    The same content gives the same bytes.
    """
    import skops.io

    draft = directory / f".{NAME}"
    skops.io.dump(content, draft)
    _renumber(draft, directory / NAME)
    draft.unlink()


def load(directory: Path, trusted: Collection[str] = ()) -> Any:
    """Reads what ``save`` wrote. Types beyond skops's own safe list must be named in ``trusted``, by dotted path.

    Raises ``ArtifactError`` for a file that is missing, damaged or holds a type that is not trusted.
    """
    import skops.io
    from skops.io.exceptions import UnsupportedTypeException, UntrustedTypesFoundException

    path = directory / NAME
    if not path.is_file():
        found = ", ".join(sorted(entry.name for entry in directory.iterdir())) or "nothing"
        raise ArtifactError(f"no file {NAME} in the model directory, which holds: {found}")
    try:
        return skops.io.load(path, trusted=list(trusted))
    except (UntrustedTypesFoundException, UnsupportedTypeException) as error:
        raise ArtifactError(f"{NAME} holds types that this image does not trust: {error}") from error
    except (BadZipFile, KeyError, ValueError, TypeError, EOFError, OSError) as error:
        raise ArtifactError(f"{NAME} is damaged ({error}): upload the model archive again") from error


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
