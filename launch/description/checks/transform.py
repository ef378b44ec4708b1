"""Batch transform: how files become requests, and what can stand beside each other in the output."""

from __future__ import annotations

from collections.abc import Iterator

from launch.declaration import Declared
from launch.description.checks import instances
from launch.description.job import Job
from launch.description.mistakes import Mistake
from launch.description.records import CSV, JSON, JSONLINES, PROTOBUF, Records, media_type, of_transform
from launch.description.transform import Transform

MAX_MB, USUAL_MB = 100, 6
"""MB of all requests that are under way at once, and of one unless something else is said."""
MAX_VARIABLES = 16
JOINABLE = (CSV, JSON, JSONLINES)


def mistakes(job: Job, declared: Declared) -> Iterator[Mistake]:
    """Finds mistakes in the part ``transform``."""
    part = job.transform
    if part is None:
        return
    records = of_transform(part, declared)
    found = [*_split(part, records, declared), *_sizes(part)]
    if not _begins_elsewhere(job):
        found += _content_type(part, declared)
    for key, text in (*found, *_processing(part, records), *_instances(job, part)):
        yield Mistake(("transform", key), text)


def _begins_elsewhere(job: Job) -> bool:
    """Whether another container gets the requests, of which nothing is declared."""
    return bool(job.endpoint and job.endpoint.pipeline and job.endpoint.pipeline.before)


def _content_type(part: Transform, declared: Declared) -> Iterator[tuple[str, str]]:
    name = part.content_type.partition(";")[0].strip().lower()
    if name not in declared.request_types:
        text = f"{declared.name} does not answer {name!r}; it answers {', '.join(declared.request_types)}"
        yield "content_type", text


def _split(part: Transform, records: Records, declared: Declared) -> Iterator[tuple[str, str]]:
    kind, lines = media_type(part.content_type), records.split == "Line"
    if declared.one_record and records.split != "None":
        yield "split", f"a request to {declared.name} is a whole file; leave this out"
    elif records.split == "TFRecord" or (records.split == "RecordIO" and kind != PROTOBUF):
        yield "split", f"{records.split} does not part {kind}; leave this out"
    elif lines and kind == PROTOBUF:
        yield "split", f"{kind} has no lines; leave this out, it is parted by RecordIO"
    if part.strategy == "MultiRecord" and records.split == "None":
        yield "strategy", "several records in a request need files that are split; leave this out, or give split"
    if lines and "header=present" in part.content_type.replace(" ", "").lower():
        text = "only the first request of a file would begin with its header: remove the headers, or give split: None"
        yield "content_type", text


def _sizes(part: Transform) -> Iterator[tuple[str, str]]:
    size = USUAL_MB if part.max_payload_mb is None else part.max_payload_mb
    if part.max_concurrent and part.max_concurrent * size > MAX_MB:
        text = f"{part.max_concurrent} requests of {size} MB at once are more than {MAX_MB} MB"
        yield "max_concurrent", f"{text}; give less, or a smaller max_payload_mb"
    if len(part.environment) > MAX_VARIABLES:
        yield "environment", f"has {len(part.environment)} variables; a batch transform takes {MAX_VARIABLES}"


def _processing(part: Transform, records: Records) -> Iterator[tuple[str, str]]:
    for key in ("input_filter", "output_filter"):
        if getattr(part, key) and not getattr(part, key).startswith("$"):
            yield key, f"{getattr(part, key)!r} is no JSONPath: it begins with $, as in $[1:]"
    filters = [key for key in ("input_filter", "output_filter", "join") if getattr(part, key)]
    if filters and (kind := media_type(part.content_type)) not in JOINABLE:
        yield filters[0], f"is for {', '.join(JOINABLE)}, not for {kind}"
    elif part.join or part.output_filter not in ("", "$"):
        yield from _answers("join" if part.join else "output_filter", part, records)


def _answers(key: str, part: Transform, records: Records) -> Iterator[tuple[str, str]]:
    """What ``key`` needs where answers are looked into."""
    kind, accept = media_type(part.content_type), media_type(records.accept)
    if accept != kind:
        yield key, f"needs answers of the same type as the records: accept is {accept}, not {kind}"
    elif records.assemble != records.split:
        yield key, f"needs assemble: {records.split}, as the files are split; leave assemble out"


def _instances(job: Job, part: Transform) -> Iterator[tuple[str, str]]:
    for text in instances.problems(part.instance_type, job):
        yield "instance_type", text
