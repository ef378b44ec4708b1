"""Turns pydantic's errors into messages about a job description: what is wrong, and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from launch.description import schema
from launch.description.mistakes import Place

SIMPLE = {
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "float_type": "a number",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
}
SHOWN = 60
"""Characters of a wrong value that are repeated."""


def words(problems: Sequence[Mapping[str, Any]], place: Place) -> str:
    """What to tell of the problems that one value has; a value has several where it may be of several types."""
    problem = problems[0]
    kind, given = problem["type"], problem["input"]
    if kind == "extra_forbidden":
        return f"unknown key{_suggestion(place)}"
    if kind == "missing":
        return f"is required and not given{_example(place)}"
    if given is None:
        return f"is empty; give a value{_example(place)}, or remove the key"
    if kind == "string_pattern_mismatch":
        return _misformed(given, problem["ctx"]["pattern"], place)
    if kind == "literal_error":
        return f"{shown(given)} is none of {problem['ctx']['expected']}"
    if kind == "string_type" and isinstance(given, bool | int | float):
        return f"should be a text, not {shown(given)}; put it in quotes"
    if len(problems) > 1 and all(one["type"].endswith("_type") for one in problems):
        return f"should be a text, a number, true or false{_or_a_list(problems)}, not {shown(given)}"
    if kind in SIMPLE:
        return f"should be {SIMPLE[kind]}, not {shown(given)}"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return f"should be a mapping of keys and values, not {shown(given)}{_known(schema.keys(place))}"
    return _own_words(problem["msg"], given)


def shown(value: Any) -> str:
    """A value as it is repeated in a message: never long."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """``, did you mean instances?`` with one or two names that are alike, or nothing."""
    close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.85)
    close = close or difflib.get_close_matches(name.lower(), known, n=2)
    return f", did you mean {' or '.join(close)}?" if close else ""


def _own_words(message: str, given: Any) -> str:
    told = message.removeprefix("Value error, ").removeprefix("Input ")
    told = told[:1].lower() + told[1:]
    names_value = not message.startswith("Input ") or isinstance(given, Mapping | list)
    return told if names_value else f"{told}, not {shown(given)}"


def _suggestion(place: Place) -> str:
    key, known = str(place[-1]), schema.keys(place[:-1])
    homes = [] if len(place) > 1 else schema.homes(key)
    if homes:
        return f"; it belongs into {' or '.join(homes)}"
    return did_you_mean(key, known) or _known(known)


def _known(keys: Sequence[str]) -> str:
    return f"; known are {', '.join(keys)}" if keys else ""


def _example(place: Place) -> str:
    example = schema.example(place)
    return "" if example is None else f", for example {example}"


def _misformed(given: Any, pattern: str, place: Place) -> str:
    example = next((node["examples"][0] for node in schema.allowed(place) if node.get("pattern") == pattern
                    and node.get("examples")), None)  # fmt: skip
    return f"{shown(given)} has not the form of {example}" if example else f"{shown(given)} has not the form {pattern}"


def _or_a_list(problems: Sequence[Mapping[str, Any]]) -> str:
    return ", or a list of them" if any(one["type"] == "tuple_type" for one in problems) else ""
