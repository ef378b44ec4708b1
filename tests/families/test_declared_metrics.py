"""Declared metrics that no example uses: the regex finds the value in the line that the log writes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pytest

from contract import declaration
from contract.scores import PARAMETER
from tests.contract.subject import Subject, subjects

OWN_LINE = {"catboost"}
"""Whose one line for the tuner is written when training ends; test_catboost_metrics.py looks at it."""
SHARED = {"linear-learner"}
"""Whose losses share one regex, as a job has only one of them."""
PARAMETERS = ("0.7", "5", "1.000")
LOGGED = [subject for subject in subjects() if not subject.is_toy and subject.name not in OWN_LINE]


@pytest.mark.parametrize("parameter", PARAMETERS)
@pytest.mark.parametrize("subject", LOGGED, ids=str)
def test_T12_a_regex_finds_the_value_of_its_own_channel(subject: Subject, parameter: str) -> None:
    for metric in _metrics(subject, parameter):
        scores = {channel: {metric: number / 8} for number, channel in enumerate(_channels(subject), 1)}
        lines = _lines(subject, scores)
        for channel, values in scores.items():
            for regex in _regexes(subject, channel, metric, parameter):
                assert _found(regex, lines) == set(values.values()), regex


@pytest.mark.parametrize("subject", [subject for subject in LOGGED if subject.name not in SHARED], ids=str)
def test_T12_a_regex_finds_the_value_of_its_own_metric(subject: Subject) -> None:
    values = {metric: number / 8 for number, metric in enumerate(_metrics(subject, PARAMETERS[0]), 1)}
    scores = dict.fromkeys(_channels(subject), values)
    lines = _lines(subject, scores)
    checked = 0
    for channel in scores:
        for metric, value in values.items():
            for regex in _regexes(subject, channel, metric, PARAMETERS[0]):
                assert _found(regex, lines) == {value}, regex
                checked += 1
    assert checked >= len(values)


def _metrics(subject: Subject, parameter: str) -> Sequence[str]:
    return [metric.replace(PARAMETER, parameter) for metric in subject.algorithm.metrics]


def _channels(subject: Subject) -> Sequence[str]:
    return [channel.name for channel in subject.algorithm.channels if not channel.companion]


def _lines(subject: Subject, scores: Mapping[str, Mapping[str, float]]) -> Sequence[str]:
    """What is logged of a round and of the final model."""
    log = subject.algorithm.metric_log
    return [line for step in (4, None) for line in log.lines("algo-1", step, scores)]


def _regexes(subject: Subject, channel: str, metric: str, parameter: str) -> Sequence[str]:
    """That of a job's definition, which is declared; none for what no tuner needs."""
    definition = subject.algorithm.metric_log.definition(channel, metric)
    if definition is None:
        return []
    declared = {entry["name"]: entry["regex"] for entry in declaration.metrics(subject.algorithm)}
    filled = {name.replace(PARAMETER, parameter): regex for name, regex in declared.items()}
    regex = filled[definition["Name"]].replace(PARAMETER, re.escape(parameter))
    assert regex == definition["Regex"]
    return [regex]


def _found(regex: str, lines: Sequence[str]) -> set[float]:
    return {float(match.group(1)) for line in lines if (match := re.search(regex, line))}
