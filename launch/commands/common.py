"""Options that several verbs share."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from launch import console
from launch.aws.cloud import Cloud
from launch.description import Job

MAX_INTERVAL = 3600
"""Seconds."""


def add_job(parser: argparse.ArgumentParser) -> None:
    """Adds the argument for the job description."""
    parser.add_argument("job", type=Path, metavar="JOB.yaml", help="the job description; launch/README.md shows one")


def add_start(parser: argparse.ArgumentParser) -> None:
    """Adds the options of all verbs that start something of a job description."""
    add_job(parser)
    add_account(parser)
    add_dry_run(parser)
    add_wait(parser)


def add_model(parser: argparse.ArgumentParser) -> None:
    """Adds the option for the model."""
    about = "the model.tar.gz (default: the description's, else what its newest training has left)"
    parser.add_argument("--model", default="", metavar="S3", help=about)


def add_account(parser: argparse.ArgumentParser) -> None:
    """Adds the options for credentials and region."""
    parser.add_argument("--profile", default="", help="of ~/.aws/config (default: AWS_PROFILE or the default one)")
    parser.add_argument(
        "--region", default="", help="default: the description's, then AWS_REGION, AWS_DEFAULT_REGION, the profile's"
    )


def add_dry_run(parser: argparse.ArgumentParser) -> None:
    """Adds the option that prints requests instead of sending them."""
    parser.add_argument("--dry-run", action="store_true", help="print the exact requests as JSON and send none")


def add_wait(parser: argparse.ArgumentParser) -> None:
    """Adds the option not to wait for the end."""
    parser.add_argument("--no-wait", dest="wait", action="store_false", help="return as soon as it has begun")
    add_interval(parser)


def add_interval(parser: argparse.ArgumentParser) -> None:
    """Adds the option for the seconds between two looks at a job."""
    parser.add_argument(
        "--interval", type=_seconds, default=10, metavar="SECONDS", help="between two looks at it (default: 10)"
    )


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value <= MAX_INTERVAL:
        raise argparse.ArgumentTypeError(f"0 to {MAX_INTERVAL}")
    return value


def add_new(parser: argparse.ArgumentParser) -> None:
    """Adds the option that runs the same request again."""
    parser.add_argument("--new", action="store_true", help="another run, even if the same request ran before")


def tell(notes: Iterable[str]) -> None:
    """Prints advice to standard error."""
    for note in notes:
        console.note(f"note: {note}")


def cloud(options: argparse.Namespace, job: Job | None = None) -> Cloud:
    """AWS with the region and credentials of the options and the description."""
    return Cloud(options.region or (job.region if job else ""), options.profile)
