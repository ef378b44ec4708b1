"""Reads the ``declaration.json`` of a family: hyperparameters, channels and metrics, without the family's library."""

from __future__ import annotations

import importlib
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from contract.hyperparameters import Hyperparameters, problems_of
from launch.errors import UsageError

FILE = "declaration.json"
GPU = "gpu-requirements.in"
"""Lies beside it where the family's image can be built for GPUs."""
FLAGS = ("distributed", "resumes", "one_record", "holds_out")


@dataclass(frozen=True)
class DeclaredMetric:
    """A metric as a tuning job reads it; of a ``parametrised`` one, name and regex hold ``{parameter}``."""

    metric: str
    name: str
    regex: str
    channel: str
    direction: str | None
    """``Minimize``, ``Maximize``, or None where neither is better."""
    parametrised: bool = False


@dataclass(frozen=True)
class DeclaredChannel:
    """A channel that an algorithm reads."""

    name: str
    required: bool
    aliases: tuple[str, ...]
    content_types: tuple[str, ...]
    """Names of the media types that it may have, the usual one first."""


@dataclass(frozen=True)
class Declared:
    """One algorithm of a family."""

    family: str
    name: str
    hyperparameters: Mapping[str, Mapping[str, Any]]
    """By name: ``type``, ``default``, ``bounds``, ``choices``, ``aliases``, ``tunable``, ``help`` …"""
    parameters_class: str
    channels: tuple[DeclaredChannel, ...]
    request_types: tuple[str, ...]
    metrics: tuple[DeclaredMetric, ...]
    distributed: bool
    resumes: bool
    one_record: bool
    holds_out: bool
    """Whether records of the train channel are held out, and validated on, where there is no validation channel."""
    gpu: bool
    """Whether the family's image can be built for GPUs."""

    def problems(self, texts: Mapping[str, str]) -> list[str]:
        """Everything that is wrong with a job's hyperparameters, a text ``name: what`` each."""
        module, _, name = self.parameters_class.partition(":")
        parameters: type[Hyperparameters] = getattr(importlib.import_module(module), name)
        return problems_of(parameters, texts)

    def content_types(self, channel: str) -> tuple[str, ...]:
        """The media types that a channel may have, by any of its names; the first one's where it is unknown."""
        known = (each for each in self.channels if channel in (each.name, *each.aliases))
        return next(known, self.channels[0]).content_types

    def canonical(self, hyperparameter: str) -> str:
        """The name of a hyperparameter that may have been called by another of its names."""
        for name, declared in self.hyperparameters.items():
            if hyperparameter == name or hyperparameter in declared["aliases"]:
                return name
        return hyperparameter


@cache
def algorithms(family: str) -> dict[str, Declared]:
    """The algorithms of a family by name. Raises ``UsageError`` where there is no such family."""
    content = json.loads(_file(family).read_text(encoding="utf-8"))
    return {name: _declared(family, name, entry) for name, entry in content["algorithms"].items()}


def families() -> list[str]:
    """The families of this project that are there."""
    folder = _folder("containers")
    return sorted(path.parent.name for path in folder.glob(f"*/{FILE}")) if folder else []


def find(family: str, name: str) -> Declared:
    """The algorithm ``name`` of a family, or its only one where ``name`` is empty."""
    known = algorithms(family)
    if not name and len(known) == 1:
        return next(iter(known.values()))
    if name not in known:
        said = f"there is no algorithm {name!r}" if name else "several algorithms"
        raise UsageError(f"{said} in the family {family}: give `algorithm`, one of {', '.join(sorted(known))}")
    return known[name]


def _file(family: str) -> Path:
    folder = _folder(family if "." in family else f"containers.{family}")
    if folder is None and "." in family:
        raise UsageError(f"there is no package {family}: put the folder that holds it on PYTHONPATH")
    if folder is None:
        raise UsageError(f"there is no family {family!r}: choose one of {', '.join(families())}, or name a package")
    if not (folder / FILE).is_file():
        raise UsageError(f"{folder} has no {FILE}: write it with `python -m contract.declaration {family}`")
    return folder / FILE


def _folder(package: str) -> Path | None:
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return None
    return Path(next(iter(spec.submodule_search_locations))) if spec and spec.submodule_search_locations else None


def _declared(family: str, name: str, entry: Mapping[str, Any]) -> Declared:
    return Declared(
        family=family,
        name=name,
        hyperparameters=entry["hyperparameters"],
        parameters_class=entry["hyperparameters_class"],
        channels=tuple(
            DeclaredChannel(one["name"], one["required"], tuple(one["aliases"]), tuple(one["content_types"]))
            for one in entry["channels"]
        ),
        request_types=tuple(entry["request_types"]),
        metrics=tuple(DeclaredMetric(**metric) for metric in entry["metrics"]),
        gpu=(_file(family).parent / GPU).is_file(),
        **{flag: entry[flag] for flag in FLAGS},
    )
