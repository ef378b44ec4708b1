"""Names derived from the content of a request, so that the same request finds what it created."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

DIGEST = 10
"""Characters of the hash at a name's end: 40 bits, plenty among the jobs of one team."""

SHORTEST_CUT = 32 - DIGEST - 1 - len("-999") - 1
"""Characters that are left of a prefix in a name of 32, where the run has a number and a hyphen goes."""

OURS = rf"[0-9a-f]{{{DIGEST}}}(?:-[1-9][0-9]*)?"
SDKS = r"[0-9]{4}(?:-?[0-9]{2}){5}(?:-?[0-9]{3})?|[0-9]{6}-[0-9]{4}"
"""The suffix that SageMaker's SDKs add to a base name: the time, with or without hyphens; short in names of 32."""


def named(prefix: str, request: Mapping[str, Any], limit: int = 63) -> str:
    """``seoul-bike-1f3a5b7c9d``: the same request has the same name, whoever sends it and whenever.

    ``limit`` is the service's longest name: 63 characters, 32 for a tuning job.
    """
    text = json.dumps(request, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:DIGEST]
    return f"{prefix[: limit - DIGEST - 1].rstrip('-')}-{digest}"


def again(name: str, number: int, limit: int = 63) -> str:
    """The name of another run of the same request: ``seoul-bike-1f3a5b7c9d-2``; the first run has no number."""
    prefix, _, digest = name.rpartition("-")
    ending = f"-{digest}-{number}"
    return name if number == 1 else f"{prefix[: limit - len(ending)].rstrip('-')}{ending}"


def run_number(name: str, first: str) -> int:
    """The number of a run by its name, of the request whose first run is called ``first``; 0 for another request."""
    found = re.fullmatch(rf".+-{first.rpartition('-')[2]}(?:-([2-9]|[1-9][0-9]+))?", name)
    return int(found[1] or 1) if found else 0


def made_from(prefix: str, name: str, limit: int = 63) -> bool:
    """Whether ``named``, ``again`` or an SDK may have made a name from a prefix, which a limit may have cut.

    The jobs within a tuning job, which have the tuning job's name and a number, are not meant.
    """
    found = re.fullmatch(rf"(.+?)-({OURS}|{SDKS})", name)
    return found is not None and (found[1] == prefix or (len(name) >= limit - 1 and prefix.startswith(found[1])))
