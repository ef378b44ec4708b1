"""What becomes of a training program: completed, failed, stopped, and what is collected from it."""

from __future__ import annotations

import json
import os
import signal
import tarfile
from pathlib import Path

import pytest

from local_test.errors import InvalidArgument, RuntimeMissing
from local_test.job import run_job
from local_test.process_runtime import ProcessRuntime
from local_test.request import LocalChannel, TrainingRequest
from local_test.result import failure_reason
from tests.local_test.conftest import Train


def members(archive: Path) -> list[str]:
    with tarfile.open(archive) as tar:
        return tar.getnames()


def interrupt_at_first_line(_: str) -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_T01_exit_0_completes_the_job(train: Train) -> None:
    result = train()
    assert (result.status, result.ending.exit_code, result.failure_reason) == ("Completed", 0, "")


def test_a_relative_output_folder_is_taken_from_where_the_caller_stands(
    runtime: ProcessRuntime, channel: LocalChannel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run_job(TrainingRequest((channel,)), runtime, Path("relative/job"))
    assert result.status == "Completed"
    assert (tmp_path / "relative" / "job" / "model.tar.gz").is_file()


def test_the_archives_hold_their_members_at_the_root(train: Train) -> None:
    result = train()
    assert members(result.model) == ["parts", "parts/mean.txt"]
    assert members(result.output / "output.tar.gz") == ["metric_definitions.json", "seen.json"]


def test_output_data_lies_unpacked_beside_its_archive(train: Train) -> None:
    assert (train().data / "metric_definitions.json").is_file()


def test_nothing_of_the_private_tree_is_left_behind(train: Train) -> None:
    left = sorted(path.name for path in train().output.iterdir())
    assert left == ["job.json", "metrics.json", "model.tar.gz", "output", "output.tar.gz", "training.log"]


def test_log_lines_come_as_they_are_written_with_tabs_as_011(train: Train) -> None:
    lines: list[str] = []
    result = train(log=lines.append)
    assert lines == ["[0]#011train-mean:1.0", "[1]#011train-mean:2.0"]
    kept = [line.partition(" ")[2] for line in result.log.read_text().splitlines()]
    assert kept == lines


def test_final_metrics_are_the_last_values_that_the_regexes_find(train: Train) -> None:
    result = train()
    report = json.loads((result.output / "metrics.json").read_text())
    assert [(entry["MetricName"], entry["Value"]) for entry in report["FinalMetricDataList"]] == [("train:mean", 2.0)]
    assert report["Values"] == {"train:mean": [1.0, 2.0], "validation:never": []}


def test_the_summary_tells_status_time_artifacts_and_metrics(train: Train) -> None:
    result = train()
    summary = json.loads((result.output / "job.json").read_text())
    assert summary["TrainingJobStatus"] == summary["SecondaryStatus"] == "Completed"
    assert summary["TrainingTimeInSeconds"] > 0
    assert summary["Artifacts"]["model"] == str(result.model.resolve())
    assert summary["FinalMetricDataList"][0]["MetricName"] == "train:mean"


def test_a_failure_is_told_in_the_services_words(train: Train) -> None:
    result = train("fail")
    assert result.status == "Failed"
    assert result.failure_reason.startswith("AlgorithmError: ClientError: eta = 7 is above 1… x")
    assert result.failure_reason.endswith("x, exit code: 3")
    assert len(result.failure_reason) == 1024
    assert json.loads((result.output / "job.json").read_text())["FailureReason"] == result.failure_reason


def test_a_failed_job_has_output_but_no_model(train: Train) -> None:
    result = train("fail")
    assert not result.model.exists()
    assert members(result.output / "output.tar.gz") == ["seen.json"]


def test_standard_error_is_in_the_log(train: Train) -> None:
    assert "the reason goes to standard error" in train("fail").log.read_text()


def test_without_a_failure_file_the_exit_code_is_the_reason(train: Train) -> None:
    assert train("fail-silently").failure_reason == "AlgorithmError: Exit Code: 4"


def test_a_failure_file_that_is_not_utf8_is_still_read(tmp_path: Path) -> None:
    (tmp_path / "failure").write_bytes(b"bad \xff byte\n")
    assert failure_reason(tmp_path / "failure", 1) == "AlgorithmError: bad \ufffd byte, exit code: 1"


def test_death_by_a_signal_is_128_and_its_number(train: Train) -> None:
    assert train("run-out-of-memory").ending.exit_code == 137


def test_a_job_over_its_time_is_stopped(train: Train) -> None:
    result = train("wait", max_runtime=0.2)
    assert (result.status, result.ending.stopped) == ("Stopped", "MaxRuntimeExceeded")


def test_an_interrupted_job_is_stopped_and_its_model_collected(train: Train) -> None:
    result = train("save-on-sigterm", log=interrupt_at_first_line)
    assert (result.status, result.failure_reason) == ("Stopped", "")
    assert members(result.model) == ["parts", "parts/mean.txt"]


def test_a_program_that_ignores_sigterm_is_killed_after_the_grace_period(train: Train) -> None:
    result = train("ignore-sigterm", log=interrupt_at_first_line, grace=0.1)
    assert (result.status, result.ending.exit_code) == ("Stopped", 137)


def test_a_child_left_running_ends_with_the_program(train: Train) -> None:
    assert train("leave-a-child").status == "Completed"


def test_a_link_in_the_model_fails_the_job_and_is_named(train: Train) -> None:
    result = train("link")
    assert result.status == "Failed"
    assert "latest is a symbolic link" in result.failure_reason
    assert not result.model.exists()


def test_a_changed_input_is_told(train: Train, channel: LocalChannel) -> None:
    warnings = train("change-input").warnings
    assert f"the program changed its input {channel.path / 'part' / 'rows.csv'}" in warnings


def test_an_empty_model_folder_is_told(train: Train) -> None:
    result = train("leave-no-model")
    assert result.status == "Completed"
    assert "the model folder is empty: there is nothing to deploy" in result.warnings


def test_metrics_that_a_tuning_job_could_not_use_are_told(train: Train) -> None:
    result = train("write-bad-metrics")
    told = "\n".join(result.warnings)
    for part in ("metric a: the last value is nan", "metric b: the regex captures 'x'", "metric c", "metric d"):
        assert part in told
    assert json.loads((result.output / "metrics.json").read_text())["Values"]["a"] == [None]


def test_a_second_job_leaves_nothing_of_the_first_one(train: Train) -> None:
    train()
    second = train("fail-silently")
    assert not second.model.exists()
    assert members(second.output / "output.tar.gz") == ["seen.json"]


def test_an_output_folder_with_other_files_is_refused_and_untouched(train: Train, tmp_path: Path) -> None:
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "thesis.txt").write_text("dear")
    with pytest.raises(InvalidArgument, match="not empty and holds no earlier job"):
        train()
    assert (tmp_path / "job" / "thesis.txt").read_text() == "dear"


def test_a_missing_program_is_named_with_the_remedy(channel: LocalChannel, tmp_path: Path) -> None:
    with pytest.raises(RuntimeMissing, match=r"no program `train` in .* run `make setup`"):
        run_job(TrainingRequest((channel,)), ProcessRuntime("toy", programs=tmp_path), tmp_path / "job")
