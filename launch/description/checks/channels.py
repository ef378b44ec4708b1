"""Channels: what the algorithm reads, and where it lies."""

from __future__ import annotations

from collections.abc import Iterator

from launch.declaration import Declared
from launch.description.job import Job
from launch.description.mistakes import Mistake
from launch.description.training import ChannelInput
from launch.description.validation_messages import did_you_mean

NOT_DATA = ("model", "code", "sm_drivers")
"""Channels that every image knows, beside those that the algorithm declares."""


def mistakes(job: Job, declared: Declared) -> Iterator[Mistake]:
    """Finds mistakes in the channels."""
    if not job.runs_own_program:
        yield from _names(job, declared)
    for name, channel in job.channels.items():
        for key, text in _channel(name, channel, job, declared):
            yield Mistake(("channels", name, *key), text)


def _names(job: Job, declared: Declared) -> Iterator[Mistake]:
    known: dict[str, str] = {}
    for channel in declared.channels:
        known |= dict.fromkeys((channel.name, *channel.aliases), channel.name)
    given: dict[str, str] = {}
    for name in job.channels:
        place = ("channels", name)
        if name not in known and name not in NOT_DATA:
            remedy = did_you_mean(name, list(known)) or f"; it reads {', '.join(known)}"
            yield Mistake(place, f"{declared.name} does not read this channel{remedy}")
        elif known.get(name, name) in given:
            yield Mistake(place, f"is another name of {given[known.get(name, name)]}, which is given too; keep one")
        given.setdefault(known.get(name, name), name)
    for channel in declared.channels:
        if channel.required and channel.name not in given:
            yield Mistake(("channels",), f"{declared.name} needs the channel {channel.name}")


def _channel(name: str, channel: ChannelInput, job: Job, declared: Declared) -> Iterator[tuple[tuple[str, ...], str]]:
    remote = [key for key in ("s3", "fsx", "efs") if getattr(channel, key)]
    if len(remote) > 1:
        yield (), f"has {' and '.join(remote)}; a channel is read from one place"
    if not remote and channel.local is None:
        yield (), "says not where its data are: give s3, fsx or efs, and local for runs on this machine"
    if channel.input_mode == "Pipe":
        yield ("input_mode",), "the images do not read Pipe; use FastFile, which streams too"
    kind = channel.content_type.partition(";")[0].strip().lower()
    known = declared.content_types(name)
    if kind and name not in NOT_DATA and not job.runs_own_program and kind not in known:
        read = [media_type for media_type in known if "/" in media_type]
        remedy = did_you_mean(kind, read) or f"; it reads {', '.join(read)}"
        yield ("content_type",), f"{declared.name} does not read {kind!r}{remedy}"
    yield from _file_systems(channel, remote, job)
    yield from _streaming(channel, remote)
    if channel.compression == "Gzip":
        yield ("compression",), "the service unpacks for Pipe only; leave it out, the images read .gz files as they are"
    if channel.attributes and channel.data_type != "AugmentedManifestFile":
        yield ("attributes",), "are those of an AugmentedManifestFile: give data_type"


def _file_systems(channel: ChannelInput, remote: list[str], job: Job) -> Iterator[tuple[tuple[str, ...], str]]:
    for key in {"fsx", "efs"} & set(remote):
        if job.network.vpc is None:
            remedy = "give network.vpc with subnets and security_groups"
            yield (key,), f"a file system is reached from within a VPC: {remedy}"
    if remote and remote != ["s3"]:
        for key in ("distribution", "data_type", "attributes", "compression", "record_wrapper", "shuffle_seed"):
            if key in channel.model_fields_set:
                yield (key,), f"is for data in S3, and this channel has {remote[0]}"


def _streaming(channel: ChannelInput, remote: list[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    if channel.input_mode != "FastFile":
        return
    if remote and remote != ["s3"]:
        yield ("input_mode",), f"FastFile streams from S3 only, and this channel has {remote[0]}; use File"
    if channel.data_type != "S3Prefix":
        yield ("input_mode",), f"FastFile streams an S3Prefix only, not a {channel.data_type}; use File"
    if channel.s3 and not channel.s3.endswith("/"):
        yield ("s3",), "FastFile needs a folder: end the address with /"
