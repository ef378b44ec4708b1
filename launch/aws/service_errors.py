"""Turns errors of AWS into a ``ServiceError`` of one line with the remedy."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from launch.aws.error_codes import REMEDIES
from launch.errors import ServiceError

POLICIES = Path(__file__).parents[1] / "policies"
S3_ACTIONS = {
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "HeadObject": "GetObject",
}
"""Operations of S3 for which IAM has another name."""

DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "403"})
THROTTLED = frozenset(
    {"Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException", "RequestLimitExceeded"}
    | {"RequestThrottled", "SlowDown"}
)
UNREACHABLE = frozenset(
    {"EndpointConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "ConnectionClosedError"}
    | {"ProxyConnectionError", "SSLError", "HTTPClientError"}
)
PASSING = frozenset({"ServiceUnavailable", "InternalFailure", "InternalServerError", "500", "502", "503"})
"""Error codes of failures inside the service."""

NOT_AUTHORIZED = re.compile(
    r"(?:User: (?P<caller>\S+) )?is not authorized to perform: (?P<action>[\w-]+:\w+)"
    r"(?: on resource: (?P<resource>\S+))?(?: (?:because|with) (?P<because>.+))?"
)
REGION = re.compile(r"\.([a-z]{2}(?:-[a-z]+)+-\d)\.")


def explained(
    error: ClientError | BotoCoreError, operation: str = "", request: Mapping[str, Any] | None = None
) -> ServiceError:
    """The error as one clear line: what was asked, what came back, what to do.

    ``operation`` is service and operation, ``sagemaker:CreateTrainingJob``.
    """
    code, said = _code(error), _said(error)
    asked = action_of(operation)
    if code in DENIED:
        return _denied(asked, said, request or {})
    if code in UNREACHABLE:
        return ServiceError(_unreachable(asked, said), asked, code)
    for remedy in REMEDIES:
        if found := remedy.fits(code, said):
            words = {"said": said, "action": asked, "names": _names(request or {})} | found.groupdict(default="")
            return ServiceError(remedy.text.format(**words), asked, code)
    return ServiceError(f"{asked + ': ' if asked else ''}{said} ({code})", asked, code)


def action_of(operation: str) -> str:
    """The IAM action of an operation: ``s3:HeadBucket`` is allowed by ``s3:ListBucket``."""
    service, _, name = operation.partition(":")
    return f"s3:{S3_ACTIONS.get(name, name)}" if service == "s3" else operation


def passing(error: ServiceError) -> bool:
    """Whether the same call may succeed a little later."""
    return error.code in THROTTLED | UNREACHABLE | PASSING


def policies_with(action: str) -> list[str]:
    """The policies of this project that allow an action."""
    return [file.name for file in sorted(POLICIES.glob("*.json")) if action in set(_actions(file))]


def _actions(file: Path) -> Iterable[str]:
    for statement in json.loads(file.read_text(encoding="utf-8"))["Statement"]:
        given = statement["Action"]
        yield from [given] if isinstance(given, str) else given


def _code(error: ClientError | BotoCoreError) -> str:
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "Unknown"))
    return type(error).__name__


def _said(error: ClientError | BotoCoreError) -> str:
    told = error.response.get("Error", {}).get("Message") if isinstance(error, ClientError) else None
    return " ".join(str(told or error).split()).rstrip(". ")


def _names(request: Mapping[str, Any]) -> str:
    """The names in a request, for the message."""
    about = [str(value) for key, value in request.items() if key.lower().endswith(("name", "bucket", "arn"))]
    return ", ".join(about) or "it"


def _denied(asked: str, said: str, request: Mapping[str, Any]) -> ServiceError:
    """Names the action, the caller where AWS says who, and the policy that has the right."""
    found = NOT_AUTHORIZED.search(said)
    told = found.groupdict() if found else {}
    action = told.get("action") or asked
    who = told.get("caller") or "the caller (`aws sts get-caller-identity` says who)"
    what = told.get("resource") or _names(request)
    if "explicit deny" in (told.get("because") or ""):
        remedy = f"AWS names {told['because']}, which no further right lifts"
    elif having := policies_with(action):
        remedy = f"give the caller launch/policies/{having[0]}, which has it"
        remedy += f" (so have {', '.join(having[1:])})" if having[1:] else ""
    else:
        remedy = "give the caller this right"
    text = f"{action} is denied to {who} on {what}; {remedy}"
    return ServiceError(text, action, "AccessDenied")


def _unreachable(asked: str, said: str) -> str:
    found = REGION.search(said)
    known = _regions() if found else []
    service = asked.partition(":")[0] or "AWS"
    if found and found[1] not in known:
        close = difflib.get_close_matches(found[1], known, n=1)
        return (
            f"there is no region {found[1]} that is known here{f', did you mean {close[0]}?' if close else ''} ({said})"
        )
    return (
        f"{service} cannot be reached: {said}; check the network, HTTPS_PROXY and AWS_ENDPOINT_URL, and in a VPC "
        f"without internet its endpoint for {service}"
    )


def _regions() -> list[str]:
    """The regions that have SageMaker, as far as this version of botocore knows."""
    session = boto3.Session()
    partitions = session.get_available_partitions()
    return [region for one in partitions for region in session.get_available_regions("sagemaker", partition_name=one)]
