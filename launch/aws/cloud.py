"""One session with AWS, whose calls return an answer or raise a ``ServiceError`` with the remedy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from launch.aws.service_errors import explained
from launch.errors import ServiceError

RETRIES = Config(retries={"mode": "standard"}, user_agent_extra="open-algorithms")
"""How often is ``AWS_MAX_ATTEMPTS`` (3), as in all programs that use boto3."""


@dataclass(frozen=True)
class Account:
    """The account and ARN of the caller."""

    id: str
    arn: str
    partition: str


class Cloud:
    """AWS in one region, with one set of credentials."""

    def __init__(self, region: str = "", profile: str = "", config: Config = RETRIES) -> None:
        self._config = config
        try:
            self._session = boto3.Session(region_name=region or _region_of_variables(), profile_name=profile or None)
        except BotoCoreError as error:
            raise explained(error) from error
        self._clients: dict[str, Any] = {}

    @property
    def region(self) -> str:
        """The region's name; empty where nothing says which."""
        return self._session.region_name or ""

    @property
    def partition(self) -> str:
        """``aws``, ``aws-cn`` or ``aws-us-gov``; of a region that botocore does not know, ``aws``."""
        try:
            return str(self._session.get_partition_for_region(self.region))
        except BotoCoreError:
            return "aws"

    @cached_property
    def account(self) -> Account:
        """The account of the credentials; asks STS once."""
        caller = self.call("sts", "GetCallerIdentity")
        return Account(caller["Account"], caller["Arn"], caller["Arn"].split(":")[1])

    def client(self, service: str) -> Any:
        """The service's client, made once."""
        if service not in self._clients:
            try:
                self._clients[service] = self._session.client(service, config=self._config)
            except BotoCoreError as error:
                raise explained(error) from error
            except ValueError as error:  # botocore's own, of a setting that it cannot read
                text = f"{error}; check AWS_ENDPOINT_URL, AWS_MAX_ATTEMPTS and the other settings of ~/.aws/config"
                raise ServiceError(text) from error
        return self._clients[service]

    def call(self, service: str, operation: str, **request: Any) -> dict[str, Any]:
        """Calls an operation by the name of the API (``CreateTrainingJob``). Raises ``ServiceError``."""
        client = self.client(service)
        method = getattr(client, _snake(client, operation))
        try:
            answer: dict[str, Any] = method(**request)
        except (ClientError, BotoCoreError) as error:
            raise explained(error, f"{service}:{operation}", request) from error
        return answer

    def every(self, service: str, operation: str, member: str, **request: Any) -> Iterator[dict[str, Any]]:
        """The items of a list over all of its pages, asked for as they are needed. Raises ``ServiceError``."""
        client = self.client(service)
        try:
            for page in client.get_paginator(_snake(client, operation)).paginate(**request):
                yield from page.get(member, ())
        except (ClientError, BotoCoreError) as error:
            raise explained(error, f"{service}:{operation}", request) from error


def _region_of_variables() -> str | None:
    """``AWS_REGION``, which the AWS CLI reads and boto3 does not; boto3 itself goes on to ``AWS_DEFAULT_REGION``."""
    return os.environ.get("AWS_REGION") or None


def _snake(client: Any, operation: str) -> str:
    """botocore's own name of an operation."""
    names: dict[str, str] = client.meta.method_to_api_mapping
    return next(name for name, api_name in names.items() if api_name == operation)
