"""Says what an endpoint will cost before it is created."""

from __future__ import annotations

from decimal import Decimal

from launch.description.hosting import Endpoint, Update
from launch.requests.hosting import initial_instances

PAGE = "https://aws.amazon.com/sagemaker/pricing/"
HOURS_A_MONTH = 730
"""As AWS counts a month."""


def note(endpoint: Endpoint, hourly: tuple[Decimal, str] | None, ending: str, updated: bool = False) -> list[str]:
    """The lines of the note: what runs, until when, and what an hour, a day and a month of it cost.

    ``hourly`` is the price of one instance and its currency, if known; ``ending`` is the command that ends it all.
    """
    if endpoint.serverless:
        return _serverless(endpoint, ending)
    count = initial_instances(endpoint)
    lines = [f"cost: {count} × {endpoint.instance_type} run, and are paid, until `{ending}`"]
    lines.append(f"  {priced(count, hourly)}" if hourly else f"  AWS does not say the price to this caller; see {PAGE}")
    if scaling := endpoint.autoscaling:
        most = f"; {scaling.max} cost {priced(scaling.max, hourly)}" if hourly else ""
        lines.append(f"  autoscaling keeps {scaling.min} to {scaling.max} of them{most}")
    if updated:
        kept = (endpoint.update or Update()).keep_old_seconds if endpoint.update or endpoint.alarms else 0
        more = f" and for {kept} s after it" if kept else ""
        lines.append(f"  during the update{more} the old instances are paid too")
    return lines


def priced(count: int, hourly: tuple[Decimal, str]) -> str:
    """``0.345 USD an hour, 8.28 USD a day, 251.85 USD a month``."""
    price, currency = hourly
    spans = (("a day", 24), ("a month", HOURS_A_MONTH))
    exact = f"{(price * count).normalize():f} {currency} an hour"
    return ", ".join([exact, *(f"{price * count * hours:.2f} {currency} {span}" for span, hours in spans)])


def _serverless(endpoint: Endpoint, ending: str) -> list[str]:
    serverless = endpoint.serverless
    assert serverless
    lines = [
        f"cost: serverless, {serverless.memory_mb} MB: paid by the request and its milliseconds, nothing while none "
        f"comes; see {PAGE}"
    ]
    if serverless.provisioned:
        lines.append(f"  {serverless.provisioned} provisioned places are paid all the time until `{ending}`")
    return lines
