"""Region, account, image and role of a job."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Destination:
    """One account and region, with the image and the role of the job resolved."""

    region: str
    account: str
    partition: str
    """``aws``, ``aws-cn`` or ``aws-us-gov``."""
    image: str
    """Address in ECR, ``123456789012.dkr.ecr.eu-west-1.amazonaws.com/open-algorithms/xgboost:0.1.0``."""
    role: str
    """ARN."""
