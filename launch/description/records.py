"""Chooses split, strategy and assembly of a batch transform where a description leaves them open.

Without a split a file is sent whole, which fails where it is larger than the payload; so files of records are split.
"""

from __future__ import annotations

from dataclasses import dataclass

from launch import declaration
from launch.declaration import Declared
from launch.description.job import Job
from launch.description.transform import Transform

CSV, JSON, JSONLINES = "text/csv", "application/json", "application/jsonlines"
PROTOBUF = "application/x-recordio-protobuf"
NAMES = {"csv": CSV, "libsvm": "text/libsvm", "text/x-libsvm": "text/libsvm", "recordio-protobuf": PROTOBUF}
SPLITS = {CSV: "Line", JSONLINES: "Line", "text/libsvm": "Line", PROTOBUF: "RecordIO"}
ANSWERS = {CSV: CSV, JSONLINES: JSONLINES, "text/libsvm": CSV, PROTOBUF: PROTOBUF}
"""Media types of answers that can be put behind each other: one line, or one framed record, for each record."""


@dataclass(frozen=True)
class Records:
    """The decisions, by the service's own words; ``accept`` may be empty."""

    split: str
    strategy: str
    assemble: str
    accept: str


def of_transform(part: Transform, declared: Declared) -> Records:
    """The choices of the description, completed by those that fit its content type and algorithm."""
    kind = media_type(part.content_type)
    split = part.split or ("None" if declared.one_record else SPLITS.get(kind, "None"))
    accept = part.accept or _accept(part, kind, split)
    lines = split == "Line" and media_type(accept) != PROTOBUF
    return Records(
        split=split,
        strategy=part.strategy or ("SingleRecord" if split == "None" else "MultiRecord"),
        assemble=part.assemble or ("Line" if lines else "None"),
        accept=accept,
    )


def of_job(job: Job, part: Transform) -> Records:
    """The same for a job, whose algorithm is found; ``part`` need not be the one of its description."""
    return of_transform(part, declaration.find(job.family, job.algorithm))


def media_type(content_type: str) -> str:
    """The long name of a media type, without its parameters."""
    name = content_type.partition(";")[0].strip().lower()
    return NAMES.get(name, name)


def _accept(part: Transform, kind: str, split: str) -> str:
    """Empty, which leaves it to the algorithm, where a request is a whole file."""
    if part.join or part.output_filter:
        return kind
    if split == "None":
        return ""
    return ANSWERS.get(kind, JSONLINES)
