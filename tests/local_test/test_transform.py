"""`transform` as a user starts it: from Python with the family xgboost, and as a command with a toy `serve`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import local_test
from local_test import description, merged_options
from local_test.batch import description as batch
from local_test.batch.request import TransformRequest
from local_test.errors import InvalidArgument, JobNotCompleted
from local_test.options import parser
from local_test.result import JobResult
from tests.local_test.conftest import ROOT, Train

DESCRIPTION = """\
name: doubled
family: xgboost
hyperparameters: {num_round: 20, objective: "reg:squarederror"}
channels:
  train: {local: train.csv, content_type: text/csv}
endpoint:
  environment: {COLOUR: green, SIZE: "1"}
transform:
  data: s3://my-bucket/in/
  local: data
  output: s3://my-bucket/out/
  input_filter: $[1:]
  join: true
  output_filter: $[0,-1]
  instances: 2
  max_concurrent: 2
  environment: {SIZE: "2"}
"""
ROWS = 500


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A job that learns to double numbers from 0 to 9; its batch has a name in front of each."""
    folder = tmp_path_factory.mktemp("transform")
    (folder / "train.csv").write_text("".join(f"{2 * (row % 10)},{row % 10}\n" for row in range(200)))
    (folder / "data").mkdir()
    (folder / "data" / "a.csv").write_text("".join(f"a{row},{row % 10}\n" for row in range(ROWS)))
    (folder / "data" / "b.csv").write_text("b0,3\nb1,4")
    (folder / "job.yaml").write_text(DESCRIPTION)
    return folder / "job.yaml"


@pytest.fixture(scope="module")
def trained(job: Path) -> JobResult:
    return local_test.train(job, job.parent / "job", quiet=True)


def test_B04_B07_a_transform_predicts_every_record_as_the_endpoint_does(
    job: Path, trained: JobResult, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = local_test.transform(job, trained.model, tmp_path / "out")
    assert (result.status, result.records) == ("Completed", ROWS + 2)
    answers = pd.concat([pd.read_csv(file, header=None, names=["name", "score"]) for file in result.files])
    assert answers.name.tolist() == [*(f"a{row}" for row in range(ROWS)), "b0", "b1"]
    with local_test.serve(job, trained.model) as endpoint:
        online = endpoint.predict([[row % 10] for row in range(ROWS)])
    assert answers.score[:ROWS].tolist() == online[0].tolist()
    assert "[sagemaker logs]: MaxConcurrentTransforms=2, MaxPayloadInMB=" in capsys.readouterr().out


def test_B06_serve_reads_a_whole_file_in_chunks(job: Path, trained: JobResult, tmp_path: Path) -> None:
    plain = job.with_name("chunked.yaml")
    plain.write_text(DESCRIPTION.replace("  instances: 2\n", "  max_payload_mb: 0\n"))
    (tmp_path / "many.csv").write_text("".join(f"name{row},{row % 10}\n" for row in range(200_000)))
    result = local_test.transform(plain, trained.model, tmp_path / "out", data=tmp_path / "many.csv", quiet=True)
    assert (result.records, result.requests) == (200_000, 1)
    assert result.files[0].read_bytes().count(b"\n") == 200_000


def test_a_failed_transform_raises_with_the_words_of_the_service(
    job: Path, trained: JobResult, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "bad.csv").write_text("b0,three\n")
    (tmp_path / "data" / "good.csv").write_text("b0,3\n")
    with pytest.raises(JobNotCompleted) as raised:
        local_test.transform(job, trained.model, tmp_path / "out", data=tmp_path / "data", quiet=True)
    for words in ("FailureReason: ClientError: See job logs", "bad.csv: ClientError: 400", "'three' is not a number"):
        assert words in str(raised.value)
    assert (tmp_path / "out" / "good.csv.out").is_file()
    assert not (tmp_path / "out" / "bad.csv.out").exists()
    assert capsys.readouterr().out == ""


def test_the_description_decides_how_files_become_requests(job: Path) -> None:
    made = batch.request(description.read(job))
    assert made == TransformRequest(
        data=job.parent / "data", content_type="text/csv", accept="text/csv", split="Line", strategy="MultiRecord",
        assemble="Line", max_concurrent=2, input_filter="$[1:]", output_filter="$[0,-1]", join=True,
        environment={"SIZE": "2"}, name=made.name,
    )  # fmt: skip


def test_what_is_given_goes_before_the_description_and_the_rest_follows_it(job: Path, tmp_path: Path) -> None:
    made = batch.request(description.read(job), tmp_path, {"content_type": "application/jsonlines"})
    assert (made.data, made.content_type, made.accept) == (tmp_path, "application/jsonlines", "application/jsonlines")
    assert (made.split, made.assemble) == ("Line", "Line")


def test_patience_is_the_descriptions_where_it_says_so(job: Path, tmp_path: Path) -> None:
    text = DESCRIPTION.replace("instances: 2", "timeout_seconds: 9\n  retries: 0")
    (tmp_path / "job.yaml").write_text(text)
    made = batch.request(description.read(tmp_path / "job.yaml"))
    assert (made.timeout, made.retries) == (9, 0)


def test_the_models_variables_are_those_of_the_endpoint(job: Path) -> None:
    assert batch.model_environment(description.read(job)) == {"COLOUR": "green", "SIZE": "1"}


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        (("  local: data\n", ""), "write `local` into the part `transform`, or --data PATH"),
        ((DESCRIPTION[DESCRIPTION.index("transform:") :], ""), "has no part `transform`"),
    ],
)
def test_a_description_without_data_here_is_told(tmp_path: Path, change: tuple[str, str], remedy: str) -> None:
    (tmp_path / "job.yaml").write_text(DESCRIPTION.replace(*change))
    with pytest.raises(InvalidArgument, match=remedy):
        batch.request(description.read(tmp_path / "job.yaml"))


