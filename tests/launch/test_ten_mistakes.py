"""A description with ten mistakes names all ten, and nothing is asked of AWS: whichever verb reads it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from launch.__main__ import main
from launch.options import VERBS
from tests.launch.conftest import Call

DESCRIPTION = """\
name: seoul-bike
family: xgboost
role: open-algorithms-execution
output: s3:/my-bucket/models/
hyperparameters:
  objective: reg:squarederror
  eta: 7
channels:
  train: {s3: s3://my-bucket/train/, content_type: text/csv, input_mode: fastfile}
  valid: {s3: s3://my-bucket/validation/, content_type: text/csv}
training:
  instance_tipe: ml.m5.xlarge
  max_runtime: 3600
  max_runtime: 7200
  instances: three
  spot: {max_wait: 60}
tuning:
  metric: train:rmse
  ranges:
    seed: {from: 1, to: 9}
endpoint:
  serverless: {memory_mb: 2048}
  asynchronous: {output: s3://my-bucket/answers/}
transform:
  data: s3://my-bucket/new/
"""
MISTAKES = {
    "an address that is none": r":4: output: 's3:/my-bucket/models/' has not the form of s3://",
    "a required hyperparameter that is missing": r":5: hyperparameters.num_round: is required and not given",
    "a hyperparameter out of its bounds": r":7: hyperparameters.eta: .*7.* \[0, 1\]",
    "a value that is none of those allowed": r":9: channels.train.input_mode: 'fastfile' is none of 'File', 'Fast",
    "a channel that nobody reads": r":10: channels.valid: xgboost does not read this channel, did you mean val",
    "an unknown key": r":12: training.instance_tipe: unknown key, did you mean instance_type\?",
    "a key given twice": r":13: training.max_runtime: is given twice, again in line 14; keep one",
    "a wrong type": r":15: training.instances: should be a whole number, not 'three'",
    "values that contradict each other": r":16: training.spot.max_wait: 60 is less than training.max_runtime",
    "a range of what cannot be tuned": r":20: tuning.ranges.seed: ",
    "parts that exclude each other": r":2[123]: endpoint\S*: ",
    "a part without what it needs": r":24: transform.output: is required and not given, for example s3://",
}
READERS = [verb for verb in VERBS if verb != "push"]


@pytest.mark.parametrize("verb", READERS)
def test_all_mistakes_are_named_before_any_call(
    verb: str, aws: str, calls: list[Call], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "job.yaml").write_text(DESCRIPTION)
    assert main([verb, str(tmp_path / "job.yaml")]) == 2
    told = capsys.readouterr()
    first, *lines = told.err.splitlines()
    assert first == "launch: error: 12 mistakes in the job description; nothing was started:"
    for kind, mistake in MISTAKES.items():
        assert [line for line in lines if re.search(f"job.yaml{mistake}", line)], (kind, told.err)
    assert len(lines) == len(MISTAKES), told.err
    assert (told.out, calls) == ("", [])


def test_push_reads_it_too(aws: str, calls: list[Call], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "job.yaml").write_text(DESCRIPTION)
    assert main(["push", "--job", str(tmp_path / "job.yaml")]) == 2
    assert "12 mistakes in the job description" in capsys.readouterr().err
    assert calls == []
