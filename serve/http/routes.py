"""Routes of an endpoint and what they answer, without any web framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple


class Reply(NamedTuple):
    """An answer as HTTP sends it."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = {}


class Route(NamedTuple):
    """A path, what answers there and to which methods. ``view`` takes a WSGI environ, and what the path names."""

    path: str
    view: Callable[..., Reply]
    methods: Sequence[str]
