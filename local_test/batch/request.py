"""A request to CreateTransformJob, with the limits that the service enforces before it starts anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local_test.batch import jsonpath
from local_test.errors import InvalidArgument
from local_test.request import environment_problems, job_name

MAX_MB, USUAL_MB = 100, 6
"""MB of all requests that are under way at once, and of one unless something else is said."""
MAX_VARIABLES = 16
MAX_FILTER = 63
CSV, JSON, JSONLINES = "text/csv", "application/json", "application/jsonlines"
SPLITS = ("None", "Line", "RecordIO", "TFRecord")
STRATEGIES = {"SingleRecord": "SINGLE_RECORD", "MultiRecord": "MULTI_RECORD"}
"""The words of the API, and those of the container."""


@dataclass(frozen=True)
class TransformRequest:
    """A batch transform, in the service's words; an empty ``strategy`` and None leave it to the container.

    ``data`` is a file, or a folder of which every file is taken. ``max_payload_mb`` 0 sends bodies of any size in
    chunks; ``timeout`` is in seconds, of one request.
    """

    data: Path
    content_type: str = CSV
    accept: str = ""
    split: str = "None"
    strategy: str = ""
    assemble: str = "None"
    compression: str = "None"
    max_payload_mb: int | None = None
    max_concurrent: int | None = None
    input_filter: str = ""
    output_filter: str = ""
    join: bool = False
    timeout: float = 600
    retries: int = 3
    environment: Mapping[str, str] = field(default_factory=dict)
    name: str = field(default_factory=job_name)

    @property
    def kind(self) -> str:
        """The media type of the records, without its parameters."""
        return media_type(self.content_type)

    @property
    def processes(self) -> bool:
        """Whether records are looked into, and not only cut off and sent."""
        return self.reads_answers or self.input_filter not in ("", "$")

    @property
    def reads_answers(self) -> bool:
        """Whether answers are looked into, and not only put behind each other."""
        return self.join or self.output_filter not in ("", "$")

    @property
    def platform_environment(self) -> dict[str, str]:
        """Environment of the container; what the request leaves open is not set."""
        told = {
            "SAGEMAKER_BATCH": "true",
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": self.max_payload_mb,
            "SAGEMAKER_BATCH_STRATEGY": STRATEGIES.get(self.strategy),
            "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": self.max_concurrent,
        }
        return {name: str(value) for name, value in told.items() if value is not None} | dict(self.environment)

    def check(self) -> None:
        """Raises an InvalidArgument that names everything the service would refuse."""
        problems = [*self._problems(), *self._size_problems(), *self._filter_problems(), *self._processing_problems()]
        if problems:
            raise InvalidArgument("; ".join(problems))

    def _problems(self) -> Iterator[str]:
        if self.split not in SPLITS:
            yield f"split {self.split!r} is none of {', '.join(SPLITS)}"
        if self.strategy and self.strategy not in STRATEGIES:
            yield f"strategy {self.strategy!r} is none of {', '.join(STRATEGIES)}"
        if not 0 <= self.retries <= 3 or not 0 < self.timeout <= 3600:
            yield f"{self.retries} retries of {self.timeout:g} s: 0 to 3 of at most 3600 s are possible"
        if len(self.environment) > MAX_VARIABLES:
            yield f"{len(self.environment)} environment variables; a batch transform takes {MAX_VARIABLES}"
        yield from environment_problems(self.environment)

    def _size_problems(self) -> Iterator[str]:
        size = USUAL_MB if self.max_payload_mb is None else self.max_payload_mb
        if not 0 <= size <= MAX_MB:
            yield f"{size} MB a request; 0 to {MAX_MB} are possible"
        elif self.max_concurrent is not None and not 1 <= self.max_concurrent <= MAX_MB:
            yield f"{self.max_concurrent} requests at once; 1 to {MAX_MB} are possible"
        elif (self.max_concurrent or 1) * size > MAX_MB:
            yield f"{self.max_concurrent} requests of {size} MB at once are more than {MAX_MB} MB"

    def _filter_problems(self) -> Iterator[str]:
        for path in filter(None, (self.input_filter, self.output_filter)):
            if len(path) > MAX_FILTER:
                yield f"the filter {path!r} is longer than {MAX_FILTER} characters"
            try:
                jsonpath.parse(path)
            except ValueError as error:
                yield str(error)

    def _processing_problems(self) -> Iterator[str]:
        what = "to join" if self.join else "to filter the output"
        if self.processes and self.kind not in (CSV, JSON, JSONLINES):
            yield f"filters and joins are for {CSV}, {JSON} and {JSONLINES}, not for {self.kind}"
        elif self.reads_answers and media_type(self.accept) != self.kind:
            yield f"{what}, the answers have to be {self.kind} as the records: accept is {self.accept or 'not given'}"
        elif self.reads_answers and self.split != self.assemble:
            yield f"{what}, assemble has to be {self.split} as split, not {self.assemble}"


def media_type(content_type: str) -> str:
    """Without parameters; ``csv`` is the short name that SageMaker's algorithms know."""
    name = content_type.partition(";")[0].strip().lower()
    return CSV if name == "csv" else name
