"""The metrics that a job's log will tell: those that its algorithm declares, for the channels that the job has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from launch.declaration import Declared, DeclaredMetric
from launch.description.hyperparameter_texts import text
from launch.description.job import Job

PARAMETER = "{parameter}"
"""Stands in a declared metric where a job has a value of its own: ``ndcg@{parameter}``."""
MAX_DEFINITIONS, MAX_NAME, MAX_REGEX = 40, 255, 500
"""Limits of CreateTrainingJob."""
UNASKED = 2
"""The rank of metrics that neither the part ``tuning`` nor a hyperparameter names."""


def channels(job: Job, declared: Declared) -> set[str]:
    """The channels that the metrics of a job are of, by their own names.

    An algorithm that ``holds_out`` records of the train channel validates without a validation channel.
    """
    names = {alias: channel.name for channel in declared.channels for alias in (channel.name, *channel.aliases)}
    validated = {"validation"} if declared.holds_out else set()
    return {names.get(name, name) for name in job.channels} | validated


def of_job(job: Job, declared: Declared) -> list[DeclaredMetric]:
    """The metrics of a job: first the tuned one, then those of hyperparameters, then the others, ``train`` last."""
    asked, present = _asked(job), channels(job, declared)
    known = [metric for metric in declared.metrics if metric.channel in present]
    found = [one for metric in known for one in _concrete(metric, asked)]
    return sorted(found, key=lambda metric: (_rank(metric, job), metric.channel == "train"))


def definitions(job: Job, declared: Declared) -> list[dict[str, str]]:
    """The MetricDefinitions of a training job.

    Where several metrics are logged alike, as by a library that says "best" whatever it measures, none of them is
    told that nobody has asked for.
    """
    return listed(_clear(of_job(job, declared), job))[:MAX_DEFINITIONS]


def listed(metrics: Sequence[DeclaredMetric]) -> list[dict[str, str]]:
    """Metrics as MetricDefinitions, each name once, without those that the service refuses."""
    unique = {metric.name: metric.regex for metric in reversed(metrics)}
    fitting = {metric.name: unique[metric.name] for metric in metrics}
    return [
        {"Name": name, "Regex": regex}
        for name, regex in fitting.items()
        if len(name) <= MAX_NAME and len(regex) <= MAX_REGEX
    ]


def alike(metric: DeclaredMetric, declared: Declared) -> list[str]:
    """The names of other metrics that the log tells by the same line."""
    return [one.name for one in declared.metrics if one.regex == metric.regex and one.name != metric.name]


def is_named(metric: DeclaredMetric, job: Job) -> bool:
    """Whether a hyperparameter names a metric, as ``eval_metric: rmse`` does."""
    return any(_means(token, metric) for token in _tokens(job))


def with_any_parameter(metric: DeclaredMetric) -> DeclaredMetric:
    """A parametrised metric as it is found whatever its parameter is."""
    return replace(metric, regex=metric.regex.replace(PARAMETER, r"\S+"))


def _clear(metrics: Sequence[DeclaredMetric], job: Job) -> list[DeclaredMetric]:
    count, told, clear = Counter(metric.regex for metric in metrics), set[str](), []
    for metric in metrics:
        if count[metric.regex] == 1 or (_rank(metric, job) < UNASKED and metric.regex not in told):
            clear.append(metric)
            told.add(metric.regex)
    return clear


def _rank(metric: DeclaredMetric, job: Job) -> int:
    if job.tuning and metric.name == job.tuning.metric:
        return 0
    return 1 if is_named(metric, job) else UNASKED


def _asked(job: Job) -> list[str]:
    tuned = [job.tuning.metric, job.tuning.metric.rpartition(":")[2]] if job.tuning else []
    return [*tuned, *_tokens(job)]


def _tokens(job: Job) -> Iterator[str]:
    for value in job.hyperparameters.values():
        yield from re.split(r"[\s,()\[\]'\"]+", text(value))


def _means(token: str, metric: DeclaredMetric) -> bool:
    """``rmse`` and ``validation:rmse`` mean that metric, ``Quantile:alpha=0.3`` the metric ``Quantile``."""
    return token in (metric.name, metric.metric) or token.partition(":")[0] == metric.metric


def _concrete(metric: DeclaredMetric, asked: Sequence[str]) -> list[DeclaredMetric]:
    """A metric as it is logged: a parametrised one once for each parameter that is asked for."""
    if not metric.parametrised:
        return [metric]
    if PARAMETER not in metric.name:
        return [with_any_parameter(metric)]
    parameters = dict.fromkeys(found for token in asked if (found := _parameter(metric, token)))
    return [
        replace(
            metric,
            metric=metric.metric.replace(PARAMETER, parameter),
            name=metric.name.replace(PARAMETER, parameter),
            regex=metric.regex.replace(PARAMETER, re.escape(parameter)),
        )
        for parameter in parameters
    ]


def _parameter(metric: DeclaredMetric, token: str) -> str:
    """The parameter of a metric that a text names; empty where it names another metric."""
    for form in (metric.name, metric.metric):
        start, _, end = form.partition(PARAMETER)
        if token.startswith(start) and token.endswith(end) and len(token) > len(start) + len(end):
            return token[len(start) : len(token) - len(end)]
    return ""
