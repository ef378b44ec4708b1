"""Puts an image of this machine into ECR, after a preflight; builds nothing."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

from launch import description, instances
from launch.aws.cloud import Cloud
from launch.aws.destination import image_address
from launch.commands import common
from launch.console import note, say, show_json
from launch.description import Job
from launch.errors import UsageError
from launch.registry import pushing, repository
from launch.registry.distribution import ImageManifest
from launch.registry.docker import Docker
from launch.registry.image import LocalImage, Purpose, instance_types
from launch.registry.repository import Repository
from launch.version import VERSION

PROJECT = "open-algorithms/"
TAG = re.compile(r"(?!sha256-)[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
"""The form of a tag, except those that are named after a content."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the verb."""
    parser.add_argument("--family", default="", help="such as xgboost (default: the job description's)")
    parser.add_argument(
        "--algorithm", default="", help="the image whose default algorithm this is (make build does it)"
    )
    parser.add_argument("--image", default="", help=f"on this machine (default: {PROJECT}FAMILY:{VERSION})")
    parser.add_argument("--tag", default="", help=f"in place of the version, {VERSION}, for what is no release")
    parser.add_argument(
        "--instance-type", action="append", default=[], metavar="TYPE", help="that it shall run on; may be repeated"
    )
    parser.add_argument("--volume-gb", type=int, help="of a job's instance (default: the description's, or 30)")
    parser.add_argument("--job", type=Path, metavar="JOB.yaml", help="a job description that the image is for")
    common.add_account(parser)
    common.add_dry_run(parser)


def run(options: argparse.Namespace) -> int:
    """Pushes; the last two lines of standard output are the image's addresses by tag and by digest."""
    job = description.read(options.job) if options.job else None
    purpose = _purpose(options, job)
    cloud = common.cloud(options, job)
    if not cloud.region:
        raise UsageError("no region: give --region, or set AWS_REGION")
    local = options.image or _local_name(purpose.family, options.algorithm)
    with Docker(os.environ.get("DOCKER", "docker")) as docker:
        image = LocalImage.of(local, docker.inspect(local))
        name = _repository_name(local, purpose.family)
        if options.dry_run:
            return _show(docker, cloud, image, purpose, name)
        place, manifest = pushing.Push(docker, cloud, image, purpose, name).run()
    _tell(cloud, place, manifest, purpose)
    return 0


def _purpose(options: argparse.Namespace, job: Job | None) -> Purpose:
    family = options.family or (job.family if job else "")
    if not family:
        raise UsageError("which family? Give --family, or a job description with --job")
    if job and job.family != family:
        raise UsageError(f"--family is {family}, and {options.job} describes a job of {job.family}: leave one out")
    _check_options(options)
    endpoint = job.endpoint if job else None
    return Purpose(
        family=family,
        tag=options.tag or VERSION,
        labelled=not options.tag,
        instance_types=tuple(options.instance_type) or (instance_types(job) if job else ()),
        volume_gb=options.volume_gb or (job.training.volume_gb if job else Purpose.volume_gb),
        serverless=endpoint is not None and endpoint.serverless is not None,
        pipeline=endpoint is not None and endpoint.pipeline is not None,
        multi_model=endpoint is not None and endpoint.multi_model is not None,
    )


def _check_options(options: argparse.Namespace) -> None:
    if options.tag and not TAG.fullmatch(options.tag):
        raise UsageError(
            f"--tag is {options.tag!r}: give at most 128 letters, digits, dots, hyphens and underscores, not beginning "
            "with a dot, a hyphen or sha256-"
        )
    if options.volume_gb is not None and options.volume_gb < 1:
        raise UsageError(f"--volume-gb is {options.volume_gb}: give the size of the volume in GB, such as 30")
    for kind in options.instance_type:
        if not instances.NAME.fullmatch(kind):
            raise UsageError(f"--instance-type is {kind!r}: give a type with its size, such as ml.m5.xlarge")


def _local_name(family: str, algorithm: str) -> str:
    """The name that ``make build`` gives an image."""
    return f"{PROJECT}{family}{f'-{algorithm}' if algorithm else ''}:{VERSION}"


def _repository_name(local: str, family: str) -> str:
    """The local name where it is the project's: images for GPUs or one algorithm are repositories of their own."""
    return re.split("[:@]", local)[0] if local.startswith(PROJECT) else f"{PROJECT}{family}"


def _show(docker: Docker, cloud: Cloud, image: LocalImage, purpose: Purpose, name: str) -> int:
    problems = pushing.check_image(docker, image, purpose)
    if problems:
        pushing.refuse(image, problems)
    registry = image_address("", cloud.account.id, cloud.region, cloud.account.partition).partition("/")[0]
    show_json(
        {
            "CreateRepository": repository.creation(name),
            "PutLifecyclePolicy": repository.lifecycle(name),
            "docker push": [f"{registry}/{name}:{tag}" for tag in (image.content_tag, purpose.tag)],
        }
    )
    return 0


def _tell(cloud: Cloud, place: Repository, manifest: ImageManifest, purpose: Purpose) -> None:
    counts = repository.findings(cloud, place.name, manifest.digest)
    if counts is None:
        look = f"aws ecr describe-image-scan-findings --region {cloud.region} --repository-name {place.name}"
        pushing.step("scan", f"no result yet; {look} --image-id imageTag={purpose.tag}")
    else:
        told = ", ".join(f"{count} {severity.lower()}" for severity, count in sorted(counts.items()))
        pushing.step("scan", f"weaknesses found: {told or 'none'}")
    if purpose.tag != VERSION or place.name != f"{PROJECT}{purpose.family}":
        note("Job descriptions take this image by one of its addresses, as `image`:")
    say(f"{place.uri}:{purpose.tag}")
    say(f"{place.uri}@{manifest.digest}")
