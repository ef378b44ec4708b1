"""The files and variables around a training container, read once into one frozen object."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.errors import PlatformError


@dataclass(frozen=True)
class Paths:
    """The tree under the base directory (``/opt/ml`` unless SAGEMAKER_BASE_DIR moves it)."""

    base: Path

    @property
    def config(self) -> Path:
        return self.base / "input" / "config"

    @property
    def data(self) -> Path:
        return self.base / "input" / "data"

    @property
    def code(self) -> Path:
        """The folder in which a user's own program runs."""
        return self.base / "code"

    @property
    def model(self) -> Path:
        return self.base / "model"

    @property
    def output_data(self) -> Path:
        return self.base / "output" / "data"

    @property
    def failure(self) -> Path:
        return self.base / "output" / "failure"

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Paths:
        return cls(Path(environ.get("SAGEMAKER_BASE_DIR") or "/opt/ml"))


@dataclass(frozen=True)
class ChannelConfig:
    """One entry of inputdataconfig.json. Only ``mode`` is always there; local mode writes fewer fields."""

    mode: str = "File"
    content_type: str | None = None
    sharded: bool = False
    """Whether each host has other files of the channel (ShardedByS3Key)."""


@dataclass(frozen=True)
class Environment:
    """The configuration of a job. ``hyperparameters`` are the texts as they came."""

    paths: Paths
    family: str
    algorithm: str | None
    hyperparameters: Mapping[str, Any]
    channels: Mapping[str, ChannelConfig]
    hosts: Sequence[str]
    host: str
    checkpoints: Path | None
    job_name: str = ""


def read(environ: Mapping[str, str]) -> Environment:
    """Reads the configuration. Unknown files, keys and variables are ignored; raises ``PlatformError`` by file name."""
    paths = Paths.of(environ)
    family = environ.get("ALGORITHM_FAMILY")
    if not family:
        raise PlatformError("ALGORITHM_FAMILY is not set: name the family whose algorithm trains, such as xgboost")
    hyperparameters = _read_object(paths.config / "hyperparameters.json") or {}
    resources = _read_object(paths.config / "resourceconfig.json") or {}
    host = str(resources.get("current_host") or "algo-1")
    chosen = hyperparameters.get("algorithm") or environ.get("ALGORITHM")
    return Environment(
        paths=paths,
        family=family,
        algorithm=str(chosen).strip('"') if chosen else None,
        hyperparameters=hyperparameters,
        channels=_channels(paths),
        hosts=_hosts(resources, host),
        host=host,
        checkpoints=_checkpoints(paths),
        job_name=environ.get("TRAINING_JOB_NAME", ""),
    )


def _hosts(resources: Mapping[str, Any], host: str) -> tuple[str, ...]:
    """Returns the names of all hosts in the order of the file, which is the same on each of them."""
    names = resources.get("hosts") or [host]
    if not isinstance(names, list):
        raise PlatformError("resourceconfig.json: hosts must be a list of names")
    hosts = tuple(map(str, names))
    if len(hosts) != len(set(hosts)) or host not in hosts:
        raise PlatformError(
            f"resourceconfig.json: current_host {host!r} must be one of hosts, {', '.join(hosts)}, once"
        )
    return hosts


def _channels(paths: Paths) -> dict[str, ChannelConfig]:
    """Returns the channels of inputdataconfig.json; where a hand-made tree has none, the folders of input/data."""
    config = _read_object(paths.config / "inputdataconfig.json")
    if config is None:
        folders = sorted(paths.data.iterdir()) if paths.data.is_dir() else []
        return {folder.name: ChannelConfig() for folder in folders if folder.is_dir()}
    return {name: _channel(name, entry) for name, entry in config.items()}


def _channel(name: str, entry: Any) -> ChannelConfig:
    if not isinstance(entry, dict):
        raise PlatformError(f"inputdataconfig.json: channel {name!r} must be an object with a TrainingInputMode")
    mode, content_type = entry.get("TrainingInputMode") or "File", entry.get("ContentType") or None
    if not isinstance(mode, str) or not isinstance(content_type, str | None):
        raise PlatformError(f"inputdataconfig.json: mode and ContentType of channel {name!r} must be texts")
    return ChannelConfig(mode, content_type, sharded=entry.get("S3DistributionType") == "ShardedByS3Key")


def _checkpoints(paths: Paths) -> Path | None:
    """Returns the folder for checkpoints, which exists only when the job was given a CheckpointConfig."""
    config = _read_object(paths.config / "checkpointconfig.json") or {}
    folder = Path(config.get("LocalPath") or paths.base / "checkpoints")
    return folder if folder.is_dir() else None


def _read_object(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise PlatformError(f"{path.name} cannot be read as JSON: {error}") from error
    if not isinstance(value, dict):
        raise PlatformError(f"{path.name} must hold one JSON object, not {type(value).__name__}")
    return value
