"""The price of an instance today, from AWS's Price List; no price is stored here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from botocore.config import Config

from launch.aws.cloud import Cloud
from launch.errors import ServiceError

REGIONS = {"aws-cn": "cn-northwest-1"}
"""Where the Price List of a partition answers; elsewhere in us-east-1."""
DEFAULT_REGION = "us-east-1"
IMPATIENT = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 1})
"""The Price List is out of reach in a VPC without internet, and nobody waits for it."""


def hourly(instance_type: str, region: str, partition: str = "aws", profile: str = "") -> tuple[Decimal, str] | None:
    """The price of an hour of hosting on demand and its currency; None where AWS does not say it to the caller."""
    prices = Cloud(REGIONS.get(partition, DEFAULT_REGION), profile, IMPATIENT)
    try:
        return next((price for product in _products(prices, region, instance_type) for price in _prices(product)), None)
    except ServiceError:  # a price is nice to know; everything else goes on without
        return None


def _products(prices: Cloud, region: str, instance_type: str) -> Iterator[dict[str, Any]]:
    wanted = {"regionCode": region, "platoinstancetype": "Hosting"}
    filters = [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in wanted.items()]
    for text in prices.every("pricing", "GetProducts", "PriceList", ServiceCode="AmazonSageMaker", Filters=filters):
        product: dict[str, Any] = json.loads(str(text))
        if product["product"]["attributes"].get("usagetype", "").endswith(f"Host:{instance_type}"):
            yield product


def _prices(product: dict[str, Any]) -> Iterator[tuple[Decimal, str]]:
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            for currency, price in dimension["pricePerUnit"].items():
                if Decimal(price) > 0:
                    yield Decimal(price), currency
