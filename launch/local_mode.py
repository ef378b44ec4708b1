"""Finds the image and folders of this machine for the local mode of SageMaker's SDKs."""

from __future__ import annotations

from collections.abc import Iterator

from launch.description import Job
from launch.description.training import ChannelInput
from launch.errors import UsageError
from launch.requests.destination import Destination

ROLE = "arn:aws:iam::000000000000:role/local-mode"
"""A placeholder that no service assumes; a bare name would be looked up in AWS."""
REGION = "us-east-1"
"""Region of local sessions, which call no AWS, where neither description nor environment names one."""


def this_machine(job: Job) -> Destination:
    """The newest image of the family that was built here, whatever image the description names for AWS."""
    image = f"open-algorithms/{job.family}:latest"
    return Destination(region=job.region or REGION, account="", partition="aws", image=image, role=ROLE)


def folders(job: Job) -> Iterator[tuple[str, ChannelInput, str]]:
    """Name, channel and absolute folder of each channel. Raises ``UsageError`` where there is none."""
    for name, channel in job.channels.items():
        if channel.local is None:
            raise UsageError(
                f"channels.{name} has no `local`: local mode reads folders of this machine; name one there"
            )
        if not channel.local.is_dir():
            raise UsageError(
                f"channels.{name}.local: local mode mounts folders, and {channel.local} is none: name the folder that "
                "holds it, or run `python -m local_test train`, which takes files too"
            )
        yield name, channel, str(channel.local.absolute())
