"""The log lines of the first-party algorithms against the regexes that SageMaker documents."""

from __future__ import annotations

import re

import pytest

from contract.context import Context
from contract.quality_log import ProgressLog, QualityLog

LOG = QualityLog(losses={"msd", "mse_objective"}, names={"binary_f_": "binary_f_beta"}, quiet={"macro_f_1.000"})


def found(regex: str, lines: list[str]) -> list[str]:
    return [match.group(1) for line in lines if (match := re.search(regex, line))]


def test_rounds_have_an_epoch_and_the_final_model_has_none() -> None:
    rounds = list(LOG.lines("algo-1", 3, {"train": {"mse_objective": 0.52}}))
    final = list(LOG.lines("algo-1", None, {"train": {"mse_objective": 0.5}}))
    per_epoch = r"#quality_metric: host=\S+, epoch=\S+, train \S+_objective <loss>=(\S+)"
    assert found(per_epoch, rounds) == ["0.52"]
    assert found(per_epoch, final) == []
    assert found(r"#quality_metric: host=\S+, train \S+_objective <loss>=(\S+)", rounds) == []
    assert found(r"#quality_metric: host=\S+, train \S+_objective <loss>=(\S+)", final) == ["0.5"]


def test_every_line_begins_with_date_level_and_thread() -> None:
    for line in LOG.lines("algo-1", None, {"test": {"msd": 12.5}}):
        assert re.match(r"\[\d\d/\d\d/\d{4} \d\d:\d\d:\d\d INFO \d+\] #", line)


def test_a_test_channel_gives_the_documented_line_and_the_older_form() -> None:
    lines = list(LOG.lines("algo-1", None, {"train": {"msd": 1.0}, "test": {"msd": 12.5, "accuracy": 0.98}}))
    assert found(r"#quality_metric: host=\S+, test msd <loss>=(\S+)", lines) == ["12.5"]
    assert found(r"#quality_metric: host=\S+, test accuracy <score>=(\S+)", lines) == ["0.98"]
    assert any(line.endswith("#test_score (algo-1) : ('accuracy', 0.98)") for line in lines)
    assert not any("not provided" in line for line in lines)


def test_a_job_without_test_channel_says_so_once_at_the_end() -> None:
    assert not any("not provided" in line for line in LOG.lines("algo-1", 0, {"train": {"msd": 1.0}}))
    assert [line for line in LOG.lines("algo-1", None, {"train": {"msd": 1.0}}) if "Test data is not provided." in line]


@pytest.mark.parametrize(
    ("metric", "name", "line"),
    [
        ("msd", "test:msd", "#quality_metric: host=algo-1, test msd <loss>=2.5"),
        ("binary_f_1.000", "test:binary_f_beta", "#quality_metric: host=algo-1, test binary_f_1.000 <score>=2.5"),
    ],
)
def test_definitions_match_the_lines_and_carry_the_tuners_names(metric: str, name: str, line: str) -> None:
    definition = LOG.definition("test", metric)
    assert definition is not None
    assert definition["Name"] == name
    assert found(definition["Regex"], list(LOG.lines("algo-1", None, {"test": {metric: 2.5}}))) == ["2.5"]
    assert re.search(definition["Regex"], line)


def test_a_regex_reads_as_sagemaker_documents_it() -> None:
    definition = LOG.definition("test", "msd")
    assert definition is not None
    assert definition["Regex"] == r"#quality_metric: host=\S+, test msd <loss>=(\S+)"


def test_quiet_metrics_are_logged_and_not_advertised() -> None:
    assert LOG.definition("test", "macro_f_1.000") is None
    assert any("macro_f_1.000" in line for line in LOG.lines("algo-1", None, {"test": {"macro_f_1.000": 0.5}}))


def test_progress_and_throughput_match_their_documented_regexes() -> None:
    lines: list[str] = []
    progress = ProgressLog(Context(log=lines.append), epochs=4)
    for _ in range(4):
        progress.epoch_done(1000)
    assert found(r"#progress_metric: host=\S+, completed (\S+) %", lines) == ["25.0", "50.0", "75.0", "100.0"]
    rates = found(r"#throughput_metric: host=\S+, train throughput=(\S+) records/second", lines)
    assert len(rates) == 4
    assert all(float(rate) > 0 for rate in rates)
