"""Job descriptions for tests: of every algorithm there is, made from its own example, and mended as a test wants."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from launch import declaration
from launch.declaration import Declared
from launch.description import Job, checks
from launch.requests.destination import Destination

ROOT = Path(__file__).parents[2]
ALGORITHMS = [(family, name) for family in declaration.families() for name in declaration.algorithms(family)]
ROLE = "arn:aws:iam::123456789012:role/execution"
AT = Destination(
    region="eu-west-1",
    account="123456789012",
    partition="aws",
    image="123456789012.dkr.ecr.eu-west-1.amazonaws.com/open-algorithms/family:0.1.0",
    role=ROLE,
)
SMALL: dict[str, Any] = {
    "name": "seoul-bike",
    "family": "xgboost",
    "role": "execution",
    "output": "s3://bucket/models/",
    "hyperparameters": {"objective": "reg:squarederror", "num_round": 20},
    "channels": {name: {"s3": f"s3://bucket/{name}/", "content_type": "text/csv"} for name in ("train", "validation")},
}
TUNING: dict[str, Any] = {"metric": "validation:rmse", "ranges": {"eta": {"from": 0.01, "to": 0.5}}}
TRANSFORM: dict[str, Any] = {"data": "s3://bucket/new/", "output": "s3://bucket/predicted/"}


def example(family: str, algorithm: str) -> dict[str, Any]:
    """The description of an algorithm's example job, with everything in S3."""
    config = ROOT / "containers" / family / "example" / algorithm / "input" / "config"
    channels = json.loads((config / "inputdataconfig.json").read_text())
    given = json.loads((config / "hyperparameters.json").read_text())
    return SMALL | {
        "family": family,
        "algorithm": algorithm,
        "hyperparameters": {name: value for name, value in given.items() if name != "algorithm"},
        "channels": {
            name: {"s3": f"s3://bucket/{name}/", "content_type": channel["ContentType"]}
            for name, channel in channels.items()
        },
    }


def job(base: dict[str, Any] | None = None, **changes: Any) -> Job:
    """A job, as it is read from a file: without any mistake."""
    made = Job.model_validate((SMALL if base is None else base) | changes)
    assert list(checks.mistakes(made)) == []
    return made


def declared_of(made: Job) -> Declared:
    """What the algorithm of a job declares."""
    return declaration.find(made.family, made.algorithm)


def mistakes(base: dict[str, Any] | None = None, **changes: Any) -> dict[str, str]:
    """What is wrong with a description, by dotted place; each place once."""
    made = Job.model_validate((SMALL if base is None else base) | changes)
    found = [(".".join(map(str, one.place)), one.text) for one in checks.mistakes(made)]
    assert len(dict(found)) == len(found), found
    return dict(found)
