"""CreateHyperParameterTuningJob."""

from __future__ import annotations

from typing import Any

from launch.declaration import Declared
from launch.description import Job
from launch.description.aws_requirements import require_data
from launch.description.metrics import of_job
from launch.description.ranges import kind_of, scale_of
from launch.description.tuning import ParameterRange, Tuning
from launch.errors import UsageError
from launch.requests.destination import Destination
from launch.requests.names import named
from launch.requests.training import surroundings
from launch.requests.values import fixed, given, tags, text

MAX_NAME = 32
SCALES = {"auto": "Auto", "linear": "Linear", "log": "Logarithmic", "reverse-log": "ReverseLogarithmic"}


def tuning_job(job: Job, declared: Declared, at: Destination) -> dict[str, Any]:
    """The whole request, with its idempotent name.

    Raises ``UsageError`` where the description has no tuning, ``DescriptionError`` where data or models have no place.
    """
    if job.tuning is None:
        raise UsageError(f"{job.name} has no part `tuning`: say which metric, and the ranges to search")
    require_data(job)
    definition = {"StaticHyperParameters": fixed(job, declared), **surroundings(job, declared, at)}
    request = {
        "HyperParameterTuningJobConfig": _config(job, job.tuning, declared),
        "TrainingJobDefinition": given(definition),
        "Tags": tags(job),
    }
    return {"HyperParameterTuningJobName": named(job.name, request, MAX_NAME), **request}


def ranges(tuning: Tuning, declared: Declared) -> dict[str, list[dict[str, Any]]]:
    """ParameterRanges: whole numbers, numbers and choices, by the types that the algorithm declares."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, searched in tuning.ranges.items():
        kind = kind_of(name, searched, declared)
        members = (
            _bounds(name, searched, declared, kind) if isinstance(searched, ParameterRange) else _choices(searched)
        )
        found.setdefault(f"{kind.title()}ParameterRanges", []).append({"Name": name, **members})
    return found


def objective(job: Job, declared: Declared) -> dict[str, str]:
    """The metric, and the side on which it is better. Raises ``UsageError`` for a metric that the job does not log."""
    tuning = job.tuning
    metric = next((one for one in of_job(job, declared) if tuning and one.name == tuning.metric), None)
    better = metric and (metric.direction or (tuning and tuning.goal and tuning.goal.title()))
    if not metric or not better:
        raise UsageError(f"tuning.metric: {job.name} has no such objective; `python -m launch describe` shows them")
    return {"Type": better, "MetricName": metric.name}


def _config(job: Job, tuning: Tuning, declared: Declared) -> dict[str, Any]:
    resources = given({"MinResource": tuning.min_resource, "MaxResource": tuning.max_resource})
    stops = tuning.early_stopping and tuning.strategy != "Hyperband"  # which stops jobs by rules of its own
    members = {
        "Strategy": tuning.strategy,
        "StrategyConfig": {"HyperbandStrategyConfig": resources} if resources else None,
        "HyperParameterTuningJobObjective": objective(job, declared),
        "ResourceLimits": _limits(tuning),
        "ParameterRanges": ranges(tuning, declared),
        "TrainingJobEarlyStoppingType": "Auto" if stops else "Off",
        "RandomSeed": tuning.seed,
    }
    return given(members)


def _limits(tuning: Tuning) -> dict[str, Any]:
    counted = tuning.strategy == "Grid" and "jobs" not in tuning.model_fields_set  # the service counts the choices
    parallel = tuning.parallel if counted else min(tuning.parallel, tuning.jobs)
    members = {
        "MaxNumberOfTrainingJobs": None if counted else tuning.jobs,
        "MaxParallelTrainingJobs": parallel,
        "MaxRuntimeInSeconds": tuning.max_runtime,
    }
    return given(members)


def _bounds(name: str, searched: ParameterRange, declared: Declared, kind: str) -> dict[str, str]:
    low, high = (str(int(end) if kind == "integer" else end) for end in (searched.low, searched.high))
    return {"MinValue": low, "MaxValue": high, "ScalingType": SCALES[scale_of(name, searched, declared)]}


def _choices(values: tuple[Any, ...]) -> dict[str, list[str]]:
    return {"Values": [text(value) for value in values]}
