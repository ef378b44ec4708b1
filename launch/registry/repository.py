"""Creates the repository of a family's images in ECR; an existing one is left as it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from launch.aws.cloud import Cloud
from launch.errors import ServiceError

KEPT_IMAGES = 100
UNTAGGED_DAYS = 14
CONTENT_TAGS = "sha256-*"
TAGS = {
    "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
    "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": CONTENT_TAGS}],
}


@dataclass(frozen=True)
class Repository:
    """A family's repository: ``123456789012.dkr.ecr.eu-west-1.amazonaws.com/open-algorithms/xgboost``."""

    name: str
    uri: str
    scans: bool
    ours: bool
    """Whether its tags are as we make them: the lifecycle of another's images is not for us to shorten."""

    @classmethod
    def of(cls, described: dict[str, Any]) -> Repository:
        """Makes one from ECR's description."""
        return cls(
            name=described["repositoryName"],
            uri=described["repositoryUri"],
            scans=bool(described.get("imageScanningConfiguration", {}).get("scanOnPush")),
            ours=TAGS.items() <= described.items(),
        )

    @property
    def host(self) -> str:
        """The registry."""
        return self.uri.partition("/")[0]


def creation(name: str) -> dict[str, Any]:
    """The CreateRepository request.

    A version's tag never changes its content: a job's name follows from its request, which holds the image's address,
    and so does what a model was made with. A tag that is named after its content may be put again.
    """
    return {"repositoryName": name, "imageScanningConfiguration": {"scanOnPush": True}, **TAGS}


def lifecycle(name: str) -> dict[str, Any]:
    """The PutLifecyclePolicy request: untagged images go soon, of the others the newest stay."""
    rules = [
        _rule(1, "untagged images", {"tagStatus": "untagged"} | _older_than(UNTAGGED_DAYS)),
        _rule(
            2,
            f"all but the newest {KEPT_IMAGES}",
            {"tagStatus": "tagged", "tagPatternList": ["*"]}
            | {"countType": "imageCountMoreThan", "countNumber": KEPT_IMAGES},
        ),
    ]
    return {"repositoryName": name, "lifecyclePolicyText": json.dumps({"rules": rules})}


def find(cloud: Cloud, name: str) -> Repository | None:
    """The repository; None where there is none."""
    try:
        answer = cloud.call("ecr", "DescribeRepositories", repositoryNames=[name])
    except ServiceError as error:
        if error.code == "RepositoryNotFoundException":
            return None
        raise
    return Repository.of(answer["repositories"][0])


def create(cloud: Cloud, name: str) -> Repository:
    """Makes it; its lifecycle rules are ``tidy``'s."""
    return Repository.of(cloud.call("ecr", "CreateRepository", **creation(name))["repository"])


def tidy(cloud: Cloud, name: str) -> bool:
    """Sets our lifecycle rules where there are none; a team's own are left alone. Says whether it did."""
    try:
        cloud.call("ecr", "GetLifecyclePolicy", repositoryName=name)
    except ServiceError as error:
        if error.code != "LifecyclePolicyNotFoundException":
            raise
        cloud.call("ecr", "PutLifecyclePolicy", **lifecycle(name))
        return True
    return False


def findings(cloud: Cloud, name: str, digest: str) -> dict[str, int] | None:
    """The number of findings of the image scan by severity; None where it has not ended, or cannot be asked."""
    try:
        answer = cloud.call(
            "ecr", "DescribeImageScanFindings", repositoryName=name, imageId={"imageDigest": digest}, maxResults=1
        )
    except ServiceError:
        return None
    if answer["imageScanStatus"]["status"] not in ("COMPLETE", "ACTIVE"):
        return None
    counts: dict[str, int] = answer["imageScanFindings"].get("findingSeverityCounts", {})
    return counts


def _rule(priority: int, description: str, selection: dict[str, Any]) -> dict[str, Any]:
    return {
        "rulePriority": priority,
        "description": description,
        "selection": selection,
        "action": {"type": "expire"},
    }


def _older_than(days: int) -> dict[str, Any]:
    return {"countType": "sinceImagePushed", "countUnit": "days", "countNumber": days}
