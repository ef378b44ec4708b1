"""A private /opt/ml for one test."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.media_type import MediaType


@dataclass(frozen=True)
class Tree:
    """The tree below ``base``, with what a test changes in it."""

    base: Path

    @classmethod
    def copy(cls, example: Path, base: Path) -> Tree:
        """A copy of an algorithm's example with the empty folders that the platform makes."""
        shutil.copytree(example, base)
        for name in ("model", "output"):
            (base / name).mkdir(exist_ok=True)
        return cls(base)

    @property
    def config(self) -> Path:
        return self.base / "input" / "config"

    @property
    def model(self) -> Path:
        return self.base / "model"

    @property
    def output(self) -> Path:
        return self.base / "output"

    @property
    def failure(self) -> str | None:
        path = self.output / "failure"
        return path.read_text(encoding="utf-8") if path.is_file() else None

    def model_files(self) -> set[str]:
        return {path.relative_to(self.model).as_posix() for path in self.model.rglob("*")}

    def channel_folder(self, channel: str = "train") -> Path:
        return self.base / "input" / "data" / channel

    def channel_file(self, channel: str = "train") -> Path:
        return next(path for path in sorted(self.channel_folder(channel).rglob("*")) if path.is_file())

    def empty(self, channel: str = "train") -> None:
        """Takes every file out of a channel."""
        for path in self.channel_folder(channel).rglob("*"):
            if path.is_file():
                path.unlink()

    def label_size(self, channel: str = "train") -> int:
        """How many columns of the channel's CSV files come before the features."""
        content_type = MediaType.parse(self.read_config("inputdataconfig")[channel].get("ContentType", ""))
        return int(content_type.parameters.get("label_size", 1))

    def records(self, channel: str = "train") -> list[str] | list[bytes]:
        """The records of a channel as requests hold them: lines of CSV without the label, or pictures."""
        content_type = self.read_config("inputdataconfig")[channel].get("ContentType", "")
        if "image" in content_type:
            return [path.read_bytes() for path in sorted(self.channel_folder(channel).rglob("*.png"))]
        lines = self.channel_file(channel).read_text().splitlines()
        return [line.split(",", self.label_size(channel))[-1] for line in lines]

    @property
    def held_out(self) -> str:
        """The channel whose answers evaluation.json keeps."""
        channels = self.read_config("inputdataconfig")
        return next((name for name in ("validation", "test") if name in channels), "train")

    def read_config(self, name: str) -> dict[str, Any]:
        value: dict[str, Any] = json.loads((self.config / f"{name}.json").read_text())
        return value

    def write_config(self, name: str, value: Any) -> None:
        (self.config / f"{name}.json").write_text(value if isinstance(value, str) else json.dumps(value))

    def set(self, **hyperparameters: str) -> Tree:
        """Sets hyperparameters (as texts); returns itself."""
        self.write_config("hyperparameters", self.read_config("hyperparameters") | hyperparameters)
        return self

    def add_parameter(self, parameter: str) -> Tree:
        """Adds a parameter to the ContentType of every channel; returns itself."""
        channels = self.read_config("inputdataconfig")
        for entry in channels.values():
            entry["ContentType"] = f"{entry['ContentType']}; {parameter}"
        self.write_config("inputdataconfig", channels)
        return self

    def set_channels(self, **fields: str) -> Tree:
        """Sets fields of every channel in inputdataconfig.json; returns itself."""
        channels = {name: entry | fields for name, entry in self.read_config("inputdataconfig").items()}
        self.write_config("inputdataconfig", channels)
        return self
