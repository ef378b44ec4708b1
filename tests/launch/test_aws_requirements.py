"""What AWS needs and a laptop does not; and what is told before a job begins, though it is no mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from launch.description import Job, advice, aws_requirements
from launch.errors import DescriptionError
from tests.launch.descriptions import ALGORITHMS, SMALL, TRANSFORM, TUNING, declared_of, example, job

LOCAL = {"role": "", "output": None, "channels": {"train": {"local": "train.csv"}}}


def lacking(require: Callable[[], None]) -> list[str]:
    with pytest.raises(DescriptionError) as caught:
        require()
    assert caught.value.exit_status == 2
    return [line.partition(": ")[0] for line in caught.value.mistakes]


def test_a_description_for_a_laptop_lacks_role_output_and_data_in_s3() -> None:
    made = job(**LOCAL)
    assert lacking(lambda: aws_requirements.require_training(made, declared_of(made))) == [
        "role",
        "output",
        "channels.train",
    ]
    assert lacking(lambda: aws_requirements.require_tuning(made)) == [
        "seoul-bike has no part `tuning`",
        "role",
        "output",
        "channels.train",
    ]
    assert lacking(lambda: aws_requirements.require_transform(made)) == ["seoul-bike has no part `transform`", "role"]


def test_a_whole_description_lacks_nothing() -> None:
    made = job(tuning=TUNING, transform=TRANSFORM)
    aws_requirements.require_training(made, declared_of(made))
    aws_requirements.require_tuning(made)
    aws_requirements.require_transform(made)


def test_a_hyperparameter_that_only_a_tuning_job_sets_is_missing_in_a_training_job() -> None:
    ranges = {"num_round": {"from": 10, "to": 100}}
    made = job(hyperparameters={"objective": "reg:squarederror"}, tuning=TUNING | {"ranges": ranges})
    assert lacking(lambda: aws_requirements.require_training(made, declared_of(made))) == ["hyperparameters.num_round"]
    aws_requirements.require_tuning(made)


def told(made: Job) -> list[str]:
    return list(advice.of_training(made, declared_of(made)))


def test_a_gpu_that_is_not_used_is_told() -> None:
    for pair in ALGORITHMS:
        made = job(example(*pair), training={"instance_type": "ml.g5.xlarge"})
        assert any("does not use the GPU" in note for note in told(made)) != declared_of(made).gpu
    assert told(job()) == []


def test_checkpoints_are_told_where_they_are_useless_and_where_they_are_missing() -> None:
    checkpoints = {"checkpoints": "s3://bucket/checkpoints/"}
    spot: dict[str, Any] = {"spot": {"max_wait": 86400}}
    for pair in ALGORITHMS:
        resumes = declared_of(job(example(*pair))).resumes
        kept, waiting, both = (
            told(job(example(*pair), training=one)) for one in (checkpoints, spot, checkpoints | spot)
        )
        assert any("starts again from the beginning" in note for note in kept) != resumes
        assert any("give training.checkpoints" in note for note in waiting) == resumes
        assert not resumes or both == []


def test_a_file_that_is_sent_whole_is_told() -> None:
    json = job(transform=TRANSFORM | {"content_type": "application/json"})
    (note,) = advice.of_transform_job(json, declared_of(json))
    assert "each file is sent as one request, of 6 MB at the most; as application/jsonlines" in note
    lines = job(SMALL, transform=TRANSFORM)
    assert list(advice.of_transform_job(lines, declared_of(lines))) == []
