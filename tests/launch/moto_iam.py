"""IAM's SimulatePrincipalPolicy, which moto does not know, by moto's own reading of policies; and callers for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from moto.core.responses import ActionResult
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.models import IAMBackend
from moto.iam.responses import IamResponse

DECISIONS = {
    PermissionResult.PERMITTED: "allowed",
    PermissionResult.DENIED: "explicitDeny",
    PermissionResult.NEUTRAL: "implicitDeny",
}


def fill() -> None:
    """Adds it to moto's answers."""
    IamResponse.simulate_principal_policy = _simulate  # type: ignore[attr-defined]


def _simulate(response: IamResponse) -> ActionResult:
    request = response._get_params()
    policies = _policies(response.backend, request["PolicySourceArn"])
    results = [
        {"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": _decision(policies, action, resource)}
        for action in request["ActionNames"]
        for resource in request.get("ResourceArns", ["*"])
    ]
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})


def _policies(backend: IAMBackend, source: str) -> list[IAMPolicy]:
    """The inline policies of a user or a role, found by its whole ARN."""
    principals = {one.arn: one for one in (*backend.users.values(), *backend.roles.values())}
    if source not in principals:
        raise NotFoundException(f"Entity {source} could not be found.")
    found: Any = principals[source].policies
    return [IAMPolicy(one) for one in (found.values() if isinstance(found, dict) else found)]


def _decision(policies: list[IAMPolicy], action: str, resource: str) -> str:
    results = {policy.is_action_permitted(action, resource) for policy in policies}
    for result in (PermissionResult.DENIED, PermissionResult.PERMITTED):
        if result in results:
            return DECISIONS[result]
    return DECISIONS[PermissionResult.NEUTRAL]


def become(monkeypatch: pytest.MonkeyPatch, *statements: Mapping[str, Any]) -> None:
    """From now on the caller is a user with these rights and no others."""
    iam = boto3.client("iam")
    iam.create_user(UserName="anna")
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_user_policy(UserName="anna", PolicyName="rights", PolicyDocument=document)
    key = iam.create_access_key(UserName="anna")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
