"""Print what an algorithm logs and lets be tuned, in the forms of SageMaker's API."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from launch import console, declaration, description
from launch.declaration import Declared, DeclaredMetric
from launch.description import Job, metrics
from launch.errors import UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the verb."""
    parser.add_argument(
        "job", nargs="?", type=Path, metavar="JOB.yaml", help="a job description: exactly what its job is given"
    )
    parser.add_argument("--family", default="", help="instead of a description: everything that the algorithm declares")
    parser.add_argument("--algorithm", default="", help="where the family has several")


def run(options: argparse.Namespace) -> int:
    """Prints one JSON document."""
    if (options.job is None) == (not options.family):
        raise UsageError("give either a job description or --family")
    if options.job is not None and options.algorithm:
        raise UsageError("--algorithm goes with --family; a job description says its algorithm itself")
    if options.job is not None:
        job = description.read(options.job)
        console.show_json(of_job(job, declaration.find(job.family, job.algorithm)))
        return 0
    found = of_algorithm(declaration.find(options.family, options.algorithm))
    console.show_json(found)
    if len(found["MetricDefinitions"]) > metrics.MAX_DEFINITIONS:
        console.note(f"a job takes {metrics.MAX_DEFINITIONS} MetricDefinitions: choose, or give a job description")
    return 0


def of_job(job: Job, declared: Declared) -> dict[str, Any]:
    """The metrics and ranges that the jobs of a description get, and those that they could have."""
    logged = metrics.of_job(job, declared)
    return _document(declared, metrics.definitions(job, declared), logged)


def of_algorithm(declared: Declared) -> dict[str, Any]:
    """All that an algorithm declares. Metrics whose names have a parameter are among the objectives only."""
    fixed = [metrics.with_any_parameter(one) for one in declared.metrics if metrics.PARAMETER not in one.name]
    return _document(declared, metrics.listed(fixed), declared.metrics)


def _document(
    declared: Declared, definitions: list[dict[str, str]], logged: Sequence[DeclaredMetric]
) -> dict[str, Any]:
    return {
        "Family": declared.family,
        "Algorithm": declared.name,
        "MetricDefinitions": definitions,
        "Objectives": [_objective(metric) for metric in logged],
        "TunableParameterRanges": tunable_ranges(declared),
        "Channels": [
            {
                "Name": channel.name,
                "IsRequired": channel.required,
                "Aliases": list(channel.aliases),
                "SupportedContentTypes": list(channel.content_types),
            }
            for channel in declared.channels
        ],
        "ContentTypes": list(declared.channels[0].content_types),
        "RequestTypes": list(declared.request_types),
    }


def tunable_ranges(declared: Declared) -> dict[str, list[dict[str, Any]]]:
    """The widest ranges that the algorithm recommends, as ParameterRanges of a tuning job."""
    found: dict[str, list[dict[str, Any]]] = {
        f"{kind}ParameterRanges": [] for kind in ("Integer", "Continuous", "Categorical")
    }
    for name, entry in declared.hyperparameters.items():
        tunable = entry["tunable"]
        if tunable:
            found[f"{tunable['kind'].title()}ParameterRanges"].append({"Name": name, **_range(tunable)})
    return found


def _range(tunable: dict[str, Any]) -> dict[str, Any]:
    if tunable["kind"] == "categorical":
        return {"Values": tunable["values"]}
    scale = "Logarithmic" if tunable["scale"] == "log" else "Auto"
    return {"MinValue": str(tunable["min"]), "MaxValue": str(tunable["max"]), "ScalingType": scale}


def _objective(metric: DeclaredMetric) -> dict[str, Any]:
    """A metric that is better on neither side has no type."""
    return {"MetricName": metric.name} | ({"Type": metric.direction} if metric.direction else {})
