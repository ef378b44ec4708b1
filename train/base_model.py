"""Incremental training: the channel ``model`` brings the model that training goes on from, usually as model.tar.gz."""

from __future__ import annotations

import gzip
import logging
import shutil
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from contract import artifact
from contract.algorithm import Algorithm
from contract.artifact import ModelManifest
from contract.errors import ArtifactError, ChannelError
from train.channels import MODEL, check_mode
from train.data_files import data_files
from train.environment import Environment

ARCHIVES = (".tar.gz", ".tgz")
MOST_MEMBERS = 10_000
FREE_SHARE = 0.9
"""The share of the free disk that an archive may take, so that the job can still write."""
DAMAGE = (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, ValueError, IndexError, RecursionError)
"""The errors of a damaged archive; the last three are faults of tarfile, at headers that it does not expect."""
PIECE = 1 << 20
"""The most bytes that are read at once."""

log = logging.getLogger("train")


def find(environment: Environment, algorithm: Algorithm[Any, Any, Any], scratch: Callable[[], Path]) -> Path | None:
    """Returns the model directory in the channel ``model``, or None where there is none to go on from.

    An archive is unpacked into a folder that ``scratch`` gives. Raises ``ChannelError`` where the channel does not hold
    one model of this algorithm.
    """
    config = environment.channels.get(MODEL)
    if config is None or any(MODEL in (channel.name, *channel.aliases) for channel in algorithm.channels):
        return None
    if not algorithm.continues:
        log.warning("channel %s is not used: %s does not go on from an earlier model", MODEL, algorithm.name)
        return None
    check_mode(MODEL, config)
    given = environment.paths.data / MODEL
    files = data_files(given)
    if not files:
        raise _unusable("is empty; give it the S3 address of a model.tar.gz that this image trained")
    folder = given if _holds_model(given) else _unpacked(given, files, scratch)
    return _checked(folder, environment.family, algorithm)


def _unpacked(given: Path, files: list[Path], scratch: Callable[[], Path]) -> Path:
    archives = [path for path in files if path.name.endswith(ARCHIVES)]
    if not archives:
        raise _unusable(f"holds neither a model.tar.gz nor a {artifact.MANIFEST} but: {_names(files, given)}")
    if len(archives) > 1:
        raise _unusable(f"holds several archives: {_names(archives, given)}; training goes on from one model, give one")
    folder = scratch()
    unpack(archives[0], folder)
    if not _holds_model(folder):
        raise _unusable(
            f"{archives[0].name} is no model of this image: there is no {artifact.MANIFEST} in it, but: "
            f"{_names(data_files(folder), folder) or 'nothing'}"
        )
    return folder


def _holds_model(folder: Path) -> bool:
    try:
        return (artifact.locate(folder) / artifact.MANIFEST).is_file()
    except ArtifactError as error:
        raise _unusable(str(error)) from error


def _checked(folder: Path, family: str, algorithm: Algorithm[Any, Any, Any]) -> Path:
    located = artifact.locate(folder)
    try:
        manifest = ModelManifest.read(located)
    except ArtifactError as error:
        raise _unusable(str(error)) from error
    if (manifest.family, manifest.algorithm) != (family, algorithm.name):
        raise _unusable(
            f"holds a model of {manifest.algorithm} ({manifest.family}), this job trains {algorithm.name} ({family}); "
            "give a model of the same algorithm, or no channel of that name"
        )
    return located


def unpack(archive: Path, folder: Path) -> None:
    """Unpacks a tar.gz into an existing folder: regular files and folders only, none of them outside.

    Raises ``ChannelError`` for anything else in it, for a damaged archive and for one that does not fit the disk.
    """
    limit = int(FREE_SHARE * shutil.disk_usage(folder).free)
    try:
        with gzip.open(archive) as stream:
            _unpack_members(_Guarded(stream), folder, limit, archive.name)
            _read_on(stream, limit)
    except DAMAGE as error:
        raise _unusable(f"{archive.name} is damaged ({error}); upload it again") from error
    except OSError as error:
        raise _unusable(f"{archive.name} cannot be unpacked ({error.strerror or error})") from error


class _Guarded:
    """The stream for tarfile, which takes large headers into memory whole and follows negative sizes backwards."""

    def __init__(self, stream: gzip.GzipFile) -> None:
        self._stream = stream
        self.tell = stream.tell

    def read(self, size: int) -> bytes:
        if not 0 <= size <= PIECE:
            raise tarfile.ReadError("a header is too large")
        return self._stream.read(size)

    def seek(self, position: int) -> None:
        if position < self.tell():
            raise tarfile.ReadError("a member has a negative size")
        self._stream.seek(position)


def _unpack_members(stream: Any, folder: Path, limit: int, archive: str) -> None:
    total = 0
    with tarfile.open(fileobj=stream, mode="r:") as tar:
        for count, member in enumerate(tar, start=1):
            total += member.size
            if count > MOST_MEMBERS:
                raise _unusable(f"{archive} has more than {MOST_MEMBERS:,} members, which no model of this image has")
            if total > limit:
                raise _unusable(
                    f"{archive} unpacks to {total / 1e9:.1f} GB or more, {limit / 1e9:.1f} GB are free for it; give "
                    "the job a larger volume"
                )
            _unpack_member(tar, member, folder, archive)


def _unpack_member(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, archive: str) -> None:
    """Writes one member. The filter keeps it below the folder, but lets links pass, which no model has."""
    if not (member.isreg() or member.isdir()):
        raise _unusable(f"{archive} has a member {member.name!r} that is a link or a device; pack regular files only")
    try:
        tar.extract(member, folder, set_attrs=False, filter="data")
    except tarfile.FilterError as error:
        raise _unusable(
            f"{archive} has a member {member.name!r} that leads out of its folder; pack plain names"
        ) from error


def _read_on(stream: gzip.GzipFile, limit: int) -> None:
    """Reads to the end, where the checksum is: tarfile takes some damage for the end of the archive."""
    for _ in range(limit // PIECE):
        if not stream.read(PIECE):
            return


def _names(paths: list[Path], folder: Path) -> str:
    names = [path.relative_to(folder).as_posix() for path in paths]
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")


def _unusable(what: str) -> ChannelError:
    return ChannelError(f"channel {MODEL!r}: {what}")