def request(*options: object) -> TransformRequest:
    parsed = parser().parse_args(["transform", "--model", "m", *map(str, options)])
    return merged_options.transform_of(parsed, merged_options.job_of(parsed))


def test_options_go_before_the_description(job: Path, tmp_path: Path) -> None:
    made = request(job, "--data", tmp_path, "--max-concurrent", "7", "--output-filter", "$", "--env", "A=b")
    assert (made.data, made.max_concurrent, made.output_filter, made.join) == (tmp_path, 7, "$", True)
    assert made.environment == {"SIZE": "2", "A": "b"}


def test_without_a_description_the_service_decides_what_options_leave_open(job: Path) -> None:
    made = request("--family", "toy", "--data", job.parent / "data", "--split", "Line", "--join")
    assert (made.content_type, made.accept, made.strategy, made.assemble) == ("text/csv", "", "", "None")
    assert (made.split, made.join, made.max_payload_mb) == ("Line", True, None)


def test_without_data_there_is_nothing_to_transform() -> None:
    with pytest.raises(InvalidArgument, match="give --data PATH, or a job description"):
        request("--family", "toy")


def run(python: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(python), "-m", "local_test", "transform", *map(str, arguments)]
    libraries = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(command, cwd=ROOT, env=libraries, capture_output=True, text=True, timeout=60, check=False)


def test_the_command_shows_the_log_how_it_ended_and_where(
    python: Path, job: Path, train: Train, tmp_path: Path
) -> None:
    done = run(python, job, "--model", train().model, "--output", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    for part in ("serving the mean 2.0 with green colour", "one instance here, 2 in the description",
                 "2 of 2 files, 502 records in 2 requests", str(tmp_path / "out")):  # fmt: skip
        assert part in done.stdout
    assert (tmp_path / "out" / "b.csv.out").read_text() == "b0,2.0\nb1,2.0\n"
    assert "bye" in (tmp_path / "out" / "transform.log").read_text()


def test_the_command_needs_no_description(python: Path, train: Train, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("1\n2\n3\n")
    done = run(
        python, "--family", "toy", "--model", train().model, "--data", tmp_path / "rows.csv",
        "--split", "Line", "--strategy", "SingleRecord", "--output", tmp_path / "out",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out" / "rows.csv.out").read_text() == "2.0\n2.0\n2.0\n"
    assert json.loads((tmp_path / "out" / "transform.json").read_text())["Requests"] == 3


def test_the_command_shows_a_failure_and_exits_1(python: Path, train: Train, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    done = run(
        python, "--family", "toy", "--model", train().model, "--data", tmp_path / "notes.txt",
        "--output", tmp_path / "out",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")
    assert "FailureReason: ClientError: See job logs for more information" in done.stdout
    assert "notes.txt: Message: no text/plain: send text/csv" in done.stdout


def test_a_server_that_dies_ends_the_command_with_one_clear_line(python: Path, train: Train, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello\nworld\n")
    done = run(
        python, "--family", "toy", "--model", train().model, "--data", tmp_path / "notes.txt",
        "--split", "Line", "--strategy", "SingleRecord", "--content-type", "toy/end", "--output", tmp_path / "out",
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "local_test: error: the server ended before all requests were answered: its log says why\n"
    assert list((tmp_path / "out").rglob("*.out")) == []


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (["--family", "toy", "--data", "/no/such.csv"], "data: no file or folder /no/such.csv"),
        (["--family", "toy", "--data", "launch/docs"], "no media type is known for 'launch/docs/"),
        (["--family", "toy", "--data", "launch/docs", "--content-type", "a/b", "--join"], "filters and joins are for"),
        (["--family", "toy", "--data", "launch/docs", "--content-type", "a/b", "--output", "launch/docs/out"],
         "lies in the data"),
    ],
)  # fmt: skip
def test_wrong_usage_exits_2_with_one_clear_line(python: Path, arguments: list[str], remedy: str) -> None:
    done = run(python, "--model", "m", *arguments)
    assert (done.returncode, done.stdout.count("Traceback")) == (2, 0)
    assert remedy in done.stderr.splitlines()[-1]
