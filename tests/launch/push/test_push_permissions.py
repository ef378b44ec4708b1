"""Rights that are missing are named one by one before anything is begun, where IAM can be asked."""

from __future__ import annotations

import json

import boto3
import pytest

from launch.aws.cloud import Account, Cloud
from launch.registry import permissions
from tests.launch.conftest import ACCOUNT, Call
from tests.launch.moto_iam import become
from tests.launch.policies import check_policy, policy, unused

OURS, ANOTHER = "open-algorithms/toy", "a-team/toy"
BY_DOCKER = {
    "ecr:BatchCheckLayerAvailability",
    "ecr:InitiateLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:CompleteLayerUpload",
    "ecr:PutImage",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
}
"""What ECR asks of whoever pushes and pulls by the registry's own protocol."""


def every_right() -> set[str]:
    return {action for actions in permissions.wanted().values() for action in actions}


def test_the_policy_of_this_repository_is_enough(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    become(monkeypatch, *policy("push"))
    held = permissions.held(Cloud(), OURS)
    assert set(held.allowed) == every_right()
    assert (held.missing, held.note) == ((), "")


def test_a_caller_without_rights_is_told_each_action(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    become(monkeypatch)
    assert set(permissions.held(Cloud(), OURS).missing) == every_right()


@pytest.mark.parametrize("action", ["ecr:PutLifecyclePolicy", "ecr:UploadLayerPart", "ecr:GetAuthorizationToken"])
def test_a_single_denied_action_is_named_alone(aws: str, monkeypatch: pytest.MonkeyPatch, action: str) -> None:
    become(monkeypatch, *policy("push"), {"Effect": "Deny", "Action": action, "Resource": "*"})
    assert permissions.held(Cloud(), OURS).missing == (action,)


def test_rights_in_our_repositories_are_none_in_another(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    become(monkeypatch, *policy("push"))
    assert set(permissions.held(Cloud(), ANOTHER).missing) == every_right() - {"ecr:GetAuthorizationToken"}


def test_a_caller_that_iam_does_not_know_is_a_note_and_no_refusal(aws: str) -> None:
    held = permissions.held(Cloud(), OURS)
    assert not held.missing
    assert "NoSuchEntity" in held.note
    assert "will name itself" in held.note


def test_an_assumed_role_is_asked_for_by_the_arn_of_the_role_with_its_path(aws: str) -> None:
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    boto3.client("iam").create_role(RoleName="Builder", Path="/ci/", AssumeRolePolicyDocument=trust)
    assumed = Account(ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/Builder/session-1", "aws")
    assert permissions.principal(Cloud(), assumed) == f"arn:aws:iam::{ACCOUNT}:role/ci/Builder"


def test_a_role_that_may_not_be_looked_at_is_taken_to_have_no_path(aws: str) -> None:
    assumed = Account(ACCOUNT, f"arn:aws-cn:sts::{ACCOUNT}:assumed-role/Hidden/session-1", "aws-cn")
    assert permissions.principal(Cloud(), assumed) == f"arn:aws-cn:iam::{ACCOUNT}:role/Hidden"


def test_the_policy_holds_what_is_called_and_what_docker_needs_and_nothing_else(
    aws: str, monkeypatch: pytest.MonkeyPatch, calls: list[Call]
) -> None:
    become(monkeypatch, *policy("push"))
    calls.clear()
    permissions.held(Cloud(), OURS)
    check_policy("push", calls)
    called_elsewhere = {  # tests/launch/test_push_repository.py asserts that they are
        "ecr:GetAuthorizationToken",
        "ecr:DescribeRepositories",
        "ecr:CreateRepository",
        "ecr:GetLifecyclePolicy",
        "ecr:PutLifecyclePolicy",
        "ecr:DescribeImageScanFindings",
        "iam:GetRole",  # only of assumed roles
    }
    assert unused("push", calls) == BY_DOCKER | called_elsewhere
