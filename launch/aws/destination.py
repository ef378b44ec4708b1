"""Finds the region, account, image and role of a job."""

from __future__ import annotations

from launch.aws.cloud import Cloud
from launch.description import Job
from launch.errors import UsageError
from launch.requests.destination import Destination
from launch.version import VERSION

SUFFIXES = {"aws-cn": "amazonaws.com.cn"}
NO_ROLE = (
    "no role: give `role` in the job description, the name or ARN of a role that SageMaker may take on "
    "(launch/policies/execution-role.json has what it needs)"
)


def destination(job: Job, cloud: Cloud) -> Destination:
    """Completes a description; asks AWS for the account only where the role's ARN does not hold it.

    Raises ``UsageError`` where nothing says it.
    """
    if not cloud.region:
        raise UsageError("no region: give `region` in the job description, or set AWS_REGION")
    if not job.role:
        raise UsageError(NO_ROLE)
    if job.role.startswith("arn:"):  # the role is always one of the caller's account
        _, partition, _, _, account, _ = job.role.split(":", 5)
    else:
        account, partition = cloud.account.id, cloud.account.partition
    return Destination(
        region=cloud.region,
        account=account,
        partition=partition,
        image=job.image or image_address(job.family, account, cloud.region, partition),
        role=role_arn(job.role, account, partition),
    )


def image_address(family: str, account: str, region: str, partition: str) -> str:
    """The address to which ``push`` pushes the image of a family."""
    registry = f"{account}.dkr.ecr.{region}.{SUFFIXES.get(partition, 'amazonaws.com')}"
    return f"{registry}/open-algorithms/{family}:{VERSION}"


def role_arn(role: str, account: str, partition: str) -> str:
    """A role's ARN from its ARN or its name (path included)."""
    return role if role.startswith("arn:") else f"arn:{partition}:iam::{account}:role/{role}"
