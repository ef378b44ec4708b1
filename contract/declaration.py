"""Declares as JSON what a family's algorithms take, log and can do, for programs that have none of its libraries.

``python -m contract.declaration xgboost my.algorithms`` writes ``declaration.json`` into the folders of these
families, which are named as everywhere: a folder of ``containers``, or the dotted name of a package of yours.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from contract.algorithm import Algorithm
from contract.errors import ContainerError
from contract.families import algorithms, package
from contract.hyperparameter_values import type_name
from contract.hyperparameters import Hyperparameters, Spec, specs
from contract.metrics import Direction
from contract.scores import PARAMETER, MetricLog

FILE = "declaration.json"
_STAND_IN = "PARAMETER"
"""The stand-in for a parameter in a metric log: letters, which no log escapes in a regex."""


def current(family: str) -> str:
    """Returns the content of a family's file."""
    found = {name: _algorithm(algorithm) for name, algorithm in sorted(algorithms(family).items())}
    return json.dumps({"family": family, "algorithms": found}, indent=2, ensure_ascii=False) + "\n"


def place(family: str) -> Path:
    """Returns the path of that file: beside the ``__init__`` of the family's package."""
    return Path(package(family).__path__[0], FILE)


def metrics(algorithm: Algorithm[Any, Any, Any]) -> list[dict[str, Any]]:
    """Lists everything that a tuner may read from the log of a job, each name and regex once.

    Where ``parametrised``, ``{parameter}`` stands in the regex, and in the name if it tells the parameter. There
    belongs the value, escaped in the regex; a regex for whatever value has ``\\S+`` in its place.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for channel in algorithm.channels:
        names = () if channel.companion else algorithm.metrics.items()
        for metric, direction in names:
            for entry in _entries(algorithm.metric_log, channel.name, metric, direction):
                found.setdefault((entry["name"], entry["regex"]), entry)
    return list(found.values())


def _entries(log: MetricLog, channel: str, metric: str, direction: Direction | None) -> Iterator[dict[str, Any]]:
    """Yields one entry, or none where the log has no definition of such a metric of this channel."""
    definition = log.definition(channel, metric.replace(PARAMETER, _STAND_IN))
    if definition is not None:
        name, regex = (definition[key].replace(_STAND_IN, PARAMETER) for key in ("Name", "Regex"))
        yield {
            "metric": name.removeprefix(f"{channel}:"),
            "name": name,
            "regex": regex,
            "channel": channel,
            "direction": direction,
            "parametrised": PARAMETER in metric,
        }


def _algorithm(algorithm: Algorithm[Any, Any, Any]) -> dict[str, Any]:
    declared: type[Hyperparameters] = algorithm.Hyperparameters
    return {
        "hyperparameters_class": f"{declared.__module__}:{declared.__qualname__}",
        "hyperparameters": {spec.name: _hyperparameter(spec) for spec in specs(declared)},
        "channels": [
            {
                "name": channel.name,
                "required": channel.required,
                "aliases": list(channel.aliases),
                "content_types": list(algorithm.content_types(channel.name)),
            }
            for channel in algorithm.channels
        ],
        "request_types": list(algorithm.input.request_types),
        "distributed": algorithm.distributed,
        "resumes": algorithm.resumes,
        "continues": algorithm.continues,
        "one_record": algorithm.one_record,
        "holds_out": algorithm.holds_out,
        "metrics": metrics(algorithm),
    }


def _hyperparameter(spec: Spec) -> Mapping[str, Any]:
    declaration = spec.declaration
    return {
        "type": type_name(spec.type),
        "required": spec.required,
        "default": None if spec.required or spec.default == () else spec.default,
        "bounds": declaration.bounds.text if declaration.bounds else None,
        "choices": list(declaration.choices),
        "words": list(declaration.words),
        "aliases": list(declaration.aliases),
        "help": declaration.help,
        "tunable": _tunable(spec),
    }


def _tunable(spec: Spec) -> Mapping[str, Any] | None:
    tunable = spec.declaration.tunable
    if not tunable:
        return None
    if isinstance(tunable[0], str):
        return {"kind": "categorical", "values": list(tunable)}
    kind = "integer" if type_name(spec.type) == "integer" else "continuous"
    return {"kind": kind, "min": tunable[0], "max": tunable[1], "scale": spec.declaration.scale}


def main() -> None:
    """Writes the files of the families that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m contract.declaration", description=f"write {FILE}")
    parser.add_argument("family", nargs="+", help="a folder of containers/, or the dotted name of a package")
    for family in parser.parse_args().family:
        try:
            place(family).write_text(current(family), encoding="utf-8")
        except ContainerError as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main()
