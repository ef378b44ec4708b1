"""Size and number of concurrent requests: set by the request, the container or the service's defaults."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from local_test.batch.request import STRATEGIES, USUAL_MB, TransformRequest
from local_test.errors import LocalTestError
from local_test.invocation import get

PARAMETERS_SECONDS = 10.0


@dataclass(frozen=True)
class Limits:
    """``str()`` is the line that the service logs."""

    at_once: int
    payload_mb: int
    strategy: str

    @property
    def single(self) -> bool:
        return self.strategy == "SINGLE_RECORD"

    def fits(self, size: int) -> bool:
        """Whether a body of so many bytes may be sent; 0 MB means that any may."""
        return not self.payload_mb or size <= self.payload_mb << 20

    def __str__(self) -> str:
        names = ("MaxConcurrentTransforms", "MaxPayloadInMB", "BatchStrategy")
        values = (self.at_once, self.payload_mb, self.strategy)
        return ", ".join(f"{name}={value}" for name, value in zip(names, values, strict=True))


def agreed(request: TransformRequest, url: str) -> Limits:
    """The request goes before the container's answer, and that before the service's defaults."""
    told = container_parameters(url)
    payload = _whole(told.get("MaxPayloadInMB"), USUAL_MB) if request.max_payload_mb is None else request.max_payload_mb
    strategy = STRATEGIES.get(request.strategy) or str(told.get("BatchStrategy"))
    return Limits(
        at_once=request.max_concurrent or _whole(told.get("MaxConcurrentTransforms"), 1) or 1,
        payload_mb=payload,
        strategy=strategy if strategy in STRATEGIES.values() else "MULTI_RECORD",
    )


def container_parameters(url: str) -> dict[str, Any]:
    """What the container answers to ``GET /execution-parameters``; it need not."""
    try:
        answer = get(url, "/execution-parameters", PARAMETERS_SECONDS)
        content = json.loads(answer.body) if answer.status == 200 else {}
    except (LocalTestError, OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _whole(value: Any, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else default
