"""Defines routes and replies without any web framework."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]+")
"""The characters that HTTP sends in the value of a header."""


class Reply(NamedTuple):
    """An answer as HTTP sends it."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = {}


class Route(NamedTuple):
    """A path, the methods it answers and the function that does; it takes a WSGI environ and the path's variables."""

    path: str
    view: Callable[..., Reply]
    methods: Sequence[str]
