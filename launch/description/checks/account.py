"""Checks role, image, tags and the environment of the training container."""

from __future__ import annotations

import re
from collections.abc import Iterator

from launch.declaration import Declared
from launch.description.job import Job
from launch.description.mistakes import Mistake
from launch.description.validation_messages import shown

ROLE = re.compile(r"(arn:aws[a-z-]*:iam::\d{12}:role/)?[\w+=,.@/-]{1,512}", re.ASCII)
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
IMAGE = re.compile(
    r"\d{12}\.dkr[.-]ecr(-fips)?\.(?P<region>[a-z0-9-]+)\.(amazonaws\.com(\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)"
    r"/[a-z0-9]+([._/-]+[a-z0-9]+)*(:\w[\w.-]{0,127})?(@sha256:[0-9a-f]{64})?",
    re.ASCII,
)
MAX_IMAGE = 255
TAG = re.compile(r"[\w\s.:/=+@-]*")
MAX_TAG_NAME, MAX_TAG_VALUE = 128, 256
OWN_TAGS = "open-algorithms:"
MAX_VARIABLES, MAX_VARIABLES_TUNED = 100, 48
MAX_VARIABLE = 512
"""Characters of a value."""


def mistakes(job: Job, declared: Declared) -> Iterator[Mistake]:
    """Finds mistakes that no algorithm matters for."""
    if job.role and not ROLE.fullmatch(job.role):
        text = "is neither the name of an IAM role nor its ARN, arn:aws:iam::123456789012:role/NAME"
        yield Mistake(("role",), f"{shown(job.role)} {text}")
    if job.region and not REGION.fullmatch(job.region):
        yield Mistake(("region",), f"{shown(job.region)} is not the name of a region, such as eu-west-1")
    yield from _image(job)
    for name, value in job.tags.items():
        yield from (Mistake(("tags", name), text) for text in _tag(name, value))
    yield from _environment(job)


def _image(job: Job) -> Iterator[Mistake]:
    if not job.image:
        return
    address = IMAGE.fullmatch(job.image)
    if address is None or len(job.image) > MAX_IMAGE:
        text = (
            "is no address in ECR, ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG; `python -m launch push` prints "
            "it, and an image of this machine is given to `python -m local_test` as --image"
        )
        yield Mistake(("image",), f"{shown(job.image)} {text}")
    elif job.region and address["region"] != job.region:
        text = f"lies in {address['region']}, but the job runs in {job.region}"
        yield Mistake(("image",), f"{text}: push it there too (`python -m launch push --region {job.region}`)")


def _tag(name: str, value: str) -> Iterator[str]:
    if name.lower().startswith("aws:"):
        yield "names that begin with aws: are Amazon's own; choose another"
    if name.startswith(OWN_TAGS):
        yield f"names that begin with {OWN_TAGS} are set by launch itself; choose another"
    if not name or len(name) > MAX_TAG_NAME or len(value) > MAX_TAG_VALUE:
        yield f"a tag's name has 1 to {MAX_TAG_NAME} characters, its value {MAX_TAG_VALUE} at the most"
    if not TAG.fullmatch(name) or not TAG.fullmatch(value):
        yield "a tag is made of letters, digits, blanks and _ . : / = + - @"


def _environment(job: Job) -> Iterator[Mistake]:
    most = MAX_VARIABLES_TUNED if job.tuning else MAX_VARIABLES
    if len(job.environment) > most:
        kind = "tuning" if job.tuning else "training"
        yield Mistake(("environment",), f"has {len(job.environment)} variables; a {kind} job takes {most} at the most")
    for name, value in job.environment.items():
        if len(value) > MAX_VARIABLE:
            yield Mistake(("environment", name), f"has {len(value)} characters; {MAX_VARIABLE} are the most")
