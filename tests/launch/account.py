"""An account with what a job needs, and jobs in it that go on while they are looked at."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeAlias

import boto3
import pytest
from moto.backends import get_backend
from moto.core.utils import utcnow
from moto.sagemaker.models import SageMakerModelBackend

from launch.version import VERSION
from tests.launch.conftest import ACCOUNT, REGION

BUCKET = "my-bucket"
ROLE = "open-algorithms-execution"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/open-algorithms/xgboost:{VERSION}"
KEYS = (
    "seoul-bike/train/a.csv",
    "seoul-bike/validation/a.csv",
    "seoul-bike/new/a.csv",
    "models/old/output/model.tar.gz",
)
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "config": {
        "mediaType": "application/vnd.docker.container.image.v1+json",
        "size": 2,
        "digest": "sha256:" + "0" * 64,
    },
    "layers": [],
}

JOB = f"""
name: seoul-bike
family: xgboost
role: {ROLE}
output: s3://my-bucket/models/
hyperparameters: {{objective: reg:squarederror, num_round: 200}}
channels:
  train: {{s3: s3://my-bucket/seoul-bike/train/, content_type: text/csv}}
  validation: {{s3: s3://my-bucket/seoul-bike/validation/, content_type: text/csv}}
training: {{spot: {{max_wait: 86400}}}}
tuning:
  metric: validation:rmse
  ranges: {{eta: {{from: 0.01, to: 0.5, scale: log}}}}
endpoint: {{instance_type: ml.m5.large}}
transform: {{data: s3://my-bucket/seoul-bike/new/, output: s3://my-bucket/seoul-bike/predicted/}}
"""

Step: TypeAlias = Callable[[Any], object]


def described(folder: Path, old: str = "", new: str = "") -> Path:
    """The description ``JOB`` as a file, with something else in the place of ``old``."""
    assert old in JOB
    file = folder / "job.yaml"
    file.write_text(JOB.replace(old, new) if old else JOB, encoding="utf-8")
    return file


def furnish() -> None:
    """Bucket with data, role, and image, as ``JOB`` needs them: put into moto directly, which is quicker."""
    s3, iam, ecr = get_backend("s3")[ACCOUNT]["aws"], get_backend("iam")[ACCOUNT]["aws"], get_backend("ecr")[ACCOUNT]
    s3.create_bucket(BUCKET, REGION)
    for key in KEYS:
        s3.put_object(BUCKET, key, b"1,2\n")
    iam.create_role(ROLE, json.dumps(TRUST), "/", None, "", [], None)
    ecr[REGION].create_repository("open-algorithms/xgboost", ACCOUNT, {}, {}, "MUTABLE", [])
    ecr[REGION].put_image("open-algorithms/xgboost", json.dumps(MANIFEST), VERSION)


def backend() -> SageMakerModelBackend:
    """What moto keeps of SageMaker."""
    kept: SageMakerModelBackend = get_backend("sagemaker")[ACCOUNT][REGION]
    return kept


def tell(monkeypatch: pytest.MonkeyPatch, jobs: str, story: Iterable[Step]) -> None:
    """The jobs of a kind (``training_jobs``) go one step on each time that one of them is described."""
    steps = iter(story)
    describe_name = f"describe_{jobs.removesuffix('s')}"
    describe = getattr(SageMakerModelBackend, describe_name)

    def told(kept: SageMakerModelBackend, *given: str, **named: str) -> Any:
        name = next(iter((*given, *named.values())))
        next(steps, lambda job: None)(getattr(kept, jobs)[name])
        return describe(kept, *given, **named)

    monkeypatch.setattr(SageMakerModelBackend, describe_name, told)


def training(secondary: str, message: str = "", **others: Any) -> Step:
    """A training job goes over to a secondary status; ``others`` are the members of moto's job."""

    def step(job: Any) -> None:
        final = {"Completed", "Failed", "Stopped", "MaxRuntimeExceeded"}
        job.training_job_status = "InProgress" if secondary not in final else secondary
        if secondary == "MaxRuntimeExceeded":
            job.training_job_status = "Stopped"
        job.secondary_status = secondary
        if job.secondary_status_transitions[-1]["Status"] != secondary:
            step = {"Status": secondary, "StartTime": utcnow(), "EndTime": utcnow(), "StatusMessage": message}
            job.secondary_status_transitions = [*job.secondary_status_transitions, step]
        vars(job).update(others)

    return step


class Log:
    """A log group, into which tests write as containers do."""

    def __init__(self, group: str) -> None:
        self._group = group
        self._logs = boto3.client("logs")
        self._logs.create_log_group(logGroupName=group)
        self._streams: set[str] = set()

    def write(self, stream: str, *lines: str) -> None:
        """Adds lines, all at the same moment."""
        if stream not in self._streams:
            self._logs.create_log_stream(logGroupName=self._group, logStreamName=stream)
            self._streams.add(stream)
        now = int(utcnow().timestamp() * 1000)
        events = [{"timestamp": now, "message": line} for line in lines]
        self._logs.put_log_events(logGroupName=self._group, logStreamName=stream, logEvents=events)
