"""The policies in the repository are what IAM takes, and the judge of the tests judges as IAM does."""

from __future__ import annotations

import json

import pytest
from botocore.session import get_session

from launch.options import VERBS
from tests.launch.conftest import Call
from tests.launch.policies import FOLDER, check_policy, listed, policy

NAMES = sorted(file.stem for file in FOLDER.glob("*.json") if file.stem != "execution-role-trust")
CHECKED = ("sagemaker", "ecr", "logs", "application-autoscaling", "cloudwatch", "pricing")
"""Services whose actions are all operations."""
ROLE = "arn:aws:iam::123456789012:role/open-algorithms-execution"


def test_every_verb_that_calls_aws_has_a_policy() -> None:
    assert set(NAMES) == {*VERBS, "execution-role"} - {"describe"}


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_is_well_formed_and_names_no_whole_service(name: str) -> None:
    document = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert document["Version"] == "2012-10-17"
    names = [statement["Sid"] for statement in document["Statement"]]
    assert len(set(names)) == len(names)
    assert all(sid.isalnum() for sid in names)
    assert not [action for one in document["Statement"] for action in listed(one["Action"]) if "*" in action]
    assert len(json.dumps(document, separators=(",", ":"))) <= 6144  # a managed policy's limit


@pytest.mark.parametrize("name", NAMES)
def test_every_action_is_one_of_the_services(name: str) -> None:
    services = get_session()
    for action in {action for statement in policy(name) for action in listed(statement["Action"])}:
        service, _, operation = action.partition(":")
        if service in CHECKED:
            assert operation in services.get_service_model(service).operation_names, action


def test_sagemaker_may_take_on_the_role() -> None:
    (statement,) = policy("execution-role-trust")
    assert statement["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert statement["Action"] == "sts:AssumeRole"


def create(**changes: object) -> Call:
    tags = [{"Key": "open-algorithms:job", "Value": "seoul-bike"}]
    return Call("sagemaker", "CreateTrainingJob", {"TrainingJobName": "a", "RoleArn": ROLE, "Tags": tags} | changes)


def test_a_request_of_ours_is_allowed() -> None:
    check_policy("train", [create()])


@pytest.mark.parametrize(
    ("call", "missing"),
    [
        (create(Tags=[{"Key": "other", "Value": "x"}]), "sagemaker:CreateTrainingJob"),
        (create(RoleArn="arn:aws:iam::123456789012:role/admin"), "iam:PassRole"),
        (Call("sagemaker", "DeleteEndpoint", {"EndpointName": "a"}), "sagemaker:DeleteEndpoint"),
        (Call("s3", "HeadBucket", {"Bucket": "others"}), "s3:ListBucket"),
        (Call("s3", "GetObject", {"Bucket": "my-bucket", "Key": "a"}), "s3:GetObject"),
        (Call("logs", "GetLogEvents", {"logGroupName": "/secret", "logStreamName": "a"}), "logs:GetLogEvents"),
        (Call("ecr", "DescribeImages", {"repositoryName": "others"}), "ecr:DescribeImages"),
    ],
)
def test_what_a_policy_does_not_allow_is_found(call: Call, missing: str) -> None:
    with pytest.raises(AssertionError, match=missing):
        check_policy("train", [call])
