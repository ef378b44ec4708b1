"""A batch transform: all records of some files are predicted, then the instances are gone."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from launch.description.parts import Environment, InstanceType, LocalPath, Part, S3Uri


class Transform(Part):
    """Input, output, and how files become requests."""

    data: S3Uri
    """A file, or a folder whose files are all read."""
    local: Annotated[LocalPath, Field(examples=["data/records.csv"])] | None = None
    """A file or folder for ``local_test``, seen from the folder of the job description."""
    output: S3Uri
    """Each input file becomes one with ``.out`` at its end."""
    content_type: str = "text/csv"
    """What one request holds."""
    accept: str = ""
    """Default: one line, or one framed record, for each record that was split off; else the algorithm's own answer."""
    model: S3Uri | None = None
    """The ``model.tar.gz``; default: what the newest training of this description has left."""
    instance_type: InstanceType = "ml.m5.xlarge"
    instances: Annotated[int, Field(ge=1, le=100)] = 1
    """They share the files."""
    split: Literal["None", "Line", "RecordIO", "TFRecord"] | None = None
    """How a file is cut into records; default: ``Line``, or ``RecordIO`` where the content type says so, or ``None``
    for records that are whole files, such as pictures."""
    strategy: Literal["SingleRecord", "MultiRecord"] | None = None
    """Default: as many records as fit a request, where files are split."""
    assemble: Literal["None", "Line"] | None = None
    """Default: ``Line`` where files are split by lines."""
    max_payload_mb: Annotated[int, Field(ge=0, le=100)] | None = None
    """Default: what the container says, usually 6; 0 sends bodies of any size in chunks."""
    max_concurrent: Annotated[int, Field(ge=1, le=100)] | None = None
    """Requests at once and instance; default: what the container says, one a processor."""
    compression: Literal["None", "Gzip"] = "None"
    """Whether the input files are compressed."""
    input_filter: Annotated[str, Field(max_length=63)] = ""
    """JSONPath of what is sent, ``$[1:]``."""
    output_filter: Annotated[str, Field(max_length=63)] = ""
    """JSONPath of what is kept of each record and its answer."""
    join: bool = False
    """Whether answers stand beside their records in the output."""
    timeout_seconds: Annotated[int, Field(ge=1, le=3600)] | None = None
    """How long one request may take."""
    retries: Annotated[int, Field(ge=0, le=3)] | None = None
    """How often one request is sent again."""
    environment: Environment = Field(default_factory=dict)
    """Environment variables of the serving container."""
