"""What is looked at before a job is paid for; what may not be looked at is a note."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest

from launch.__main__ import main
from tests.launch.account import BUCKET, KEYS, ROLE, TRUST, backend, described, furnish
from tests.launch.refusals import Front, Refusal


@pytest.fixture(autouse=True)
def account(aws: str) -> None:
    furnish()


def refused(job: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert main(["train", str(job), "--interval", "0"]) == 1
    assert not backend().training_jobs
    return [line.strip() for line in capsys.readouterr().err.splitlines()]


def test_everything_that_is_missing_is_named_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    boto3.client("s3").delete_object(Bucket=BUCKET, Key=KEYS[1])
    boto3.client("iam").delete_role(RoleName=ROLE)
    boto3.client("ecr").delete_repository(repositoryName="open-algorithms/xgboost", force=True)
    lines = refused(described(tmp_path, "s3://my-bucket/models/", "s3://no-such-bucket/models/"), capsys)
    assert lines[0] == "launch: error: nothing was started:"
    problems = "\n".join(lines[1:])
    assert "output: there is no bucket no-such-bucket" in problems
    assert "channels.validation.s3: there is nothing at s3://my-bucket/seoul-bike/validation/" in problems
    assert "python -m launch push --family xgboost" in problems
    assert f"there is no role arn:aws:iam::123456789012:role/{ROLE}" in problems
    assert len(lines) == 5


def test_a_bucket_of_another_region_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = {"LocationConstraint": "eu-central-1"}
    boto3.client("s3", region_name="eu-central-1").create_bucket(Bucket="afar", CreateBucketConfiguration=where)
    lines = refused(described(tmp_path, "s3://my-bucket/models/", "s3://afar/models/"), capsys)
    assert lines[1:] == ["output: the bucket afar is in eu-central-1, the job in eu-west-1; both must be in one region"]


def test_a_role_that_does_not_trust_sagemaker_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    boto3.client("iam").update_assume_role_policy(
        RoleName=ROLE, PolicyDocument=json.dumps(TRUST).replace("sagemaker", "lambda")
    )
    lines = refused(described(tmp_path), capsys)
    assert "does not trust sagemaker.amazonaws.com" in lines[1]


def test_what_the_caller_may_not_look_at_is_noted_and_the_job_started(
    front: Front, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    front.refusals |= {
        "HeadBucket": Refusal("", "", 403),
        "ListObjectsV2": Refusal("AccessDenied", "Access Denied", 403),
        "DescribeImages": Refusal("AccessDeniedException", "User: me is not authorized to perform: ecr:DescribeImages"),
        "GetRole": Refusal(
            "AccessDenied", "User: me is not authorized to perform: iam:GetRole on resource: role x", 403
        ),
    }
    assert main(["train", str(described(tmp_path)), "--interval", "0"]) == 0
    notes = capsys.readouterr().err
    for action in ("s3:ListBucket", "ecr:DescribeImages", "iam:GetRole"):
        assert f"not checked: {action} is denied to" in notes
    assert len(backend().training_jobs) == 1
