"""What a tuning job is told beforehand of an algorithm's metrics, against what a job really logs."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from contract.declaration import metrics
from contract.scores import PARAMETER
from tests.contract.conftest import Trained
from tests.contract.subject import Subject


def test_T12_every_metric_of_a_job_is_declared_by_name_and_regex(subject: Subject, trained: Trained) -> None:
    declared = metrics(subject.algorithm)
    for definition in _definitions(trained):
        assert list(_regexes(declared, definition)), f"{definition} is not in `metrics` of {subject}"


def test_T12_the_declared_regex_finds_the_value_in_the_log_whatever_a_parameter_is(
    subject: Subject, trained: Trained
) -> None:
    declared = metrics(subject.algorithm)
    log = trained.log.replace("\t", "#011").splitlines()  # as a tab arrives where tuning jobs look
    for definition in _definitions(trained):
        for regex in _regexes(declared, definition):
            found = [match.group(1) for line in log if (match := re.search(regex, line))]
            assert found, f"{regex} matches no line"
            assert math.isfinite(float(found[-1]))


def test_the_arrows_of_the_report_are_those_of_the_declaration(subject: Subject, trained: Trained) -> None:
    page = (trained.tree.output / "data" / "report.html").read_text()
    arrows = dict(re.findall(r">([^<>]+?)(?:</b> <span>| )<span class=\"arrow\" role=\"img\" aria-label=\"(\w+)", page))
    declared = {name: side for name, side in subject.algorithm.metrics.items() if name in arrows and side}
    assert {name: arrows[name] for name in declared} == {
        name: "larger" if side == "Maximize" else "smaller" for name, side in declared.items()
    }
    assert arrows
    assert len({name.casefold() for name in arrows}) == len(arrows), "a metric is shown twice"


def _definitions(trained: Trained) -> list[Mapping[str, str]]:
    written = trained.tree.output / "data" / "metric_definitions.json"
    found: list[Mapping[str, str]] = json.loads(written.read_text())
    assert found
    return found


def _regexes(declared: list[dict[str, Any]], definition: Mapping[str, str]) -> Iterator[str]:
    """The declared regexes of a job's metric, with any text in the place of a parameter."""
    for entry in declared:
        pairs = (entry["name"], definition["Name"]), (entry["regex"], definition["Regex"])
        if all(re.fullmatch(re.escape(ours).replace(re.escape(PARAMETER), ".+"), text) for ours, text in pairs):
            yield entry["regex"].replace(PARAMETER, r"\S+")
