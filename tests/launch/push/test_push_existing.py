"""A repository that is there is pushed into with the rights that this takes, and its images keep their lives."""

from __future__ import annotations

import boto3
import pytest

from launch.__main__ import main
from launch.aws.cloud import Cloud
from launch.registry import repository
from launch.version import VERSION
from tests.launch import moto_iam
from tests.launch.conftest import Call
from tests.launch.policies import policy
from tests.launch.push import toys

pytestmark = [pytest.mark.image, pytest.mark.usefixtures("ecr")]


def push(name: str) -> int:
    return main(["push", "--family", "lightgbm", "--image", f"{name}:{VERSION}"])


def has_rules(name: str) -> bool:
    ecr = boto3.client("ecr")
    try:
        ecr.get_lifecycle_policy(repositoryName=name)
    except ecr.exceptions.LifecyclePolicyNotFoundException:
        return False
    return True


def test_images_in_a_repository_of_somebody_else_get_no_end(name: str, calls: list[Call]) -> None:
    boto3.client("ecr").create_repository(repositoryName=name)
    toys.load(f"{name}:{VERSION}")
    assert push(name) == 0
    assert not has_rules(name)
    assert "PutLifecyclePolicy" not in {call.operation for call in calls}


def test_a_repository_whose_making_was_interrupted_gets_its_rules(name: str) -> None:
    repository.create(Cloud(), name)
    toys.load(f"{name}:{VERSION}")
    assert push(name) == 0
    assert has_rules(name)


def test_who_may_only_push_into_the_repository_that_is_there_pushes(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.create(Cloud(), name)
    repository.tidy(Cloud(), name)
    refused = ["ecr:CreateRepository", "ecr:*LifecyclePolicy", "ecr:DescribeImageScanFindings"]
    moto_iam.become(monkeypatch, *policy("push"), {"Effect": "Deny", "Action": refused, "Resource": "*"})
    toys.load(f"{name}:{VERSION}")
    assert push(name) == 0, capsys.readouterr().err
    assert capsys.readouterr().out.count(name) == 2
