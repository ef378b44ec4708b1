"""The part ``endpoint`` of a job description: instances, autoscaling, data capture, pipeline."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from launch.description.parts import EndpointName, Environment, InstanceType, LocalPath, Part, S3Uri


class Autoscaling(Part):
    """More instances when each gets many requests, fewer when not."""

    min: Annotated[int, Field(ge=0)] = 2
    """0 only with ``asynchronous``."""
    max: Annotated[int, Field(ge=1)]
    invocations_per_instance: Annotated[float, Field(gt=0)] = 1000
    """Requests a minute and instance that are aimed at (``asynchronous``: waiting requests an instance)."""
    scale_in_cooldown: Annotated[int, Field(ge=0)] = 300
    """Seconds."""
    scale_out_cooldown: Annotated[int, Field(ge=0)] = 60
    """Seconds."""
    utilization: Annotated[float, Field(gt=0, lt=1)] = 0.7
    """Share of the provisioned concurrency that should be in use, in place of ``invocations_per_instance``; only with
    ``serverless.provisioned``, whose count ``min`` and ``max`` then bound."""


class DataCapture(Part):
    """Requests and answers are kept in S3, for monitoring."""

    output: S3Uri
    percentage: Annotated[int, Field(ge=1, le=100)] = 100
    """Percentage of the requests that is captured."""
    what: Annotated[tuple[Literal["Input", "Output"], ...], Field(min_length=1)] = ("Input", "Output")


class Asynchronous(Part):
    """Requests and answers lie in S3; up to 1 GB and an hour each, and the endpoint may shrink to nothing."""

    output: S3Uri
    failures: S3Uri | None = None
    """Where errors go; default: nowhere."""
    max_concurrent: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Requests that an instance works on at once."""
    success_topic: str | None = None
    """ARN of an SNS topic."""
    error_topic: str | None = None
    """The same, for failures."""


class Serverless(Part):
    """No instances: paid by the request, slow after a pause."""

    memory_mb: Literal[1024, 2048, 3072, 4096, 5120, 6144] = 2048
    """Processors come with it; the image has to be below 10 GB."""
    concurrency: Annotated[int, Field(ge=1, le=200)] = 5
    """Requests at once; more are throttled."""
    provisioned: Annotated[int, Field(ge=1, le=200)] | None = None
    """Requests at once for which capacity is kept warm, which is paid all the time."""


class MultiModel(Part):
    """Many models of one family behind one endpoint; a request names one of the archives under ``models``."""

    models: S3Uri
    """The folder of the archives, ending with ``/``."""
    cache: bool = True
    """Models stay in memory between requests, the least used one goes first."""


class Container(Part):
    """One more container of an inference pipeline, which runs on the same instances."""

    image: str
    """Address in ECR."""
    model: S3Uri | None = None
    """Its ``model.tar.gz``."""
    local: Annotated[LocalPath, Field(examples=["build/job/model.tar.gz"])] | None = None
    """Its ``model.tar.gz`` on this machine, for ``local_test``, seen from the folder of the job description."""
    environment: Environment = Field(default_factory=dict)
    """Environment variables of the serving container."""


class Pipeline(Part):
    """Containers before and after this job's own: what one answers is the request of the next."""

    before: tuple[Container, ...] = ()
    """The first gets the request."""
    after: tuple[Container, ...] = ()
    """The last gives the answer."""


class Update(Part):
    """How traffic shifts to a new model while the old instances still run; both are billed meanwhile."""

    traffic: Literal["all-at-once", "canary", "linear"] = "all-at-once"
    """``canary``: a small part first, then the rest; ``linear``: in equal steps."""
    percent: Annotated[int, Field(ge=1, le=50)] = 10
    """Percentage of the capacity: the canary's part, or one step; a step of ``linear`` is at least 10."""
    wait_seconds: Annotated[int, Field(ge=0, le=3600)] = 300
    """Between the canary and the rest, and between steps."""
    keep_old_seconds: Annotated[int, Field(ge=0, le=3600)] = 300
    """How long the old instances stay after the last step; an alarm brings them back until then."""


class Endpoint(Part):
    """A real-time, asynchronous or serverless endpoint."""

    name: EndpointName | None = None
    """Default: the job's name."""
    model: S3Uri | None = None
    """The ``model.tar.gz`` to host; default: what the newest training of this description has left."""
    instance_type: InstanceType = "ml.m5.large"
    instances: Annotated[int, Field(ge=1, le=100)] = 2
    """Two or more are spread over availability zones."""
    environment: Environment = Field(default_factory=dict)
    """Environment variables of the serving container."""
    autoscaling: Autoscaling | None = None
    data_capture: DataCapture | None = None
    asynchronous: Asynchronous | None = None
    serverless: Serverless | None = None
    multi_model: MultiModel | None = None
    pipeline: Pipeline | None = None
    alarms: Annotated[tuple[str, ...], Field(max_length=10)] = ()
    """Names of CloudWatch alarms: one that goes off while the endpoint is updated brings the old model back."""
    update: Update | None = None
    """How traffic shifts in an update; default: all at once."""
    startup_seconds: Annotated[int, Field(ge=60, le=3600)] | None = None
    """How long the container may take until its first good ping; the service's default is 480."""
