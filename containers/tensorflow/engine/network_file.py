"""Networks as files: Keras' own ``.keras``, of which nothing but the numbers is ever read back.

A ``.keras`` file is a zip archive of the network's layers (``config.json``) and its weights (``model.weights.h5``).
Whoever opens it with Keras gets the whole network. This image builds the network itself and takes the weights only, so
that no class that a file names is made and no code that it carries is run.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import h5py
import keras
import numpy as np

from contract.errors import ArtifactError

_WEIGHTS = "model.weights.h5"
_OF_THE_NETWORK = ("layers/", "vars/")
"""The places of a Sequential or Functional model's weights in the HDF5 file; elsewhere is its optimizer."""
_NO_DATE = "1980-01-01@00:00:00"
_NUMBERS = frozenset("biuf")
_PIECE = 1 << 20
_REMEDY = "upload it again as it was written, or train the model again"


def save(model: keras.Model, path: Path) -> None:
    """Writes a Sequential or Functional model that ``keras.saving.load_model(path, safe_mode=True)`` opens.

    The same network gives the same bytes, if model and layers were given names: those that Keras makes up count what
    the process has made before. ``path`` ends in ``.keras``.
    """
    draft = path.with_name(f".{path.name}")
    model.save(draft)
    with ZipFile(draft) as source, ZipFile(path, "w") as target:
        _write(target, "metadata.json", {**json.loads(source.read("metadata.json")), "date_saved": _NO_DATE})
        _write(target, "config.json", _renumbered(json.loads(source.read("config.json")), {}))
        with source.open(_WEIGHTS) as stream, target.open(ZipInfo(_WEIGHTS), "w", force_zip64=True) as copy:
            shutil.copyfileobj(stream, copy, _PIECE)
    draft.unlink()


def load_weights(model: keras.Model, path: Path) -> None:
    """Puts the weights of a ``.keras`` file into a network of the same layers, which somebody else has built.

    Raises ``ArtifactError`` for a file that is missing, damaged or of another network; weights may be replaced in part
    then.
    """
    try:
        with TemporaryDirectory() as folder:
            unpacked = Path(folder) / _WEIGHTS
            _unpack(path, unpacked)
            _check(model, unpacked)
            model.load_weights(unpacked)
        if not all(np.isfinite(weight).all() for weight in model.get_weights()):
            raise ArtifactError(f"holds weights that are no finite numbers: {_REMEDY}")
    except ArtifactError as error:
        raise ArtifactError(f"{path.name} {error}") from error
    except Exception as error:  # zipfile, h5py and Keras raise a dozen classes over damaged bytes
        cause = " ".join(str(error).split())[:300] or type(error).__name__
        raise ArtifactError(f"{path.name} cannot be read ({cause}): {_REMEDY}") from error


def _write(archive: ZipFile, name: str, content: Any) -> None:
    archive.writestr(ZipInfo(name), json.dumps(content))


def _renumbered(node: Any, numbers: dict[int, int]) -> Any:
    """A configuration of Keras with plain numbers instead of memory addresses."""
    if isinstance(node, list):
        return [_renumbered(child, numbers) for child in node]
    if not isinstance(node, dict):
        return node
    if "shared_object_id" in node:
        node = {**node, "shared_object_id": numbers.setdefault(node["shared_object_id"], len(numbers))}
    return {key: _renumbered(child, numbers) for key, child in node.items()}


def _unpack(path: Path, target: Path) -> None:
    """Copies the weights out of the archive. Raises ``ArtifactError`` where they would take more room than in it."""
    with ZipFile(path) as archive:
        if _WEIGHTS not in archive.namelist():
            raise ArtifactError(f"holds no {_WEIGHTS}: it is not a network that Keras has written")
        entry = archive.getinfo(_WEIGHTS)
        if entry.compress_type != ZIP_STORED or entry.file_size > path.stat().st_size:
            raise ArtifactError(f"is packed in a way that Keras does not write: {_REMEDY}")
        with archive.open(entry) as stream, target.open("wb") as copy:
            shutil.copyfileobj(stream, copy, _PIECE)


def _check(model: keras.Model, path: Path) -> None:
    """Raises ``ArtifactError`` unless an HDF5 file holds just the arrays of this network."""
    shapes = _shapes(path)
    wanted = Counter(tuple(variable.shape) for variable in model.weights)
    if shapes != wanted:
        raise ArtifactError(
            f"is of another network: {_told(shapes - wanted) or 'no array'} instead of "
            f"{_told(wanted - shapes) or 'no array'}; use the file that belongs to this model"
        )


def _shapes(path: Path) -> Counter[tuple[int, ...]]:
    """The shapes of the network's arrays. Raises ``ArtifactError`` unless all arrays are numbers in this very file."""
    links: dict[str, Any] = {}
    size = path.stat().st_size
    with h5py.File(path, "r") as file:
        file.visititems_links(links.__setitem__)
        for name, link in links.items():
            if not isinstance(link, h5py.HardLink):
                raise ArtifactError(f"points out of itself at {name}: Keras did not write it, do not use it")
        arrays = {name: file[name] for name in links if file.get(name, getclass=True) is h5py.Dataset}
        for name, array in arrays.items():
            outside = array.external or array.is_virtual
            if outside or array.dtype.kind not in _NUMBERS or array.nbytes > size:
                raise ArtifactError(f"does not hold the numbers of {name}: Keras did not write it, do not use it")
        return Counter(array.shape for name, array in arrays.items() if name.startswith(_OF_THE_NETWORK))


def _told(shapes: Counter[tuple[int, ...]]) -> str:
    """The first few shapes, as ``2 of (3, 3, 16), 1 of (16,)``."""
    return ", ".join(f"{count} of {shape}" for shape, count in sorted(shapes.items())[:3])
