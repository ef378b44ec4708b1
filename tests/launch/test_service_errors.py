"""What AWS refuses is one clear line with its remedy, and nothing half-created is left."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError

from launch.__main__ import main
from launch.aws.cloud import Cloud
from launch.aws.service_errors import explained
from tests.launch.account import backend, described, furnish
from tests.launch.conftest import Call
from tests.launch.refusals import Front, Refusal

CALLER = "arn:aws:sts::123456789012:assumed-role/analyst/me"
ROLE = "arn:aws:iam::123456789012:role/open-algorithms-execution"
JOBS = "arn:aws:sagemaker:eu-west-1:123456789012:training-job"


@pytest.fixture
def front(front: Front) -> Front:
    """A furnished account that refuses what a test says."""
    furnish()
    return front


@pytest.fixture
def job(tmp_path: Path) -> Path:
    return described(tmp_path)


def error_of(job: Path, capsys: pytest.CaptureFixture[str], status: int = 1) -> str:
    """The one line that a training job which is not started ends with."""
    assert main(["train", str(job), "--interval", "0"]) == status
    assert not backend().training_jobs
    printed = capsys.readouterr()
    assert printed.out == ""
    line: str = printed.err.rstrip("\n")
    assert line.startswith("launch: error: ")
    return line


REFUSALS = {
    "expired": (
        "GetCallerIdentity",
        Refusal("ExpiredToken", "The security token included in the request is expired", 403),
        ("the credentials have expired", "log in again"),
    ),
    "unknown keys": (
        "GetCallerIdentity",
        Refusal("InvalidClientTokenId", "The security token included in the request is invalid.", 403),
        ("AWS does not know these credentials", "AWS_ACCESS_KEY_ID"),
    ),
    "wrong secret": (
        "GetCallerIdentity",
        Refusal("SignatureDoesNotMatch", "The request signature we calculated does not match", 403),
        ("AWS does not accept the signature", "AWS_SECRET_ACCESS_KEY", "clock"),
    ),
    "denied": (
        "CreateTrainingJob",
        Refusal(
            "AccessDeniedException",
            f"User: {CALLER} is not authorized to perform: sagemaker:CreateTrainingJob on resource: {JOBS}/x because "
            "no identity-based policy allows the sagemaker:CreateTrainingJob action",
        ),
        (f"sagemaker:CreateTrainingJob is denied to {CALLER} on {JOBS}/x", "launch/policies/", "train.json"),
    ),
    "denied to pass the role": (
        "CreateTrainingJob",
        Refusal(
            "AccessDeniedException",
            f"User: {CALLER} is not authorized to perform: iam:PassRole on resource: {ROLE} because no identity-based "
            "policy allows the iam:PassRole action",
        ),
        (f"iam:PassRole is denied to {CALLER} on {ROLE}", "train.json"),
    ),
    "denied by the organisation": (
        "CreateTrainingJob",
        Refusal(
            "AccessDeniedException",
            f"User: {CALLER} is not authorized to perform: sagemaker:CreateTrainingJob on resource: {JOBS}/x with an "
            "explicit deny in a service control policy",
        ),
        (
            "sagemaker:CreateTrainingJob is denied",
            "an explicit deny in a service control policy, which no further right lifts",
        ),
    ),
    "quota": (
        "CreateTrainingJob",
        Refusal(
            "ResourceLimitExceeded",
            "The account-level service limit 'ml.m5.xlarge for spot training job usage' is 0 Instances, with current "
            "utilization of 0 Instances and a request delta of 1 Instances. Please use AWS Service Quotas to request "
            "an increase for this quota.",
        ),
        ("quota exceeded: ml.m5.xlarge for spot training job usage is 0 Instances", "servicequotas"),
    ),
    "throttled": (
        "CreateTrainingJob",
        Refusal("ThrottlingException", "Rate exceeded"),
        ("AWS wants fewer calls", "sagemaker:CreateTrainingJob", "run the same command a little later"),
    ),
    "the service's fault": (
        "CreateTrainingJob",
        Refusal("InternalFailure", "The request processing has failed", 500),
        ("a fault of the service itself", "run the same command a little later"),
    ),
    "role": (
        "CreateTrainingJob",
        Refusal(
            "ValidationException",
            f"Could not assume role {ROLE}. Please ensure that the role exists and allows principal "
            "'sagemaker.amazonaws.com' to assume the role.",
        ),
        (f"SageMaker cannot take on the role {ROLE}:", "execution-role-trust.json"),
    ),
    "image": (
        "CreateTrainingJob",
        Refusal("ValidationException", "Requested image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/x:1 not found."),
        ("the image is not in ECR", "python -m launch push"),
    ),
    "data": (
        "CreateTrainingJob",
        Refusal(
            "ValidationException", 'No S3 objects found under S3 URL "s3://my-bucket/x" given in input data source.'
        ),
        ("no data:", "check `s3` of the channels"),
    ),
    "key": (
        "CreateTrainingJob",
        Refusal("ValidationException", "The KMS key 1234abcd is not accessible."),
        ("check `keys` in the job description",),
    ),
    "value": (
        "CreateTrainingJob",
        Refusal("ValidationException", "1 validation error detected: Value 'ml.x9.large' at 'resourceConfig'"),
        ("sagemaker:CreateTrainingJob was refused", "--dry-run"),
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_is_told_with_its_remedy(
    case: str, front: Front, job: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operation, refusal, parts = REFUSALS[case]
    front.refusals[operation] = refusal
    line = error_of(job, capsys)
    assert "\n" not in line
    assert not [part for part in parts if part not in line], line


def test_without_credentials_it_says_where_they_come_from(
    front: Front, job: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    line = error_of(job, capsys)
    assert "no AWS credentials" in line
    assert "aws sso login" in line


def test_an_unknown_profile_is_named(
    front: Front, job: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert "(nobody) could not be found: `aws configure list-profiles`" in error_of(job, capsys)


def test_without_a_region_nothing_is_called(
    front: Front, job: Path, calls: list[Call], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert "no region: give `region` in the job description" in error_of(job, capsys, status=2)
    assert calls == []


@pytest.mark.parametrize(
    ("option", "variables", "region"),
    [
        ("", {"AWS_REGION": "eu-west-1"}, "eu-west-1"),
        ("", {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-west-2"}, "eu-west-1"),
        ("", {"AWS_REGION": "", "AWS_DEFAULT_REGION": "us-west-2"}, "us-west-2"),
        ("", {}, "ap-south-1"),
        ("sa-east-1", {"AWS_REGION": "eu-west-1"}, "sa-east-1"),
    ],
)
def test_the_region_is_the_options_then_that_of_the_variables_as_in_the_aws_cli_then_the_profiles(
    option: str, variables: dict[str, str], region: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text("[default]\nregion = ap-south-1\n", encoding="utf-8")
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (variables | {"AWS_CONFIG_FILE": str(config)}).items():
        monkeypatch.setenv(name, value)
    assert Cloud(option).region == region


def test_a_region_that_does_not_exist_is_named_with_the_one_that_was_meant() -> None:
    error = explained(EndpointConnectionError(endpoint_url="https://api.sagemaker.eu-wst-1.amazonaws.com/"))
    assert "there is no region eu-wst-1" in str(error)
    assert "did you mean eu-west-1?" in str(error)


def test_an_address_where_nobody_answers_is_named(
    front: Front, job: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    line = error_of(job, capsys)
    assert "sts cannot be reached" in line
    assert "AWS_ENDPOINT_URL" in line


def test_what_the_description_lacks_for_aws_is_told_before_any_call(
    front: Front, tmp_path: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "output: " in error_of(described(tmp_path, "output: s3://my-bucket/models/\n"), capsys, 2)
    assert "role: is needed in AWS" in error_of(described(tmp_path, "role: open-algorithms-execution\n"), capsys, 2)
    assert calls == []
