"""The base class of all parts of a job description, and the types of their values."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints


class Part(BaseModel):
    """A part of a job description: unknown keys are mistakes, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)


Scalar: TypeAlias = bool | int | float | str | None

Name = Annotated[
    str, StringConstraints(pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9])*$", max_length=40), Field(examples=["seoul-bike"])
]
"""Letters, digits and hyphens between them; the names of everything in AWS begin with it."""

EndpointName = Annotated[
    str, StringConstraints(pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9])*$", max_length=63), Field(examples=["seoul-bike"])
]

S3Uri = Annotated[
    str,
    StringConstraints(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?$", max_length=1024),
    Field(examples=["s3://my-bucket/folder/"]),
]
"""``s3://bucket/key``."""


def _usable(path: Path) -> Path:
    """With ``~`` replaced."""
    if "\0" in str(path):
        raise ValueError("a path holds no NUL characters")
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ValueError(f"{path} begins in the home of a user that is not there") from error


LocalPath = Annotated[Path, AfterValidator(_usable)]
"""A file or folder of this machine."""

InstanceType = Annotated[
    str, StringConstraints(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$"), Field(examples=["ml.m5.xlarge"])
]
"""``ml.m5.xlarge``."""

ChannelName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]

VariableName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$", max_length=512)]

Environment: TypeAlias = dict[VariableName, Annotated[str, StringConstraints(max_length=1024)]]

KmsKey = Annotated[
    str, StringConstraints(pattern=r"^[a-zA-Z0-9:/_-]+$", max_length=2048), Field(examples=["alias/models"])
]
"""A key's id, ARN or alias."""

SubnetId = Annotated[
    str,
    StringConstraints(pattern=r"^subnet-[0-9a-zA-Z-]+$", max_length=32),
    Field(examples=["subnet-0123456789abcdef0"]),
]
SecurityGroupId = Annotated[
    str, StringConstraints(pattern=r"^sg-[0-9a-zA-Z-]+$", max_length=32), Field(examples=["sg-0123456789abcdef0"])
]
