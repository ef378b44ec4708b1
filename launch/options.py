"""The command line; what all verbs share."""

from __future__ import annotations

import argparse

from launch.commands import delete, deploy, describe, push, retrain, status, train, transform, tune
from launch.version import VERSION

VERBS = {
    "push": (push, "put an image into ECR, after a preflight"),
    "train": (train, "start a training job and follow it"),
    "tune": (tune, "start a hyperparameter tuning job and follow it"),
    "deploy": (deploy, "host the model behind an endpoint"),
    "transform": (transform, "predict all records of some files in S3"),
    "retrain": (retrain, "train on new data; update the endpoint only if the model is better"),
    "status": (status, "show everything there is of a job description"),
    "delete": (delete, "remove the endpoint and all that belongs to it"),
    "describe": (describe, "print an algorithm's metric definitions and tunable ranges as JSON"),
}


def parser() -> argparse.ArgumentParser:
    """The parser of ``python -m launch``; the chosen verb is in ``verb``."""
    main = argparse.ArgumentParser(
        prog="launch", description="Takes one job description from a laptop to SageMaker.", allow_abbrev=False
    )
    main.add_argument("--version", action="version", version=VERSION)
    verbs = main.add_subparsers(dest="verb", required=True, metavar="|".join(VERBS))
    for name, (module, about) in VERBS.items():
        module.arguments(verbs.add_parser(name, help=about, description=about, allow_abbrev=False))
    return main
