"""What our commands call and moto does not know yet, or does otherwise than the service, is added to its backends."""

from __future__ import annotations

from tests.launch import moto_endpoints, moto_iam, moto_jobs


def fill() -> None:
    """Adds them, once."""
    moto_iam.fill()
    moto_jobs.fill()
    moto_endpoints.fill()
