"""The /opt/ml tree and the environment, as a training program finds them."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_test.errors import InvalidArgument
from local_test.process_runtime import ProcessRuntime
from local_test.request import LocalChannel, TrainingRequest
from tests.local_test.conftest import Train, seen_by


def test_hyperparameters_arrive_as_strings(train: Train) -> None:
    given = {"behaviour": "learn", "eta": "0.2", "quoted": '"gini"'}
    assert seen_by(train(hyperparameters=given))["config"]["hyperparameters.json"] == given


def test_every_channel_is_described_with_all_four_fields(train: Train, channel: LocalChannel) -> None:
    fast = LocalChannel("validation", channel.path, input_mode="FastFile")
    config = seen_by(train(channels=(channel, fast)))["config"]["inputdataconfig.json"]
    assert config["train"] == {
        "ContentType": "text/csv",
        "TrainingInputMode": "File",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
    }
    assert config["validation"]["TrainingInputMode"] == "FastFile"
    assert "ContentType" not in config["validation"]


def test_the_resource_config_has_instance_groups_and_a_null_topology(train: Train) -> None:
    config = seen_by(train(instance_type="ml.c5.xlarge"))["config"]["resourceconfig.json"]
    assert config["current_host"] in config["hosts"]
    assert config["instance_groups"][0]["hosts"] == config["hosts"]
    assert config["instance_groups"][0]["instance_type"] == "ml.c5.xlarge"
    assert config["topology"] is None


def test_an_unknown_config_file_lies_there_and_no_checkpoint_config(train: Train) -> None:
    config = seen_by(train())["config"]
    assert "init-config.json" in config
    assert "checkpointconfig.json" not in config


def test_the_output_folder_starts_empty(train: Train) -> None:
    assert seen_by(train())["outputs"] == []


def test_a_channel_keeps_its_nested_folders(train: Train) -> None:
    assert seen_by(train())["data"] == {"train/part/rows.csv": "1,10\n3,30\n"}


def test_a_single_file_becomes_the_only_object_of_its_channel(train: Train, tmp_path: Path) -> None:
    (tmp_path / "all.csv").write_text("5,1\n")
    (tmp_path / "not-given.csv").write_text("6,1\n")
    assert seen_by(train(channels=(LocalChannel("train", tmp_path / "all.csv"),)))["data"] == {"train/all.csv": "5,1\n"}


def test_a_pipe_channel_has_no_folder(train: Train, channel: LocalChannel) -> None:
    result = train("leave-no-model", channels=(LocalChannel("train", channel.path, input_mode="Pipe"),))
    assert seen_by(result)["data"] == {}


def test_the_platform_variables_are_set_and_the_callers_own_stay_out(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("SM_MODEL_DIR", "/elsewhere")
    seen = seen_by(train(name="job-1", environment={"COLOUR": "blue"}))
    environment = seen["environment"]
    assert environment["TRAINING_JOB_NAME"] == "job-1"
    assert environment["TRAINING_JOB_ARN"].endswith(":training-job/job-1")
    assert environment["SAGEMAKER_METRICS_DIRECTORY"] == f"{seen['base']}/output/metrics/sagemaker"
    assert environment["ALGORITHM_FAMILY"] == "toy"
    assert environment["COLOUR"] == "blue"
    assert not {"AWS_SECRET_ACCESS_KEY", "SM_MODEL_DIR"} & environment.keys()


def test_checkpoints_are_announced_and_kept_in_the_callers_folder(train: Train, tmp_path: Path) -> None:
    kept = tmp_path / "checkpoints"
    lines: list[str] = []
    first = train("checkpoint", checkpoints=kept, log=lines.append)
    train("checkpoint", checkpoints=kept, log=lines.append)
    assert seen_by(first)["config"]["checkpointconfig.json"]["LocalPath"].endswith("/checkpoints")
    assert lines == ["found []", "found ['round-2']"]
    assert (kept / "round-2").read_text() == "state"


def test_everything_that_the_service_would_refuse_is_named_at_once(runtime: ProcessRuntime, tmp_path: Path) -> None:
    request = TrainingRequest(
        channels=(
            LocalChannel("tr ain", tmp_path),
            LocalChannel("b", tmp_path / "gone"),
            LocalChannel("c", tmp_path, "", "Fast"),
        ),
        hyperparameters={"long": "x" * 2501},
        environment={"1ST": "x"},
    )
    with pytest.raises(InvalidArgument) as raised:
        request.check()
    for part in ("'tr ain'", "gone", "'Fast'", "'long'", "'1ST'"):
        assert part in str(raised.value)


def test_a_channel_given_twice_is_refused(channel: LocalChannel) -> None:
    with pytest.raises(InvalidArgument, match="'train' is given more than once"):
        TrainingRequest((channel, channel)).check()
