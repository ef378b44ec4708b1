"""Whether the service would take a request: botocore's own validation, and what its model says besides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

JAVA = re.compile(r"\\p\{|\\u[dD]8")
"""What Python's patterns do not know."""


@cache
def model(service: str) -> ServiceModel:
    """What botocore knows of a service."""
    return botocore.session.get_session().get_service_model(service)


MODEL = model("sagemaker")


def accept(operation: str, request: Mapping[str, Any], service: str = "sagemaker") -> None:
    """Asserts that a request keeps to the model: members and types, and patterns, words and limits."""
    shape = model(service).operation_model(operation).input_shape
    report = ParamValidator().validate(request, shape)
    assert not report.has_errors(), report.generate_report()
    assert list(_beyond(request, shape, operation)) == []


def _beyond(value: Any, shape: Any, place: str) -> Iterator[str]:
    """What botocore leaves to the service."""
    if shape.type_name == "structure":
        for name, inner in value.items():
            yield from _beyond(inner, shape.members[name], f"{place}.{name}")
    elif shape.type_name == "list":
        yield from _size(len(value), shape, place)
        for item in value:
            yield from _beyond(item, shape.member, place)
    elif shape.type_name == "map":
        yield from _size(len(value), shape, place)
        for name, inner in value.items():
            yield from _beyond(name, shape.key, f"{place}.{name}")
            yield from _beyond(inner, shape.value, f"{place}.{name}")
    elif shape.type_name == "string":
        yield from _text(value, shape, place)
    elif shape.type_name in ("integer", "long"):
        yield from _size(value, shape, place)


def _text(value: str, shape: Any, place: str) -> Iterator[str]:
    yield from _size(len(value), shape, place)
    pattern, words = shape.metadata.get("pattern", ".*"), shape.metadata.get("enum", [value])
    if value not in words:
        yield f"{place}: {value!r} is none of {words}"
    if not JAVA.search(pattern) and not re.fullmatch(pattern, value, re.DOTALL):
        yield f"{place}: {value!r} has not the form {pattern}"


def _size(size: int, shape: Any, place: str) -> Iterator[str]:
    limits = shape.metadata
    if not limits.get("min", size) <= size <= limits.get("max", size):
        yield f"{place}: {size} is not between {limits.get('min')} and {limits.get('max')}"
