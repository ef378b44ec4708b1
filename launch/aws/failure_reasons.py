"""The remedy for each ``FailureReason`` that the service or our containers give."""

from __future__ import annotations

import re

REMEDIES = (
    # The machine was too small
    (
        r"exit code:? ?(137|-9)\b|out of memory|\bOOM|MemoryError|cannot allocate memory",
        "memory ran out: take an instance type with more of it (`training.instance_type`), FastFile mode for the "
        "channels, or less data",
    ),
    (
        r"no space left|disk ?full|(not enough|insufficient) (disk|storage|volume)|exceeds? the volume",
        "the volume is full: raise `training.volume_gb`, or read the channels in FastFile mode",
    ),
    # The time or the capacity was too small
    (r"MaxRuntimeExceeded|maximum run ?time", "raise `training.max_runtime`, or have less to learn"),
    (
        r"MaxWaitTimeExceeded|max(imum)? wait",
        "spot capacity did not come in time: raise `training.spot.max_wait`, take another instance type, or leave "
        "`spot` out",
    ),
    (
        r"CapacityError|insufficient ?capacity|unable to provision",
        "the region has no such instance free now: try again later, or take another instance type or region",
    ),
    (
        r"ResourceLimitExceeded|service limit",
        "have the quota raised: Service Quotas, Amazon SageMaker, this instance type",
    ),
    # What the role may do
    (
        r"assume .*role|role .*(trust|assume)",
        "the role must trust sagemaker.amazonaws.com: launch/policies/execution-role-trust.json",
    ),
    (r"\bkms\b|kms:", "let the role use the key: `kms:Decrypt` and `kms:GenerateDataKey` in the key's policy too"),
    (
        r"\becr\b|ecr:|image .*(pull|download|access|not exist|not found)|(pull|download|access).* image",
        "the image cannot be fetched: it must be there (`python -m launch push`), the role needs the ECR rights of "
        "launch/policies/execution-role.json, and a VPC without internet endpoints for ecr.api, ecr.dkr and S3",
    ),
    (
        r"no (s3 )?objects|no files? .*s3|NoSuchKey|404.*s3",
        "there is nothing at that address: check `s3` of the channels, and the slash at its end",
    ),
    (
        r"(access ?denied|forbidden|403|not authorized|permission).*(s3|bucket)|s3.*(forbidden|403|denied)",
        "the role may not read or write there: give it launch/policies/execution-role.json with these buckets, and "
        "look at the bucket's own policy",
    ),
    (
        r"bucket .*(not exist|region)|NoSuchBucket|PermanentRedirect",
        "the bucket must exist, and be in the job's region",
    ),
    # The image
    (
        r"exec format error|executable file not found|exit code:? ?12[67]\b|no such file or directory.*(train|serve)",
        "the image cannot be started on this instance type: `python -m launch push` checks architecture and programs",
    ),
    (
        r"ping health check|failed to respond to ping",
        "the container did not become ready in time: its log says why; a large model may need `startup_seconds`",
    ),
    (r"exit code:? ?(139|-11)\b", "a library crashed: try another instance type, and report it with the log"),
    # Tuning
    (
        r"objective metric",
        "no training job wrote the metric: check `tuning.metric` against the job's channels",
    ),
    (
        r"no training job succeeded|all .*training jobs? failed",
        "look at one of the training jobs: its reason says what to do",
    ),
    # What our containers say themselves
    (
        r"ClientError: .*hyperparameter|\bhyperparameters?\b.*(unknown|must|required|missing)",
        "mend `hyperparameters` in the job description",
    ),
    (
        r"ClientError: .*(channel|column|content type|line \d)",
        "mend the data or the channel in the job description, and try it with `python -m local_test train` first",
    ),
    (
        r"temporary failure in name resolution|network is unreachable|ConnectTimeout|could not connect",
        "the container has no way to that address: `network.isolation` forbids all, and a VPC needs a route, a NAT or "
        "an endpoint, and a security group that allows traffic within itself",
    ),
    (
        r"InternalServerError|internal error|unexpected error.*try again",
        "a fault of the service: run the same command again",
    ),
    (r"ClientError:", "the message names what to mend; the same job would fail again"),
)
"""Pairs of a pattern, case ignored, and its remedy; the first pattern that matches counts."""


def remedy_of(reason: str) -> str:
    """What to do about the failure of a job."""
    for pattern, remedy in REMEDIES:
        if re.search(pattern, reason, re.IGNORECASE):
            return remedy
    return "the log has the details"
