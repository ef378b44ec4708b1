"""Instance types that our images or the job's keys do not get along with."""

from __future__ import annotations

from collections.abc import Iterator

from launch import instances
from launch.description.job import Job


def problems(instance_type: str, job: Job) -> Iterator[str]:
    """Finds what is wrong with an instance type of the job."""
    if instances.architecture(instance_type) != "amd64":
        yield f"{instance_type} has an ARM processor, the images are for x86: choose one such as ml.m5.xlarge"
    if job.keys.volume and instances.has_own_disk(instance_type):
        text = "encrypts its own disk and takes no keys.volume: leave the key out, or choose one such as ml.m5.xlarge"
        yield f"{instance_type} {text}"
