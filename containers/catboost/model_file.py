"""The native model file ``model``: ours, that of SageMaker's CatBoost, and what the library itself saves."""

from __future__ import annotations

from pathlib import Path

import catboost
from catboost import CatBoost, CatBoostError

from containers.catboost.model import Model, problem_of
from contract.errors import ArtifactError
from contract.native_files import begins_with, native_files

NAME = "model"
SUFFIXES = (".cbm", ".cb")
"""The library's own, and that of MLflow."""

_HEAD = b"CBM1"
_HEAD_SIZE = 8
"""Four letters and the size of the trees."""


def find(directory: Path) -> Path:
    """The model file of a directory. Raises ``ArtifactError`` that says what was seen."""
    files = native_files(directory)
    others = [path for path in files if path.suffix in SUFFIXES or begins_with(path, _HEAD)]
    named = [path for path in files if path.name == NAME] or others
    if len(named) == 1:
        return named[0]
    if named:
        raise ArtifactError(f"several models, {', '.join(path.name for path in named)}; keep one, as {NAME}")
    seen = ", ".join(path.name for path in files) or "no file"
    raise ArtifactError(f"no file {NAME} in the model directory, which holds: {seen}")


def load(path: Path) -> Model:
    """Loads a model that the library wrote in its binary format. Raises ``ArtifactError``."""
    raw = path.read_bytes()
    _check(path.name, raw)
    try:
        booster = CatBoost().load_model(blob=raw)
    except (CatBoostError, ValueError) as error:
        cause = (str(error).strip() or repr(error)).splitlines()[0]
        raise ArtifactError(
            f"{path.name} is not a model that CatBoost {catboost.__version__} reads ({cause}); write it again with "
            "save_model('model'), or serve it with an image of the version that wrote it"
        ) from error
    if booster.get_text_feature_indices() or booster.get_embedding_feature_indices():
        raise ArtifactError(
            f"{path.name} has features that are texts or vectors; this image serves numbers and categories"
        )
    if not booster.tree_count_:
        raise ArtifactError(f"{path.name} holds no tree; train it again")
    return Model(booster, problem_of(booster))


def _check(name: str, raw: bytes) -> None:
    """The library ends the whole process over a part that is cut off, so the lengths are checked here."""
    if not raw.startswith(_HEAD):
        raise ArtifactError(
            f"{name} is not a model in CatBoost's binary format; write it with save_model('{NAME}', format='cbm')"
        )
    if not _is_whole(raw):
        raise ArtifactError(
            f"{name} is shorter than it says: it was cut off, upload it again (a model with features that are texts "
            "or vectors is not served either)"
        )


def _is_whole(raw: bytes) -> bool:
    """Tells whether all parts are there: the trees, and where categories were learned some tables, each after its size.

    Sizes and numbers are four bytes, little-endian.
    """
    at = _HEAD_SIZE + _number(raw, len(_HEAD))
    if at >= len(raw):
        return at == len(raw)
    tables, at = _number(raw, at), at + 4
    for _ in range(tables):
        if at + 4 > len(raw):
            return False
        at += 4 + _number(raw, at)
    return at <= len(raw)


def _number(raw: bytes, at: int) -> int:
    return int.from_bytes(raw[at : at + 4], "little")


def save(model: Model, path: Path) -> None:
    """Writes the library's binary format."""
    model.booster.save_model(str(path), format="cbm")
