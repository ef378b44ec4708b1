"""JSON bodies: the records that they hold, each as a parsed value, and what is said beside them.

    {"instances": [..., ...], "configuration": {"k": 2}}     a document; the configuration may be left out
    [..., ...]                                               a bare list
    {...}                                                    a single record, where a kind of data knows it as one

and JSON Lines, one record a line. What a record looks like is the affair of the kind of data.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from contract.errors import Malformed
from contract.media_type import MediaType
from contract.wire.lines import Block, one_block, utf8

Place: TypeAlias = Callable[[int], str]
"""Names the instance at a position, from 0: ``instance 3`` or ``line 7``."""

_LONGEST_WHOLE = 19
"""Digits of a whole number from which on it becomes a float."""

EMPTY = "the body holds no record"


@dataclass(frozen=True)
class Instances:
    """The records of one body in their order; ``place`` names one of them for people.

    ``beside`` is what else stood in the document, as it was sent.
    """

    records: list[Any]
    place: Place
    beside: Mapping[str, Any] = field(default_factory=dict)

    def configuration(self) -> Mapping[str, Any]:
        """Returns what the document asks of its answer; raises ``Malformed`` where that is no object."""
        given = self.beside.get("configuration", {})
        if not isinstance(given, dict):
            raise Malformed('the configuration is not an object; send "configuration": {...} beside the instances')
        return given


def document(
    body: bytes,
    media_type: MediaType,
    is_record: Callable[[dict[str, Any]], bool],
    forms: str,
    as_instances: Callable[[Any], Any] = lambda found: found,
) -> Instances:
    """Reads an application/json document of at least one record; raises ``Malformed``.

    ``is_record`` tells an object that is a single record; ``forms`` says to people what to send. ``as_instances`` makes
    documents of instances of those that a kind of data knows beside them.
    """
    found = as_instances(_parsed(utf8(body, media_type)))
    beside: dict[str, Any] = {}
    if isinstance(found, dict) and "instances" in found:
        beside = {name: value for name, value in found.items() if name != "instances"}
        found = found["instances"]
    elif isinstance(found, dict) and is_record(found):
        found = [found]
    if not isinstance(found, list):
        raise Malformed(f"no array of instances; {forms}")
    if not found:
        raise Malformed(EMPTY)
    return Instances(found, lambda row: f"instance {row + 1}", beside)


def lines(body: bytes, media_type: MediaType) -> Instances:
    """Reads an application/jsonlines body of at least one record; raises ``Malformed`` with the line."""
    found = in_block(one_block(body, media_type))
    if not found.records:
        raise Malformed(EMPTY)
    return found


def in_block(block: Block) -> Instances:
    """The records of some lines, of which blank ones are skipped, but counted."""
    there = [(at, line) for at, line in block.lines() if line.strip()]
    return Instances([_line(line, at) for at, line in there], lambda row: f"line {there[row][0]}")


def _parsed(body: bytes) -> Any:
    import orjson

    if not body.strip():
        raise Malformed(EMPTY)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if b"NaN" in body or b"Infinity" in body:
            return _with_words(body, f"line {error.lineno}, column {error.colno}", error.msg)
        raise Malformed(f"not JSON: {error.msg}", f"line {error.lineno}, column {error.colno}") from None


def _line(line: bytes, at: int) -> Any:
    import orjson

    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        if b"NaN" in line or b"Infinity" in line:
            return _with_words(line, f"line {at}, column {error.colno}", error.msg)
        raise Malformed(f"not JSON: {error.msg}", f"line {at}, column {error.colno}") from None


def _with_words(body: bytes, where: str, fault: str) -> Any:
    """Reads JSON in which a program wrote ``NaN`` for what is missing, as Python's own does; infinity is refused."""

    def constant(word: str) -> None:
        if word != "NaN":
            raise Malformed(f"{word} is infinite; send a finite number, or null where it is missing", where)

    try:
        return json.loads(body, parse_constant=constant, parse_int=_whole)
    except (ValueError, RecursionError):
        raise Malformed(f"not JSON: {fault}", where) from None


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) < _LONGEST_WHOLE else float(digits)
