"""What is said of the cost of an endpoint."""

from __future__ import annotations

from decimal import Decimal

from launch.costs import note
from launch.description.hosting import Endpoint

HOURLY = (Decimal("0.1150000000"), "USD")


def told(endpoint: dict[str, object], hourly: tuple[Decimal, str] | None = HOURLY, updated: bool = False) -> str:
    return "\n".join(note(Endpoint.model_validate(endpoint), hourly, "the end", updated))


def test_an_hour_a_day_and_a_month_of_all_instances() -> None:
    said = told({"instances": 3})
    assert said.startswith("cost: 3 × ml.m5.large run, and are paid, until `the end`\n")
    assert "0.345 USD an hour, 8.28 USD a day, 251.85 USD a month" in said


def test_without_a_price_the_page_is_named() -> None:
    said = told({"autoscaling": {"max": 4}}, None)
    assert "see https://aws.amazon.com/sagemaker/pricing/" in said
    assert "autoscaling keeps 2 to 4 of them" in said
    assert "USD" not in said


def test_an_update_costs_twice_for_a_while() -> None:
    assert "old instances" not in told({})
    assert "during the update the old instances are paid too" in told({}, updated=True)
    assert "and for 300 s after it" in told({"alarms": ["errors"]}, updated=True)
    assert "and for 60 s after it" in told({"update": {"keep_old_seconds": 60}}, updated=True)


def test_a_serverless_endpoint_is_paid_by_the_request_and_what_is_provisioned_all_the_time() -> None:
    assert "paid by the request" in told({"serverless": {}}, None)
    assert "4 provisioned places are paid all the time" in told({"serverless": {"provisioned": 4}}, None)
