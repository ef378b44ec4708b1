"""A local image, as Docker describes it, and the purpose of its push."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from launch.description import Job

VERSION_LABEL = "org.opencontainers.image.version"
TITLE_LABEL = "org.opencontainers.image.title"
ABILITY = "com.amazonaws.sagemaker.capabilities."
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""The PATH that Docker sets where the image has none."""


@dataclass(frozen=True)
class LocalImage:
    """The configuration of one image."""

    name: str
    id: str
    """``sha256:`` and 64 hexadecimal digits, which follow from the content."""
    names: tuple[str, ...]
    system: str
    architecture: str
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    environment: Mapping[str, str]
    labels: Mapping[str, str]
    user: str
    layers: int
    size: int
    """Bytes; unpacked or, with containerd's image store, of the compressed layers."""

    @classmethod
    def of(cls, name: str, inspected: Mapping[str, Any]) -> LocalImage:
        """Makes one from an entry of ``docker image inspect``."""
        configuration = inspected["Config"]
        return cls(
            name=name,
            id=inspected["Id"],
            names=tuple(inspected.get("RepoTags") or ()),
            system=inspected["Os"],
            architecture=inspected["Architecture"],
            entrypoint=tuple(configuration.get("Entrypoint") or ()),
            command=tuple(configuration.get("Cmd") or ()),
            environment=dict(variable.split("=", 1) for variable in configuration.get("Env") or ()),
            labels=configuration.get("Labels") or {},
            user=configuration.get("User", ""),
            layers=len(inspected["RootFS"]["Layers"]),
            size=inspected["Size"],
        )

    @property
    def path(self) -> list[str]:
        """The folders in which programs are looked for."""
        return [folder for folder in self.environment.get("PATH", DEFAULT_PATH).split(":") if folder]

    @property
    def content_tag(self) -> str:
        """A tag that only this content has, ``sha256-51c22eb438e3``."""
        return self.id.replace(":", "-")[: len("sha256-") + 12]

    @property
    def for_gpu(self) -> bool:
        """Whether containers of it ask for the host's GPUs."""
        return bool(self.environment.get("NVIDIA_VISIBLE_DEVICES")) or self.labels.get(TITLE_LABEL, "").endswith("-gpu")


@dataclass(frozen=True)
class Purpose:
    """The family, tag and instance types that an image is pushed for."""

    family: str
    tag: str
    labelled: bool = True
    """Whether the tag claims to be the image's version."""
    instance_types: tuple[str, ...] = ()
    volume_gb: int = 30
    serverless: bool = False
    pipeline: bool = False
    multi_model: bool = False


def instance_types(job: Job) -> tuple[str, ...]:
    """All types that a job description names."""
    types = [job.training.instance_type]
    if job.endpoint is not None and job.endpoint.serverless is None:
        types.append(job.endpoint.instance_type)
    if job.transform is not None:
        types.append(job.transform.instance_type)
    return tuple(dict.fromkeys(types))
