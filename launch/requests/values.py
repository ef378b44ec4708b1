"""Members that several requests share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launch.description import Job
from launch.description.hyperparameter_texts import fixed, hyperparameters, text

__all__ = ["fixed", "given", "hyperparameters", "tags", "text"]


def tags(job: Job) -> list[dict[str, str]]:
    """The user's tags, and the one by which everything of a description is found again."""
    return [{"Key": key, "Value": value} for key, value in ({"open-algorithms:job": job.name} | job.tags).items()]


def given(members: Mapping[str, Any]) -> dict[str, Any]:
    """A request without the members that say nothing: None, empty texts, lists and mappings, False."""
    return {name: value for name, value in members.items() if value or (value == 0 and value is not False)}
