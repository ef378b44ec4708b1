"""Checks buckets, data, image and role before a job is paid for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from urllib.parse import unquote

from launch import console
from launch.aws.cloud import Cloud
from launch.description import Job
from launch.description.hosting import Endpoint
from launch.errors import Refused, ServiceError
from launch.requests.destination import Destination

ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/"
    r"(?P<repository>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
MISSING = frozenset({"NoSuchBucket", "404"})
SERVICE = "sagemaker.amazonaws.com"


def training(job: Job, at: Destination, cloud: Cloud, endpoint: Endpoint | None = None) -> None:
    """Before a training or a tuning job. Raises ``Refused`` with everything that is wrong.

    ``endpoint`` is where the new model will be hosted at once: what else it needs is looked at before training is paid.
    """
    inputs = {f"channels.{name}.s3": channel.s3 for name, channel in job.channels.items() if channel.s3}
    outputs = {"output": job.output, "training.checkpoints": job.training.checkpoints}
    alarms: list[str] = []
    if endpoint:
        outputs |= _written(endpoint)
        alarms = _asked(partial(_alarms, endpoint.alarms, cloud))
    _refuse([*_data(inputs, outputs, cloud), *_image(job, at, cloud), *_role(at, cloud), *alarms])


def transform(job: Job, at: Destination, cloud: Cloud, model: str) -> None:
    """Before a batch transform of the model at an address. Raises ``Refused`` with everything that is wrong."""
    if job.transform is None:
        return
    inputs = {"transform.data": job.transform.data, "the model": model}
    _refuse(
        [*_data(inputs, {"transform.output": job.transform.output}, cloud), *_image(job, at, cloud), *_role(at, cloud)]
    )


def hosting(job: Job, at: Destination, cloud: Cloud, models: list[str]) -> None:
    """Before the models at these addresses are hosted. Raises ``Refused`` with everything that is wrong."""
    endpoint = job.endpoint
    if endpoint is None:
        return
    inputs = {f"the model {address}": address for address in models}
    _refuse(
        [
            *_data(inputs, _written(endpoint), cloud),
            *_image(job, at, cloud),
            *_role(at, cloud),
            *_asked(partial(_alarms, endpoint.alarms, cloud)),
        ]
    )


def _written(endpoint: Endpoint) -> dict[str, str | None]:
    return {
        "endpoint.data_capture.output": endpoint.data_capture.output if endpoint.data_capture else None,
        "endpoint.asynchronous.output": endpoint.asynchronous.output if endpoint.asynchronous else None,
        "endpoint.asynchronous.failures": endpoint.asynchronous.failures if endpoint.asynchronous else None,
    }


def _alarms(names: tuple[str, ...], cloud: Cloud) -> Iterator[str]:
    if not names:
        return
    kinds = ["MetricAlarm", "CompositeAlarm"]
    answer = cloud.call("cloudwatch", "DescribeAlarms", AlarmNames=list(names), AlarmTypes=kinds)
    there = {alarm["AlarmName"] for kind in kinds for alarm in answer.get(f"{kind}s", ())}
    for name in names:
        if name not in there:
            yield f"endpoint.alarms: there is no alarm {name} in {cloud.region}; make it, or leave it out"


def _refuse(problems: list[str]) -> None:
    if problems:
        raise Refused("\n".join(["nothing was started:", *(f"  {problem}" for problem in problems)]))


def _data(inputs: dict[str, str], outputs: dict[str, str | None], cloud: Cloud) -> Iterator[str]:
    """Every bucket once, then whether there is something at every input."""
    named = inputs | {place: address for place, address in outputs.items() if address}
    unfit: set[str] = set()
    for bucket in dict.fromkeys(split(address)[0] for address in named.values()):
        places = ", ".join(place for place, address in named.items() if split(address)[0] == bucket)
        for problem in _asked(partial(_bucket, bucket, cloud)):
            unfit.add(bucket)
            yield f"{places}: {problem}"
    for place, address in inputs.items():
        if split(address)[0] not in unfit:
            yield from (f"{place}: {problem}" for problem in _asked(partial(_objects, address, cloud)))


def _asked(question: Callable[[], Iterable[str]]) -> list[str]:
    """The problems that were found; where the caller may not look, SageMaker still may: a note."""
    try:
        return list(question())
    except ServiceError as error:
        if error.code != "AccessDenied":
            raise
        console.note(f"not checked: {error}")
        return []


def _bucket(bucket: str, cloud: Cloud) -> Iterator[str]:
    try:
        found = cloud.call("s3", "HeadBucket", Bucket=bucket)
    except ServiceError as error:
        if error.code not in MISSING:
            raise
        yield str(error)
        return
    region = found.get("BucketRegion", cloud.region)
    if region != cloud.region:
        yield f"the bucket {bucket} is in {region}, the job in {cloud.region}; both must be in one region"


def _objects(address: str, cloud: Cloud) -> Iterator[str]:
    bucket, prefix = split(address)
    if not cloud.call("s3", "ListObjectsV2", Bucket=bucket, Prefix=prefix, MaxKeys=1).get("KeyCount"):
        yield f"there is nothing at {address}; look with `aws s3 ls {address}`"


def _image(job: Job, at: Destination, cloud: Cloud) -> list[str]:
    found = ECR.fullmatch(at.image)
    if not found or found["region"] != cloud.region:
        return []  # the description's own check has told what an address looks like
    which = {"imageDigest": found["digest"]} if found["digest"] else {"imageTag": found["tag"] or "latest"}
    asked = {"registryId": found["account"], "repositoryName": found["repository"], "imageIds": [which]}

    def question() -> Iterator[str]:
        try:
            cloud.call("ecr", "DescribeImages", **asked)
        except ServiceError as error:
            if error.code not in ("RepositoryNotFoundException", "ImageNotFoundException"):
                raise
            yield f"the image {at.image} is not there; put it there with `python -m launch push --family {job.family}`"

    return _asked(question)


def _role(at: Destination, cloud: Cloud) -> list[str]:
    def question() -> Iterator[str]:
        try:
            role = cloud.call("iam", "GetRole", RoleName=at.role.rpartition("/")[2])["Role"]
        except ServiceError as error:
            if error.code not in ("NoSuchEntity", "NoSuchEntityException"):
                raise
            yield f"there is no role {at.role}; launch/policies/execution-role.json has what it needs"
            return
        if SERVICE not in unquote(str(role.get("AssumeRolePolicyDocument", SERVICE))):
            yield f"the role {at.role} does not trust {SERVICE}; see launch/policies/execution-role-trust.json"

    return _asked(question)


def split(address: str) -> tuple[str, str]:
    """Bucket and key of ``s3://bucket/key``."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    return bucket, key
