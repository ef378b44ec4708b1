"""The entry point of script mode: whether the job brings a program of its own, and where that lies."""

from __future__ import annotations

import json
import re
import tarfile
import zlib
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.errors import ChannelError, HyperparameterError
from train.environment import Environment

PROGRAM, DIRECTORY, CHANNEL = "sagemaker_program", "sagemaker_submit_directory", "code"
ARCHIVE = "sourcedir.tar.gz"
NAME = re.compile(r"(?!.*(^|/)\.\.?(/|$))[\w.][\w.+-]*(/[\w.+-]+)*", re.ASCII)
"""The entry points that the toolkit takes: plain relative paths."""
SHOWN = 5
"""Names of files that an error lists."""


@dataclass(frozen=True)
class EntryPoint:
    """A program by its path in the source directory; ``source`` is a folder, an archive or an s3:// address."""

    name: str
    source: str

    @property
    def is_remote(self) -> bool:
        return self.source.startswith("s3://")

    def __str__(self) -> str:
        return f"{self.name} of {self.source}"


def find(environment: Environment, variables: Mapping[str, str]) -> EntryPoint | None:
    """Returns the user's program, or None where the algorithm of the image is to train.

    A name alone asks for nothing (SDKs send it with other things): there must be a source directory, a channel
    ``code`` that holds something, or that program in the folder ``code`` of the base directory, where images made from
    this one keep theirs. What the hyperparameters say goes before the variables: those may come from the image.
    """
    name = _given(PROGRAM, environment, variables)
    if name is None:
        return None
    directory = _given(DIRECTORY, environment, variables)
    channel = environment.paths.data / CHANNEL
    if directory is not None:
        return EntryPoint(name, directory.removeprefix("file://"))
    if channel.is_dir() and any(channel.iterdir()):
        return EntryPoint(name, str(_packed(channel, name) or channel))
    if NAME.fullmatch(name) and (environment.paths.code / name).is_file():
        return EntryPoint(name, str(environment.paths.code))
    return None


def _given(key: str, environment: Environment, variables: Mapping[str, str]) -> str | None:
    value = environment.hyperparameters.get(key)
    return _text(value) or variables.get(key.upper()) or None


def _text(value: Any) -> str:
    """Reads a hyperparameter as text: SDKs quote it as JSON, and write null for what is not given."""
    with suppress(TypeError, ValueError):
        value = json.loads(value)
    return "" if value is None else str(value)


def _packed(channel: Path, name: str) -> Path | None:
    """Returns the one archive that stands for the channel: SDKs pack the source directory for jobs without network."""
    archives = sorted(channel.glob("*.tar.gz"))
    return archives[0] if len(archives) == 1 and not (channel / name).exists() else None


def check(program: EntryPoint, environment: Environment) -> None:
    """Raises ``UserError`` for what can be known to fail before anything is fetched or started."""
    if not NAME.fullmatch(program.name):
        raise HyperparameterError(
            f"{PROGRAM} {program.name!r} is no path inside the source directory; give a name such as train.py or "
            "bin/train.sh, of letters, digits and . _ + - / only"
        )
    if not program.is_remote:
        _check_source(program, Path(program.source))
    code = environment.paths.code
    if Path(program.source) != code and code.is_dir() and (found := [path.name for path in code.iterdir()]):
        raise HyperparameterError(
            f"{code} already holds {_listed(found)}, and that would run instead of {program}; empty the folder or "
            f"leave out {DIRECTORY}"
        )


def _check_source(program: EntryPoint, source: Path) -> None:
    """Raises ``UserError`` unless the folder or archive in the container holds the program."""
    if source.is_dir():
        check_folder(program, source)
    elif source.is_file():
        if source.name != program.name:
            _check_names(program, _packed_names(source))
    elif "://" in program.source:
        raise HyperparameterError(f"{DIRECTORY} {program.source}: give an s3:// address or a folder in the container")
    else:
        raise HyperparameterError(f"{DIRECTORY} {program.source}: no such folder or archive is in the container")


def check_folder(program: EntryPoint, folder: Path) -> None:
    """Raises ``UserError`` unless the program is in the folder."""
    if not (folder / program.name).is_file():
        _check_names(program, [path.name for path in folder.iterdir()])


def _check_names(program: EntryPoint, names: Collection[str]) -> None:
    """Raises ``UserError`` for a program that is missing, except beside a setup.py: it may be in that package."""
    if program.name not in names and "setup.py" not in names:
        raise HyperparameterError(
            f"{program.source} holds no {program.name}; {PROGRAM} must name a file in it. It holds {_listed(names)}"
        )


def _packed_names(archive: Path) -> list[str]:
    try:
        with tarfile.open(archive, "r:gz") as tar:
            return [name.removeprefix("./") for name in tar.getnames() if name != "."]
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise ChannelError(
            f"{archive} cannot be read as a .tar.gz archive ({error}); pack it anew, for example with "
            f"`tar -czf {ARCHIVE} -C SOURCE_DIRECTORY .`"
        ) from error


def _listed(names: Collection[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(sorted(names)[:SHOWN]) + more if names else "nothing"
