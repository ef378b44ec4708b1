"""Media types as they arrive in Content-Type, Accept and inputdataconfig.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class MediaType:
    """A media type: ``name`` in lower case without parameters, ``parameters`` with lower-case keys.

    ``MediaType.parse('Text/CSV; label_size=0;charset=UTF-8')`` has the name ``text/csv`` and the parameters
    ``{'label_size': '0', 'charset': 'UTF-8'}``. A parameter without a value (``;verbose``) maps to ``''``.
    """

    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> MediaType:
        name, *rest = split_outside_quotes(text, ";")
        parameters = {}
        for part in rest:
            key, _, value = part.partition("=")
            if key.strip():
                parameters[key.strip().lower()] = value.strip().strip('"')
        return cls(name.strip().lower(), MappingProxyType(parameters))  # one is kept for many requests

    def __str__(self) -> str:
        return "".join([self.name, *(f"; {key}={value}" for key, value in self.parameters.items())])


def split_outside_quotes(text: str, separator: str) -> list[str]:
    """Splits at a one-character separator, except inside double quotes: ``a;b="x;y"`` has two parts at ``;``."""
    parts, quoted = [""], False
    for character in text:
        quoted ^= character == '"'
        if character == separator and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return parts
