"""The three files of a model: ``model_algo-1`` (FAISS index), ``.labels`` (float32 numbers) and ``.json``.

``k`` and ``predictor_type`` in the JSON file may be edited: the model then predicts accordingly, without a training.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from containers.sklearn.knn import index_file
from containers.sklearn.knn.hyperparameters import PREDICTOR_TYPES, REDUCTIONS
from containers.sklearn.knn.index import Index
from containers.sklearn.knn.model import Embedding, NeighbourModel
from containers.sklearn.knn.reduction import GENERATOR, Reduction
from containers.sklearn.model_file import NAME
from contract.data import Float32
from contract.errors import ArtifactError

LABELS = f"{NAME}.labels"
SETTINGS = f"{NAME}.json"
VERSION = "1.0"
_INT32 = (1 << 31) - 1


def save(model: NeighbourModel, directory: Path) -> None:
    """Writes the three files."""
    index_file.write(model.index, directory / NAME)
    model.labels.astype("<f4").tofile(directory / LABELS)
    reduction = model.embedding.reduction
    settings = {
        "k": model.k,
        "predictor_type": model.predictor_type,
        "dimension_reduction": _reduction_json(reduction) if reduction else None,
        "normalize": model.embedding.normalize,
        "feature_dim": model.feature_dim,
        "version": VERSION,
    }
    (directory / SETTINGS).write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def load(directory: Path) -> NeighbourModel:
    """Reads the three files. Raises ``ArtifactError`` where one is missing, damaged or contradicts another."""
    for name in (NAME, LABELS, SETTINGS):
        if not (directory / name).is_file():
            found = ", ".join(sorted(path.name for path in directory.iterdir())) or "nothing"
            raise ArtifactError(f"no file {name} in the model directory, which holds: {found}")
    settings = _settings(directory / SETTINGS)
    index = index_file.read(directory / NAME)
    labels = _labels(directory / LABELS, index)
    reduction = _reduction(settings.get("dimension_reduction"))
    feature_dim = _whole(settings, "feature_dim", reduction.input_dim if reduction else index.d)
    _check_sizes(index, feature_dim, reduction)
    embedding = Embedding(reduction, _flag(settings, "normalize"), index.d)
    return NeighbourModel(index, labels, _whole(settings, "k"), _predictor_type(settings), feature_dim, embedding)


def _settings(path: Path) -> Mapping[str, Any]:
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ArtifactError(f"{path.name} cannot be read ({error}): it was damaged or edited wrongly") from error
    if not isinstance(settings, dict):
        raise ArtifactError(f'{path.name} holds no JSON object such as {{"k": 5, "predictor_type": "classifier"}}')
    return settings


def _labels(path: Path, index: Index) -> Float32:
    if path.stat().st_size != 4 * index.ntotal:
        raise ArtifactError(
            f"{path.name} has {path.stat().st_size} bytes, the {index.ntotal} vectors of {NAME} need "
            f"{4 * index.ntotal}: the files are of different models, or damaged"
        )
    labels = np.fromfile(path, "<f4").astype(np.float32, copy=False)
    if not np.isfinite(labels).all():
        raise ArtifactError(f"{path.name} holds labels that are no finite numbers: it is damaged")
    return labels


def _reduction_json(reduction: Reduction) -> dict[str, Any]:
    return {
        "type": reduction.kind,
        "seed": reduction.seed,
        "target_dim": reduction.target_dim,
        "input_dim": reduction.input_dim,
        "generator": GENERATOR,
    }


def _reduction(entry: Any) -> Reduction | None:
    if entry is None:
        return None
    if not isinstance(entry, dict) or entry.get("type") not in REDUCTIONS:
        raise ArtifactError(f"{SETTINGS}: dimension_reduction is none of {', '.join(REDUCTIONS)}, nor null")
    if entry.get("generator") != GENERATOR:
        raise ArtifactError(
            f"{SETTINGS}: the projection of dimension_reduction was drawn by another program and cannot be drawn again "
            "here; train the model with this image"
        )
    seed = _whole(entry, "seed", low=0)
    return Reduction(entry["type"], seed, _whole(entry, "input_dim"), _whole(entry, "target_dim"))


def _check_sizes(index: Index, feature_dim: int, reduction: Reduction | None) -> None:
    vector = reduction.target_dim if reduction else feature_dim
    if reduction and reduction.input_dim != feature_dim:
        raise ArtifactError(f"{SETTINGS}: feature_dim {feature_dim} is not the input_dim {reduction.input_dim}")
    quantised = hasattr(index, "pq")
    if vector > index.d or (vector < index.d and (reduction or not quantised)) or index.d - vector >= 96:
        raise ArtifactError(f"{SETTINGS} speaks of {vector} dimensions, the index {NAME} has {index.d}")


def _whole(entry: Mapping[str, Any], key: str, default: int | None = None, low: int = 1) -> int:
    value = entry.get(key, default)
    if type(value) is not int or not low <= value <= _INT32:
        raise ArtifactError(f"{SETTINGS}: {key} is {value!r}, expected a whole number from {low} on")
    return value


def _flag(entry: Mapping[str, Any], key: str) -> bool:
    value = entry.get(key, False)
    if not isinstance(value, bool):
        raise ArtifactError(f"{SETTINGS}: {key} is {value!r}, expected true or false")
    return value


def _predictor_type(settings: Mapping[str, Any]) -> str:
    value = settings.get("predictor_type")
    if value not in PREDICTOR_TYPES:
        raise ArtifactError(f"{SETTINGS}: predictor_type is {value!r}, expected {' or '.join(PREDICTOR_TYPES)}")
    return str(value)
