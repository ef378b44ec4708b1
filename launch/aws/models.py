"""Finds the model of a job description: the one that its newest training job left in S3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from launch.aws.cloud import Cloud
from launch.aws.resource_kinds import TRAINING, TUNING, ResourceKind
from launch.description import Job
from launch.errors import UsageError
from launch.requests.names import SHORTEST_CUT, made_from
from launch.requests.values import tags

REJECTED_TAG = "open-algorithms:rejected-for"
"""On a training job that ``retrain`` has found no better than the one that it names."""


def newest_model(job: Job, cloud: Cloud) -> tuple[str, str]:
    """The newest completed training job of a description, and the address of its model.

    Those that ``retrain`` has rejected do not count. Where a tuning job is newer, its best training job. Raises
    ``UsageError`` where there is none of them.
    """
    trained = next((one for one in runs(job, cloud, TRAINING, StatusEquals="Completed") if _fit(one, cloud)), None)
    tuned = next(runs(job, cloud, TUNING, StatusEquals="Completed"), None)
    best = _best(cloud, tuned) if tuned and (not trained or tuned["CreationTime"] > trained["CreationTime"]) else ""
    name = best or (trained or {}).get(TRAINING.name, "")
    if not name:
        raise UsageError(
            f"there is no model of {job.name} in {cloud.region}: no training of this description has completed there; "
            "run `python -m launch train JOB.yaml`, or give --model s3://…/model.tar.gz"
        )
    described = cloud.call("sagemaker", "DescribeTrainingJob", TrainingJobName=name)
    return name, described["ModelArtifacts"]["S3ModelArtifacts"]


def reject(cloud: Cloud, trained: Mapping[str, Any], better: str) -> None:
    """Marks a training job whose model is worse than that of the job ``better``: it is no newest model any more."""
    tag = {"Key": REJECTED_TAG, "Value": better}
    cloud.call("sagemaker", "AddTags", ResourceArn=trained["TrainingJobArn"], Tags=[tag])


def _fit(summary: Mapping[str, Any], cloud: Cloud) -> bool:
    put = cloud.every("sagemaker", "ListTags", "Tags", ResourceArn=summary["TrainingJobArn"])
    return all(tag["Key"] != REJECTED_TAG for tag in put)


def runs(job: Job, cloud: Cloud, kind: ResourceKind, **others: Any) -> Iterator[dict[str, Any]]:
    """Everything of a kind that was made from a description, as the service summarises it; the newest first."""
    contained = job.name if kind.name_limit > TUNING.name_limit else job.name[:SHORTEST_CUT]
    listed = cloud.every(
        "sagemaker", f"List{kind.api}s", kind.summaries, NameContains=contained, MaxResults=100, **others
    )
    for summary in sorted(listed, key=lambda one: one["CreationTime"], reverse=True):
        name = summary[kind.name]
        if made_from(job.name, name, kind.name_limit) and (
            job.name in name or _tagged(job, cloud, summary[f"{kind.api}Arn"])
        ):
            yield summary


def _tagged(job: Job, cloud: Cloud, arn: str) -> bool:
    """Whether what has a cut name is of this description, and not of one whose name begins like its."""
    return tags(job)[0] in cloud.every("sagemaker", "ListTags", "Tags", ResourceArn=arn)


def _best(cloud: Cloud, tuned: Mapping[str, Any]) -> str:
    described = cloud.call("sagemaker", f"Describe{TUNING.api}", **{TUNING.name: tuned[TUNING.name]})
    name: str = described.get("BestTrainingJob", {}).get(TRAINING.name, "")
    return name
