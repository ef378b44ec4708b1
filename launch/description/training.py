"""The parts of a job description about training: channels, instances, spot, network, keys."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from launch.description.parts import InstanceType, KmsKey, LocalPath, Part, S3Uri, SecurityGroupId, SubnetId

SECONDS_A_DAY = 86_400
InputMode: TypeAlias = Literal["File", "FastFile", "Pipe"]


class FileSystem(Part):
    """A directory of FSx for Lustre or EFS; the job needs ``network.vpc`` to reach it."""

    id: Annotated[str, Field(pattern=r"^fs-[0-9a-f]{8,18}$", examples=["fs-0123456789abcdef0"])]
    """The file system, ``fs-0123456789abcdef0``."""
    path: Annotated[str, Field(pattern=r"^/", max_length=4096, examples=["/fsx/train"])]
    """The directory; on FSx it begins with the mount name, ``/fsx/train``."""
    access: Literal["ro", "rw"] = "ro"
    """Read only, or also write."""


class ChannelInput(Part):
    """One input. In AWS exactly one of ``s3``, ``fsx`` and ``efs`` is read, on a laptop ``local``."""

    s3: S3Uri | None = None
    """A folder, a file or a manifest."""
    fsx: FileSystem | None = None
    """A directory of FSx for Lustre."""
    efs: FileSystem | None = None
    """A directory of EFS."""
    local: Annotated[LocalPath, Field(examples=["data/train.csv"])] | None = None
    """A file or folder for ``local_test``, seen from the folder of the job description."""
    content_type: Annotated[str, Field(max_length=256)] = ""
    """Media type of the files; what is read, the family's README says."""
    input_mode: InputMode = "File"
    """``File`` copies before the program starts, ``FastFile`` streams while it reads; the images refuse ``Pipe``."""
    distribution: Literal["FullyReplicated", "ShardedByS3Key"] = "FullyReplicated"
    """Whether each of several hosts gets all objects or its share of them."""
    data_type: Literal["S3Prefix", "ManifestFile", "AugmentedManifestFile"] = "S3Prefix"
    """What ``s3`` is: a prefix, or a list of objects."""
    attributes: Annotated[tuple[str, ...], Field(max_length=16)] = ()
    """Attributes of an augmented manifest that are read, in this order."""
    compression: Literal["None", "Gzip"] = "None"
    """Leave it: the images read ``.gz`` files as they are."""
    record_wrapper: Literal["None", "RecordIO"] = "None"
    """``RecordIO`` wraps each object into a record."""
    shuffle_seed: int | None = None
    """Shuffles the order of the objects."""


class Spot(Part):
    """Managed spot training: unused capacity, cheaper, may be taken away."""

    max_wait: Annotated[int, Field(ge=1)]
    """Seconds from the request to the end, waiting included; at least ``training.max_runtime``."""


class Training(Part):
    """Instances, time and money of a training job."""

    instance_type: InstanceType = "ml.m5.xlarge"
    instances: Annotated[int, Field(ge=1, le=100)] = 1
    """More than one for algorithms that share the work, such as those of ``tensorflow``."""
    volume_gb: Annotated[int, Field(ge=1, le=16384)] = 30
    """Storage of an instance: data, checkpoints and model have to fit."""
    max_runtime: Annotated[int, Field(ge=1, le=28 * SECONDS_A_DAY)] = SECONDS_A_DAY
    """Seconds; then the job is stopped and its model kept."""
    spot: Spot | None = None
    checkpoints: S3Uri | None = None
    """Where checkpoints are kept, for algorithms that resume."""
    keep_alive: Annotated[int, Field(ge=0, le=21600)] = 0
    """Seconds that the instances stay up for the next job (a warm pool), and are paid."""
    retries: Annotated[int, Field(ge=0, le=30)] = 0
    """How often the service tries again after a fault of its own."""


class Vpc(Part):
    """Where the instances' network interfaces are."""

    subnets: Annotated[tuple[SubnetId, ...], Field(min_length=1, max_length=16)]
    """In several availability zones, so that capacity is found."""
    security_groups: Annotated[tuple[SecurityGroupId, ...], Field(min_length=1, max_length=5)]
    """Hosts of one job must be allowed to reach each other."""


class Network(Part):
    """Network isolation, VPC and encryption of traffic."""

    isolation: bool = False
    """No network for the container: no AWS calls, no pip. The data still come, the platform brings them."""
    vpc: Vpc | None = None
    encrypt_traffic: bool = False
    """Between the hosts of one job; slower."""


class Keys(Part):
    """KMS keys; without one the service's own keys are used."""

    volume: KmsKey | None = None
    """Key of the storage of the instances that train, predict and transform."""
    output: KmsKey | None = None
    """Key of what is written to S3."""
