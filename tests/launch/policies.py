"""Whether the policies of the repository allow what the commands really call, and nothing else.

A call needs its own action, and the ones that the service checks on the caller's behalf (``IMPLIED``). Wildcards and
conditions are judged as IAM does, for one policy without denials. Source: Service Authorization Reference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import launch

FOLDER = Path(launch.__file__).parent / "policies"
ACCOUNT, REGION = "123456789012", "eu-west-1"
TAG = "open-algorithms:job"
FREE = {"sts:GetCallerIdentity"}
"""Needs no permission."""
NAMED_OTHERWISE = {"HeadBucket": "ListBucket", "ListObjectsV2": "ListBucket", "HeadObject": "GetObject"}
"""Operations of S3 whose action has another name."""


class Made(Protocol):
    """A call, as ``conftest.Call``."""

    @property
    def service(self) -> str: ...
    @property
    def operation(self) -> str: ...
    @property
    def request(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Need:
    """One right: an action, what it is done to, and what conditions may look at."""

    action: str
    resource: str = "*"
    context: Mapping[str, str] = field(default_factory=dict)


def check_policy(verb: str, calls: Iterable[Made]) -> None:
    """Asserts that ``policies/<verb>.json`` allows every call; says which it does not."""
    statements = policy(verb)
    denied = [need for call in calls for need in needs(call) if not any(allows(one, need) for one in statements)]
    assert not denied, f"policies/{verb}.json does not allow:\n" + "\n".join(sorted({str(need) for need in denied}))


def unused(verb: str, calls: Iterable[Made]) -> set[str]:
    """The actions of ``policies/<verb>.json`` that none of the calls needs."""
    needed = {need.action for call in calls for need in needs(call)}
    return {action for statement in policy(verb) for action in listed(statement["Action"])} - needed


def policy(verb: str) -> list[dict[str, Any]]:
    """The statements of a policy."""
    statements: list[dict[str, Any]] = json.loads((FOLDER / f"{verb}.json").read_text(encoding="utf-8"))["Statement"]
    return statements


def allows(statement: Mapping[str, Any], need: Need) -> bool:
    """Whether one statement grants a right."""
    return (
        statement["Effect"] == "Allow"
        and any(like(need.action, action) for action in listed(statement["Action"]))
        and any(like(need.resource, resource) for resource in listed(statement["Resource"]))
        and all(
            holds(operator, need.context.get(key), listed(wanted))
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def holds(operator: str, value: str | None, wanted: list[str]) -> bool:
    """Whether a condition on one key is met."""
    if operator == "Null":
        return wanted == [str(value is None).lower()]
    if operator not in ("StringEquals", "StringLike", "ArnLike", "Bool"):
        raise NotImplementedError(f"the operator {operator} of a condition")
    return value is not None and any(like(value, one) if "Like" in operator else value == one for one in wanted)


def like(value: str, pattern: str) -> bool:
    """IAM's wildcards: ``*`` and ``?``, brackets are ordinary."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), value) is not None


def listed(value: str | list[str]) -> list[str]:
    """One or several."""
    return [value] if isinstance(value, str) else value


def needs(call: Made) -> Iterator[Need]:
    """Every right that a call takes."""
    action = f"{call.service}:{NAMED_OTHERWISE.get(call.operation, call.operation)}"
    if action in FREE:
        return
    old = {} if call.operation.startswith("Create") else {f"aws:ResourceTag/{TAG}": "a-job"}
    context = tags(call.request) | scaled_service(call) | old
    for resource in RESOURCES.get(call.service, anything)(call):
        yield Need(action, resource, context)
        if call.service == "sagemaker" and call.request.get("Tags"):
            yield Need("sagemaker:AddTags", resource, context | {"sagemaker:TaggingAction": call.operation})
    for implied in IMPLIED.get(action, ()):
        yield from implied(call.request)


def tags(request: Mapping[str, Any]) -> dict[str, str]:
    """The tags that a request puts on, as conditions see them."""
    given = request.get("Tags") or request.get("tags") or ()
    return {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in given} if isinstance(given, list) else {}


def scaled_service(call: Made) -> dict[str, str]:
    """Whose scaling a request changes; describing knows no condition."""
    known = call.service == "application-autoscaling" and not call.operation.startswith("Describe")
    return {"application-autoscaling:service-namespace": call.request["ServiceNamespace"]} if known else {}


# What a call is done to, by service.


def anything(call: Made) -> list[str]:
    """Where IAM knows no narrower resource."""
    return ["*"]


def of_sagemaker(call: Made) -> list[str]:
    """By the noun of the operation: ``DescribeTrainingJob`` is done to the ``TrainingJobName`` of its request."""
    if arn := call.request.get("ResourceArn"):
        return [arn]
    noun = re.sub("^(Create|Describe|Delete|Stop|Update|ListTrainingJobsFor)", "", call.operation)
    nouns = [noun, "EndpointConfig"] if call.operation in ("CreateEndpoint", "UpdateEndpoint") else [noun]
    names = [(one, call.request.get(f"{one}Name")) for one in nouns]
    return [sagemaker_arn(one, name) for one, name in names if name] or ["*"]


