"""The repository is made once, as the project wants it, and afterwards left as its owners want it."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from launch.aws.cloud import Cloud
from launch.aws.destination import image_address
from launch.registry import distribution, repository
from launch.version import VERSION
from tests.launch.conftest import ACCOUNT, REGION, Call
from tests.launch.policies import check_policy

NAME = "open-algorithms/toy"
UNKNOWN = f"sha256:{'0' * 64}"


def push_something() -> str:
    """An image in moto's ECR; its digest."""
    config = {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 2, "digest": UNKNOWN}
    manifest = json.dumps({"schemaVersion": 2, "mediaType": distribution.DOCKER, "config": config, "layers": []})
    put = boto3.client("ecr").put_image(repositoryName=NAME, imageManifest=manifest, imageTag="1.2.0")
    return str(put["image"]["imageId"]["imageDigest"])


def described() -> dict[str, Any]:
    found: dict[str, Any] = boto3.client("ecr").describe_repositories(repositoryNames=[NAME])["repositories"][0]
    return found


def rules() -> list[dict[str, Any]]:
    text = boto3.client("ecr").get_lifecycle_policy(repositoryName=NAME)["lifecyclePolicyText"]
    found: list[dict[str, Any]] = json.loads(text)["rules"]
    return found


def test_a_missing_repository_is_made_scanning_and_with_tags_that_keep_their_meaning(
    aws: str, calls: list[Call]
) -> None:
    cloud = Cloud()
    assert repository.find(cloud, NAME) is None
    made = repository.create(cloud, NAME)
    assert made == repository.find(cloud, NAME)
    assert f"{made.uri}:{VERSION}" == image_address("toy", ACCOUNT, REGION, "aws"), "where jobs look for it"
    assert made.ours
    assert made.host == f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
    assert described()["imageScanningConfiguration"] == {"scanOnPush": True}
    assert described()["imageTagMutability"] == "IMMUTABLE_WITH_EXCLUSION"
    check_policy("push", [call for call in calls if call.service == "ecr"])


def test_untagged_images_go_and_of_the_others_the_newest_stay(aws: str, calls: list[Call]) -> None:
    repository.create(Cloud(), NAME)
    assert repository.tidy(Cloud(), NAME)
    untagged, tagged = (rule["selection"] for rule in rules())
    assert (untagged["tagStatus"], untagged["countUnit"], untagged["countNumber"]) == ("untagged", "days", 14)
    assert (tagged["tagPatternList"], tagged["countType"], tagged["countNumber"]) == (["*"], "imageCountMoreThan", 100)
    check_policy("push", calls)


def test_rules_that_are_there_are_left_alone(aws: str, calls: list[Call]) -> None:
    theirs = json.loads(repository.lifecycle(NAME)["lifecyclePolicyText"])["rules"][:1]
    ecr = boto3.client("ecr")
    ecr.create_repository(repositoryName=NAME)
    ecr.put_lifecycle_policy(repositoryName=NAME, lifecyclePolicyText=json.dumps({"rules": theirs}))
    calls.clear()
    assert not repository.tidy(Cloud(), NAME)
    assert [call.operation for call in calls] == ["GetLifecyclePolicy"]
    assert rules() == theirs


def test_a_repository_that_does_not_scan_says_so(aws: str) -> None:
    boto3.client("ecr").create_repository(repositoryName=NAME)
    found = repository.find(Cloud(), NAME)
    assert found is not None
    assert not found.scans


def test_findings_are_counted_by_severity(aws: str, calls: list[Call]) -> None:
    repository.create(Cloud(), NAME)
    digest = push_something()
    boto3.client("ecr").start_image_scan(repositoryName=NAME, imageId={"imageDigest": digest})
    calls.clear()
    assert repository.findings(Cloud(), NAME, digest) == {"HIGH": 1}
    check_policy("push", calls)


@pytest.mark.parametrize("pushed", [True, False])
def test_there_are_no_findings_before_the_scan_has_ended(aws: str, pushed: bool) -> None:
    repository.create(Cloud(), NAME)
    assert repository.findings(Cloud(), NAME, push_something() if pushed else UNKNOWN) is None


def test_the_password_of_the_registry_is_shown_nowhere(aws: str, calls: list[Call]) -> None:
    login = distribution.Login.of(Cloud())
    assert login.user == "AWS"
    assert login.endpoint == f"https://{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
    assert login.password not in f"{login} {login!r}"
    check_policy("push", calls)
