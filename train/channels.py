"""The channels of a job: the files under input/data become the data that an algorithm learns from."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from contract.algorithm import Algorithm
from contract.errors import ChannelError
from contract.hyperparameters import Hyperparameters
from contract.media_type import MediaType
from contract.source import Source
from train.data_files import data_files
from train.environment import ChannelConfig, Environment
from train.watch import BOARD

log = logging.getLogger("train")

MODEL = "model"
NOT_DATA = frozenset({MODEL, "code", "sm_drivers"})
"""Channels that carry programs or the model to go on from (``train/base_model.py``)."""


def locate(environment: Environment, algorithm: Algorithm[Any, Any, Any]) -> Mapping[str, Source]:
    """Finds the files of every channel that the algorithm declares, arranged as its input reads them, by name.

    Raises ``ChannelError`` for a channel that is unknown, given twice, missing, empty, in Pipe mode or of a media type
    that the algorithm does not read, and for one that only several hosts cannot use.
    """
    configured = _by_declared_name(environment.channels, algorithm)
    for channel in algorithm.channels:
        if channel.required and channel.name not in configured:
            raise ChannelError(
                f"channel {channel.name!r} is required and not given; the job has: "
                f"{', '.join(sorted(environment.channels)) or 'no channel'}"
            )
    for given, config in configured.values():
        check_mode(given, config)
    if len(environment.hosts) > 1:
        _check_distribution(configured, algorithm.channels[0].name)
    sources = {
        name: _source(environment.paths.data / given, given, config, name, algorithm)
        for name, (given, config) in configured.items()
    }
    return algorithm.input.arrange(sources)


def _check_distribution(configured: Mapping[str, tuple[str, ChannelConfig]], first: str) -> None:
    """Raises ``ChannelError`` for a sharded channel beside a first one that is not.

    Hosts with the same records share them out, and would judge but a part of their part of other channels.
    """
    train, config = configured.get(first, (first, ChannelConfig()))
    for given, other in configured.values():
        if other.sharded and not config.sharded:
            raise ChannelError(
                f"channel {given!r} is ShardedByS3Key, {train!r} is not; set S3DataDistributionType of both to the same"
            )


def is_sharded(environment: Environment, algorithm: Algorithm[Any, Any, Any]) -> bool:
    """Returns whether each host has other files of the channel that the algorithm declares first."""
    first = algorithm.channels[0]
    given = (environment.channels[name] for name in (first.name, *first.aliases) if name in environment.channels)
    return any(config.sharded for config in given)


def read(sources: Mapping[str, Source], algorithm: Algorithm[Any, Any, Any], params: Hyperparameters) -> dict[str, Any]:
    """Reads the channels that ``locate`` found in the order in which the algorithm declares them, and logs their data.

    Later ones must fit the first.
    """
    for name, source in sources.items():
        _announce(name, source)
    order = [channel.name for channel in algorithm.channels]
    data: dict[str, Any] = {}
    for name in sorted(sources, key=lambda name: order.index(name) if name in order else len(order)):
        data[name] = _read_one(name, sources[name], algorithm, params, next(iter(data.values()), None))
    for name, records in data.items():
        log.info("channel %s: %s", name, ", ".join(f"{label} {text}" for label, text in records.summary()))
    return data


def _announce(name: str, source: Source) -> None:
    """Logs what is about to be read."""
    size = sum(path.stat().st_size for path in source.files)
    log.info("channel %s: reading %d files, %.1f MB", name, len(source.files), size / 1e6)
    for companion, beside in source.companions.items():
        _announce(companion, beside)


def _read_one(
    name: str, source: Source, algorithm: Algorithm[Any, Any, Any], params: Hyperparameters, first: Any
) -> Any:
    """Reads one channel; where it has no ContentType, an error says as what it was read."""
    try:
        return algorithm.input.read(source, params, first)
    except ChannelError as error:
        if source.content_type is not None:
            raise
        default = algorithm.content_types(name)[0]
        raise ChannelError(f"{error} (the channel has no ContentType, so it was read as {default})") from error


def _by_declared_name(
    channels: Mapping[str, ChannelConfig], algorithm: Algorithm[Any, Any, Any]
) -> dict[str, tuple[str, ChannelConfig]]:
    known = {name: channel for channel in algorithm.channels for name in (channel.name, *channel.aliases)}
    found: dict[str, tuple[str, ChannelConfig]] = {}
    for given, config in channels.items():
        if given in NOT_DATA and given not in known:
            continue
        if given not in known:
            raise ChannelError(f"channel {given!r} is unknown; {algorithm.name} reads {_names(algorithm.channels)}")
        name = known[given].name
        if name in found:
            raise ChannelError(f"channels {found[name][0]!r} and {given!r} are the same channel; give one of them")
        found[name] = (given, config)
    return found


def _names(channels: Any) -> str:
    return ", ".join(channel.name + ("" if channel.required else " (optional)") for channel in channels)


def check_mode(given: str, config: ChannelConfig) -> None:
    """Raises ``ChannelError`` for a channel that does not come as files."""
    if config.mode == "Pipe":
        raise ChannelError(f"channel {given!r}: Pipe mode is not supported; set the input mode to File or FastFile")
    if config.mode not in ("File", "FastFile"):
        raise ChannelError(f"channel {given!r}: unknown input mode {config.mode!r}; set it to File or FastFile")


def _source(folder: Path, given: str, config: ChannelConfig, name: str, algorithm: Algorithm[Any, Any, Any]) -> Source:
    """Finds the files of a channel; one that declares content types has the first of them where the job says none."""
    supported = algorithm.content_types(name)
    if config.content_type is not None and MediaType.parse(config.content_type).name not in supported:
        names = ", ".join(supported)
        raise ChannelError(f"channel {given!r}: content type {config.content_type!r} is not supported; use {names}")
    note = partial(log.info, "channel %s: %s", name)
    files = tuple(data_files(folder, note))
    if not files:
        remedy = "give at least one file for each instance, or use FullyReplicated" if config.sharded else ""
        hint = f"; ShardedByS3Key left this host without one: {remedy}" if remedy else ""
        raise ChannelError(
            f"channel {given!r}: no data file in it; check the S3 prefix (empty files do not count){hint}"
        )
    declares_its_own = any(channel.name == name and channel.content_types for channel in algorithm.channels)
    usual = supported[0] if declares_its_own else None
    return Source(given, folder, files, config.content_type or usual, log=note, reading=BOARD.write)
