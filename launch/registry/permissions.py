"""Asks IAM which permissions the caller lacks, before anything is created."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import launch
from launch.aws.cloud import Account, Cloud
from launch.errors import ServiceError

OF_A_NEW_REPOSITORY = {
    "ecr:CreateRepository",
    "ecr:GetLifecyclePolicy",
    "ecr:PutLifecyclePolicy",
    "ecr:DescribeImageScanFindings",
}
"""Actions that a push into an existing repository does not need."""
POLICY = Path(launch.__file__).parent / "policies" / "push.json"


@dataclass(frozen=True)
class Permissions:
    """Which actions IAM allows the caller."""

    allowed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    note: str = ""
    """Why IAM did not answer for all of them."""


def wanted(policy: Path = POLICY) -> dict[str, list[str]]:
    """The actions of a policy that pushing takes, by the resource that they are narrowed to."""
    actions: dict[str, list[str]] = {}
    for statement in json.loads(policy.read_text(encoding="utf-8"))["Statement"]:
        of_ecr = [action for action in statement["Action"] if action.startswith("ecr:")]
        actions.setdefault(statement["Resource"][0], []).extend(of_ecr)
    return {resource: names for resource, names in actions.items() if names}


def held(cloud: Cloud, repository: str) -> Permissions:
    """Simulates which actions of policies/push.json the caller may do in the repository of this name."""
    account = cloud.account
    if account.arn.endswith(":root"):
        return Permissions(note="the account's root user may do everything; a role with policies/push.json is safer")
    arn = f"arn:{account.partition}:ecr:{cloud.region}:{account.id}:repository/{repository}"
    try:
        caller = principal(cloud, account)
        results = [
            result
            for resource, actions in wanted().items()
            for result in _simulated(cloud, caller, actions, [] if resource == "*" else [arn])
        ]
    except ServiceError as error:
        why = f"IAM does not tell what {account.arn} may do ({error.code})"
        return Permissions(note=f"{why}; an action that is denied will name itself")
    return _told(results)


def principal(cloud: Cloud, account: Account) -> str:
    """The ARN by which IAM knows the caller: of an assumed role, the role's with its path."""
    kind, _, name = account.arn.split(":", 5)[5].partition("/")
    if kind != "assumed-role":
        return account.arn
    role = name.partition("/")[0]
    try:
        arn: str = cloud.call("iam", "GetRole", RoleName=role)["Role"]["Arn"]
    except ServiceError:  # may be denied, and a role without a path has this ARN
        arn = f"arn:{account.partition}:iam::{account.id}:role/{role}"
    return arn


def _simulated(cloud: Cloud, caller: str, actions: list[str], resources: list[str]) -> Iterator[dict[str, Any]]:
    request: dict[str, Any] = {"PolicySourceArn": caller, "ActionNames": actions}
    if resources:
        request["ResourceArns"] = resources
    while True:
        answer = cloud.call("iam", "SimulatePrincipalPolicy", **request)
        yield from answer["EvaluationResults"]
        if not answer.get("IsTruncated"):
            return
        request["Marker"] = answer["Marker"]


def _told(results: list[dict[str, Any]]) -> Permissions:
    allowed = [one["EvalActionName"] for one in results if one["EvalDecision"] == "allowed"]
    denied = [one for one in results if one["EvalDecision"] != "allowed"]
    open_ = sorted(one["EvalActionName"] for one in denied if one.get("MissingContextValues"))
    missing = sorted(one["EvalActionName"] for one in denied if not one.get("MissingContextValues"))
    note = f"whether {', '.join(open_)} is allowed hangs on conditions that IAM cannot try out" if open_ else ""
    return Permissions(tuple(allowed), tuple(missing), note)
