"""The verbs for Python, with the family xgboost: a description in, a job, an endpoint and frames of answers out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import local_test
from local_test.errors import InvalidArgument, JobNotCompleted, ModelError
from local_test.frames import predict
from local_test.invocation import InvocationResponse
from local_test.result import JobResult

DESCRIPTION = """\
name: doubled
family: xgboost
hyperparameters: {num_round: 20, objective: "reg:squarederror"}
channels:
  train: {local: train.csv, content_type: text/csv}
endpoint:
  environment: {SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT: application/json}
"""


@pytest.fixture(scope="module")
def description(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A job that learns to double numbers from 0 to 9."""
    folder = tmp_path_factory.mktemp("verbs")
    rows = [f"{2 * (row % 10)},{row % 10}\n" for row in range(200)]
    (folder / "train.csv").write_text("".join(rows))
    (folder / "job.yaml").write_text(DESCRIPTION)
    return folder / "job.yaml"


@pytest.fixture(scope="module")
def job(description: Path) -> JobResult:
    return local_test.train(description, description.parent / "job", quiet=True)


def test_a_job_tells_its_scores_its_learning_curves_and_its_evaluation(job: JobResult) -> None:
    assert job.scores["train:rmse"] < 1
    assert len(job.history["train:rmse"]) == 21  # twenty rounds, and the final model
    assert job.curves["train:rmse"] == pytest.approx(job.history["train:rmse"][:-1])
    assert job.curves["train:rmse"][0] > job.curves["train:rmse"][-1]
    assert job.evaluation["algorithm"] == "xgboost"


def test_a_notebook_shows_a_job_as_a_table_without_paths(job: JobResult) -> None:
    shown = job._repr_html_()
    assert "Completed after" in shown
    assert "train:rmse" in shown
    assert "<table>" in shown
    assert str(job.output) not in shown


def test_the_log_is_shown_thinned_unless_it_shall_be_quiet(
    description: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    local_test.train(description, tmp_path / "loud")
    lines = capsys.readouterr().out.splitlines()
    assert any("[0]" in line for line in lines)
    assert not any("[4]" in line for line in lines)
    local_test.train(description, tmp_path / "quiet", quiet=True)
    assert capsys.readouterr().out == ""


def test_what_is_given_goes_before_what_the_description_says(description: Path, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("1,1\n2,2\n")
    result = local_test.train(
        description,
        tmp_path / "job",
        channels={"train": tmp_path / "other.csv"},
        hyperparameters={"num_round": 3, "eta": 0.5},
        quiet=True,
    )
    assert result.request.hyperparameters["num_round"] == "3"
    assert result.request.hyperparameters["eta"] == "0.5"
    assert result.request.hyperparameters["objective"] == "reg:squarederror"
    assert result.evaluation["records"] == {"train": 2}


def test_a_failed_job_raises_the_services_reason(description: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.csv").write_text("1,1\n2,b\n")
    with pytest.raises(JobNotCompleted, match=r"FailureReason: AlgorithmError: .*broken\.csv"):
        local_test.train(description, tmp_path / "job", channels={"train": tmp_path / "broken.csv"}, quiet=True)


def test_mistakes_of_a_description_are_told_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "job.yaml").write_text("name: a\nfamily: xgboost\nhyperparameters: {eta: 7}\nchannels: {}\n")
    with pytest.raises(InvalidArgument, match=r"hyperparameters\.eta"):
        local_test.train(tmp_path / "job.yaml", tmp_path / "job")


def test_an_unknown_runtime_is_refused_by_its_name(description: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="'podman' is none of process, docker"):
        local_test.train(description, tmp_path / "job", runtime="podman")


def test_an_endpoint_answers_a_frame_with_a_frame_of_the_same_index(description: Path, job: JobResult) -> None:
    frame = pd.DataFrame({"number": [3.0, 5.0]}, index=["three", "five"])
    with local_test.serve(description, job.model) as endpoint:
        answers = endpoint.predict(frame)
        named = endpoint.predict(np.array([[3.0], [5.0]]), accept="application/jsonlines")
        default = endpoint.invoke(b"3\n", "text/csv")
    assert list(answers.index) == ["three", "five"]
    assert answers[0].round().tolist() == [6.0, 10.0]
    assert named["score"].round().tolist() == [6.0, 10.0]
    assert default.content_type.startswith("application/json")  # the description's own environment


def echo(body: bytes, content_type: str, accept: str) -> InvocationResponse:
    """An endpoint that answers each record with itself."""
    return InvocationResponse(200, body, content_type, {})


def test_records_are_sent_in_requests_of_some_megabytes_and_answered_in_their_order() -> None:
    sizes: list[int] = []

    def counting(body: bytes, content_type: str, accept: str) -> InvocationResponse:
        sizes.append(len(body))
        return echo(body, content_type, accept)

    frame = pd.DataFrame(np.arange(1_000_000.0).reshape(-1, 2))
    pd.testing.assert_frame_equal(predict(counting, frame), frame)
    assert len(sizes) > 1
    assert max(sizes) < 25 << 20


def test_answers_that_are_texts_stay_what_they_are() -> None:
    def answer(text: str) -> InvocationResponse:
        return InvocationResponse(200, text.encode(), "", {})

    labels = predict(lambda *_: answer("None\nNA\nyes\n"), [[1], [2], [3]])
    assert labels[0].tolist() == ["None", "NA", "yes"]
    labels = predict(lambda *_: answer('{"label": "007"}\n'), [[1]], accept="application/jsonlines")
    assert labels["label"].tolist() == ["007"]


def test_no_records_make_no_request() -> None:
    def refuse(*_: object) -> InvocationResponse:
        raise AssertionError("a request was made")

    assert predict(refuse, pd.DataFrame({"a": []})).empty


def test_as_many_answers_as_records_have_to_come_back() -> None:
    with pytest.raises(ModelError, match="2 records were sent, 1 answers came back"):
        predict(lambda *_: InvocationResponse(200, b"1\n", "text/csv", {}), [[1], [2]])


def test_only_answers_that_make_a_frame_can_be_asked_for() -> None:
    with pytest.raises(InvalidArgument, match="use `invoke`"):
        predict(echo, [[1]], accept="image/png")


def test_data_of_another_form_name_their_media_type(description: Path, tmp_path: Path) -> None:
    (tmp_path / "other.libsvm").write_text("1 0:1\n2 0:2\n3 0:3\n")
    result = local_test.train(
        description,
        tmp_path / "job",
        channels={"train": tmp_path / "other.libsvm"},
        content_types={"train": "text/libsvm"},
        quiet=True,
    )
    assert result.request.channels[0].content_type == "text/libsvm"
    assert result.evaluation["records"] == {"train": 3}


def test_a_media_type_for_a_channel_that_is_not_there_is_refused(description: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"content_types: no channel 'test', only train"):
        local_test.train(description, tmp_path / "job", content_types={"test": "text/csv"})
