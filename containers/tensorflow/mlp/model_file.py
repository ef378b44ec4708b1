"""The files of a model: ``network.keras``, and ``mlp.json``, which says how the network is built.

The network is built from the latter, whose every field is checked; of the former only the weights are read. So nothing
in a model directory can name a class or run code.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from containers.tensorflow.engine import network_file
from containers.tensorflow.mlp.columns import Category, ColumnEncoding
from containers.tensorflow.mlp.hyperparameters import ACTIVATIONS
from containers.tensorflow.mlp.model import MLPModel
from containers.tensorflow.mlp.network import answering
from containers.tensorflow.mlp.plan import NetworkPlan
from contract.builtins.problem import PROBLEM_TYPES, Problem
from contract.errors import ArtifactError

NETWORK, PLAN = "network.keras", "mlp.json"
FORMAT = 1
LARGEST, LEAST = float(np.finfo(np.float32).max), float(np.finfo(np.float32).tiny)


def save(model: MLPModel, directory: Path) -> None:
    """Writes both files; the same model gives the same bytes."""
    network_file.save(model.network, directory / NETWORK)
    content = {"format": FORMAT, "epoch": model.epoch, **asdict(model.plan)}
    (directory / PLAN).write_text(json.dumps(content, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")


def load(directory: Path) -> MLPModel:
    """Reads what ``save`` wrote, ready to answer. Raises ``ArtifactError`` for files that are missing or damaged."""
    for name in (PLAN, NETWORK):
        if not (directory / name).is_file():
            found = ", ".join(sorted(path.name for path in directory.iterdir())) or "nothing"
            raise ArtifactError(f"no file {name} in the model directory, which holds: {found}")
    try:
        fields = _Fields(json.loads((directory / PLAN).read_text(encoding="utf-8")))
        plan, epoch = _plan(fields), fields.whole("epoch")
    except (OSError, ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
        raise ArtifactError(f"{PLAN} is damaged ({error}): upload the model archive again") from error
    return _ready(MLPModel(plan, _network(plan, directory / NETWORK), epoch))


def _network(plan: NetworkPlan, path: Path) -> Any:
    if 4 * plan.weights > path.stat().st_size:
        raise ArtifactError(
            f"{NETWORK} is too small for the network that {PLAN} describes: upload the model archive again"
        )
    network = answering(plan)
    network_file.load_weights(network, path)
    if not all(np.isfinite(weight).all() for weight in network.get_weights()):
        raise ArtifactError(f"{NETWORK} holds weights that are no finite numbers: upload the model archive again")
    return network


def _ready(model: MLPModel) -> MLPModel:
    """The model with its network compiled, so that the first answer is as fast as all others."""
    columns = model.plan.columns
    model.predict_prepared(np.zeros((1, columns.width), np.float32), np.zeros((1, len(columns.categories)), np.int32))
    return model


def _plan(fields: _Fields) -> NetworkPlan:
    if fields.whole("format") > FORMAT:
        raise ArtifactError(f"{PLAN} is of a newer image (format {fields.whole('format')}): serve it with that one")
    problem = fields.inside("problem")
    kind = problem.among("kind", PROBLEM_TYPES[1:])
    return NetworkPlan(
        problem=Problem(kind, _class_count(kind, problem.whole("class_count"))),
        columns=_columns(fields.inside("columns")),
        hidden=fields.list("hidden", _positive),
        activation=fields.among("activation", ACTIVATIONS),
        batch_norm=fields.truth("batch_norm"),
        label_mean=fields.number("label_mean"),
        label_deviation=_deviation(fields.number("label_deviation")),
    )


def _class_count(kind: str, count: int) -> int:
    if {"regression": count == 0, "binary_classification": count == 2}.get(kind, count >= 2):
        return count
    raise ValueError(f"class_count is {count}")


def _columns(fields: _Fields) -> ColumnEncoding:
    count = fields.whole("feature_count")
    columns = ColumnEncoding(
        feature_count=count,
        numbers=fields.list("numbers", _whole),
        mean=fields.list("mean", _finite),
        deviation=fields.list("deviation", _deviation),
        gaps=fields.list("gaps", _whole),
        categories=fields.list("categories", lambda value: _category(_Fields(value))),
    )
    named = sorted([*columns.numbers, *(category.column for category in columns.categories)])
    if len(named) != count or named != list(range(count)) or not count or not set(columns.gaps) <= set(columns.numbers):
        raise ValueError("its columns are not all columns, each once")
    if len(columns.mean) != len(columns.numbers) or len(columns.deviation) not in (0, len(columns.numbers)):
        raise ValueError("not every column of numbers has a mean and a deviation")
    return columns


def _category(fields: _Fields) -> Category:
    size, width = _positive(fields.whole("size")), _positive(fields.whole("width"))
    if size < 2:
        raise ValueError(f"size is {size}")
    return Category(fields.whole("column"), size, width, fields.truth("learned"))


class _Fields:
    """The fields of a JSON object. Every method raises ``KeyError``, ``TypeError`` or ``ValueError``."""

    def __init__(self, values: Any) -> None:
        if not isinstance(values, dict):
            raise TypeError(f"{str(values)[:50]} is no object")
        self._values: Mapping[str, Any] = values

    def inside(self, name: str) -> _Fields:
        return _Fields(self._values[name])

    def whole(self, name: str) -> int:
        return _whole(self._values[name])

    def number(self, name: str) -> float:
        return _finite(self._values[name])

    def truth(self, name: str) -> bool:
        value = self._values[name]
        if not isinstance(value, bool):
            raise TypeError(f"{name} is {value!r}")
        return value

    def among(self, name: str, choices: tuple[str, ...]) -> Any:
        value = self._values[name]
        if value not in choices:
            raise ValueError(f"{name} is {value!r}")
        return value

    def list(self, name: str, item: Callable[[Any], Any]) -> tuple[Any, ...]:
        values = self._values[name]
        if not isinstance(values, list):
            raise TypeError(f"{name} is no list")
        return tuple(item(value) for value in values)


def _whole(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 31:
        raise ValueError(f"{value!r} is no whole number from 0 on")
    return value


def _positive(value: Any) -> int:
    if not _whole(value):
        raise ValueError("0 where there must be 1 or more")
    return int(value)


def _finite(value: Any) -> float:
    """A number that 32 bits can hold, as the network's layers do."""
    if type(value) not in (int, float) or not abs(value) <= LARGEST:
        raise ValueError(f"{value!r} is no finite number of 32 bits")
    return float(value)


def _deviation(value: Any) -> float:
    """Returns what the network divides by: training leaves nothing below the least normal number of 32 bits."""
    if _finite(value) < LEAST:
        raise ValueError(f"{value!r} is no deviation")
    return float(value)
