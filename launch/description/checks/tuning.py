"""Tuning: what is made better, and where it is searched."""

from __future__ import annotations

import math
from collections.abc import Iterator

from launch.declaration import Declared, DeclaredMetric
from launch.description.checks import ranges
from launch.description.job import Job
from launch.description.metrics import PARAMETER, alike, channels, is_named, of_job
from launch.description.mistakes import Mistake, Place
from launch.description.tuning import ParameterRange, Tuning
from launch.description.validation_messages import did_you_mean, shown

EPOCHS = ("epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs")
"""Hyperparameters by which Hyperband knows how long jobs are."""
MAX_JOBS = 750


def mistakes(job: Job, declared: Declared) -> Iterator[Mistake]:
    """Finds mistakes in the part ``tuning``."""
    tuning = job.tuning
    if tuning is None:
        return
    found = [*_objective(job, tuning, declared), *_jobs(tuning)]
    found += [*_grid(tuning), *_hyperband(job, tuning), *ranges.problems(job, tuning, declared)]
    for key, text in found:
        yield Mistake(("tuning", *key), text)


def _objective(job: Job, tuning: Tuning, declared: Declared) -> Iterator[tuple[Place, str]]:
    logged = of_job(job, declared)
    metric = next((one for one in logged if one.name == tuning.metric), None)
    if metric is None:
        yield ("metric",), _unknown(job, tuning.metric, declared, [one.name for one in logged])
        return
    if alike(metric, declared) and not is_named(metric, job):
        yield ("metric",), _unclear(metric, declared)
    if metric.direction is None and tuning.goal is None:
        yield ("goal",), f"is needed: {declared.name} does not say whether more or less of {metric.name} is better"
    elif metric.direction and tuning.goal and metric.direction.lower() != tuning.goal:
        yield ("goal",), f"{tuning.goal} is the wrong way: {metric.name} is better {_side(metric)}; leave it out"


def _side(metric: DeclaredMetric) -> str:
    return "when it is less" if metric.direction == "Minimize" else "when it is more"


def _unknown(job: Job, name: str, declared: Declared, logged: list[str]) -> str:
    absent = next((one for one in declared.metrics if one.name == name), None)
    if absent is not None and absent.channel not in channels(job, declared):
        return f"{name} is measured on the channel {absent.channel}, which the job has not; give it, or another metric"
    if not declared.metrics:
        return f"{declared.name} logs no metric that can be tuned"
    forms = [one.name for one in declared.metrics if PARAMETER in one.name and one.channel in channels(job, declared)]
    bare = name.rpartition(":")[2].lower()
    same = [one for one in logged if one.rpartition(":")[2].lower() == bare]
    hint = f", did you mean {' or '.join(same)}?" if same else did_you_mean(name, logged)
    hint = hint or f"; it logs {', '.join([*logged, *forms])}"
    return f"{declared.name} has no metric {shown(name)} on the channels of the job{hint}"


def _unclear(metric: DeclaredMetric, declared: Declared) -> str:
    setting = next((name for name in declared.hyperparameters if name.endswith("metric")), "")
    example = f" ({setting}: {metric.metric})" if setting else ""
    return f"the log tells one metric only, whatever it is: let a hyperparameter name {metric.metric}{example}"


def _jobs(tuning: Tuning) -> Iterator[tuple[Place, str]]:
    if tuning.strategy != "Grid" and "parallel" in tuning.model_fields_set and tuning.parallel > tuning.jobs:
        yield ("parallel",), f"{tuning.parallel} jobs at once are more than all jobs, {tuning.jobs}"


def _grid(tuning: Tuning) -> Iterator[tuple[Place, str]]:
    if tuning.strategy != "Grid":
        return
    numbers = [name for name, searched in tuning.ranges.items() if isinstance(searched, ParameterRange)]
    for name in numbers:
        yield ("ranges", name), "Grid tries choices, not ranges: give a list of values, or another strategy"
    count = math.prod(len(searched) for searched in tuning.ranges.values() if not isinstance(searched, ParameterRange))
    if not numbers and count > MAX_JOBS:
        yield ("ranges",), f"Grid would run {count} jobs, one for each combination; {MAX_JOBS} are the most"
    if not numbers and "jobs" in tuning.model_fields_set and tuning.jobs != count:
        yield ("jobs",), f"Grid runs {count} jobs, one for each combination of the ranges; leave this out"


def _hyperband(job: Job, tuning: Tuning) -> Iterator[tuple[Place, str]]:
    if tuning.strategy != "Hyperband":
        for key in ("min_resource", "max_resource"):
            if getattr(tuning, key) is not None:
                yield (key,), f"is for the strategy Hyperband, this is {tuning.strategy}; leave it out"
        return
    if "early_stopping" in tuning.model_fields_set and tuning.early_stopping:
        yield ("early_stopping",), "Hyperband stops jobs by rules of its own; leave this out"
    if tuning.max_resource is None and not any(name in job.hyperparameters for name in EPOCHS):
        yield ("max_resource",), "Hyperband must know how long a job is: give the epochs or rounds that it may have"
    if tuning.min_resource and tuning.max_resource and tuning.min_resource > tuning.max_resource:
        yield ("min_resource",), f"{tuning.min_resource} is more than max_resource, {tuning.max_resource}"