def sagemaker_arn(noun: str, name: str) -> str:
    """``TrainingJob`` and its name as an ARN."""
    kind = re.sub(r"(?<!^)(?=[A-Z])", "-", noun).lower()
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{kind}/{name.lower()}"


def of_ecr(call: Made) -> list[str]:
    """The repository."""
    names = [call.request.get("repositoryName"), *call.request.get("repositoryNames", ())]
    return [f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{name}" for name in names if name] or ["*"]


def of_s3(call: Made) -> list[str]:
    """The object, or the bucket."""
    key = call.request.get("Key")
    return [f"arn:aws:s3:::{call.request['Bucket']}" + (f"/{key}" if key else "")]


def of_logs(call: Made) -> list[str]:
    """The log group, or the stream of it that is read."""
    group = call.request.get("logGroupName")
    if not group:
        return ["*"]
    stream = f"log-stream:{call.request['logStreamName']}" if call.operation == "GetLogEvents" else "*"
    return [f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:{stream}"]


def of_iam(call: Made) -> list[str]:
    """The role."""
    name = call.request.get("RoleName")
    return [f"arn:aws:iam::{ACCOUNT}:role/{name}" if name else call.request.get("PolicySourceArn", "*")]


def of_autoscaling(call: Made) -> list[str]:
    """Targets; describing knows no narrower resource."""
    every = call.operation.startswith("Describe")
    return ["*" if every else f"arn:aws:application-autoscaling:{REGION}:{ACCOUNT}:scalable-target/0123"]


def of_cloudwatch(call: Made) -> list[str]:
    """The alarms that are named."""
    one = call.request.get("AlarmName")
    names = [one] if one else call.request.get("AlarmNames") or ["*"]
    return [f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}" for name in names]


RESOURCES: dict[str, Callable[[Made], list[str]]] = {
    "sagemaker": of_sagemaker,
    "ecr": of_ecr,
    "s3": of_s3,
    "logs": of_logs,
    "iam": of_iam,
    "application-autoscaling": of_autoscaling,
    "cloudwatch": of_cloudwatch,
}


# Rights that a service asks of the caller beside the action itself.


def passing_role(request: Mapping[str, Any]) -> Iterator[Need]:
    """Every role in a request is handed to SageMaker."""
    for role in sorted(found("RoleArn", request) | found("ExecutionRoleArn", request)):
        yield Need("iam:PassRole", role, {"iam:PassedToService": "sagemaker.amazonaws.com"})


def encrypting_volumes(request: Mapping[str, Any]) -> Iterator[Need]:
    """SageMaker is granted the key of the instances' storage, by and for the caller."""
    for key in sorted(found("VolumeKmsKeyId", request) | ({request["KmsKeyId"]} if "KmsKeyId" in request else set())):
        arn = key if key.startswith("arn:") else f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}"
        yield Need("kms:CreateGrant", arn, {"kms:GrantIsForAWSResource": "true"})


def scaling_an_endpoint(request: Mapping[str, Any]) -> Iterator[Need]:
    """Autoscaling makes its role at the first time, and does with the caller's rights what it will do later."""
    service = "sagemaker.application-autoscaling.amazonaws.com"
    role = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{service}/AWSServiceRoleForApplicationAutoScaling"
    yield Need("iam:CreateServiceLinkedRole", role, {"iam:AWSServiceName": service})
    yield Need("sagemaker:UpdateEndpointWeightsAndCapacities", sagemaker_arn("Endpoint", "an-endpoint"))


def tracking_a_target(request: Mapping[str, Any]) -> Iterator[Need]:
    """A policy of target tracking makes alarms."""
    alarm = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:TargetTracking-{request['ResourceId']}-AlarmHigh-0123"
    yield Need("cloudwatch:PutMetricAlarm", alarm)


def found(member: str, request: Any) -> set[str]:
    """All values of a member, however deep."""
    if isinstance(request, list | tuple):
        return {value for one in request for value in found(member, one)}
    if not isinstance(request, Mapping):
        return set()
    inner = {value for one in request.values() for value in found(member, one)}
    return inner | ({request[member]} if isinstance(request.get(member), str) else set())


IMPLIED: dict[str, tuple[Callable[[Mapping[str, Any]], Iterator[Need]], ...]] = {
    "sagemaker:CreateTrainingJob": (passing_role, encrypting_volumes),
    "sagemaker:CreateHyperParameterTuningJob": (passing_role, encrypting_volumes),
    "sagemaker:CreateTransformJob": (encrypting_volumes,),
    "sagemaker:CreateModel": (passing_role,),
    "sagemaker:CreateEndpointConfig": (encrypting_volumes,),
    "application-autoscaling:RegisterScalableTarget": (scaling_an_endpoint,),
    "application-autoscaling:PutScalingPolicy": (tracking_a_target,),
}
