"""A model that exists for one transform job only."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Any

from launch import console
from launch.aws.cloud import Cloud
from launch.errors import ServiceError


@dataclass
class TemporaryModel:
    """Creates the model unless it ``exists``; at the end removes it, or names it while ``needed``."""

    cloud: Cloud
    request: dict[str, Any]
    exists: bool = False
    needed: bool = False
    """Whether a job uses it that goes on without us."""

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.request["ModelName"])

    def __enter__(self) -> TemporaryModel:
        if not self.exists:
            try:
                self.cloud.call("sagemaker", "CreateModel", **self.request)
            except ServiceError as error:
                if "already existing" not in str(error):  # left by a run that could not remove it
                    raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.needed:
            console.note(
                f"the model {self.name} stays, the job needs it; the same command removes it when the job is over, or: "
                f"aws sagemaker delete-model --model-name {self.name} --region {self.cloud.region}"
            )
            return
        try:
            self.cloud.call("sagemaker", "DeleteModel", ModelName=self.name)
        except ServiceError as refused:
            if "could not find" not in str(refused).lower():
                console.note(f"the model {self.name} is left: {refused}")
