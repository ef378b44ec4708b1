"""The model directory: native files of the algorithm and a manifest that says what they are."""

from __future__ import annotations

import base64
import dataclasses
import importlib.metadata
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contract.algorithm import Algorithm, Example, Output, Signature
from contract.data import Data
from contract.errors import ArtifactError, ContainerError
from contract.families import find
from contract.scores import Scores

MANIFEST = "manifest.json"
PARTIAL = ".partial"
"""The folder inside the model directory where a model is written before it is whole."""
FORMAT = 1
_TYPES: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys(("family", "algorithm", "task"), (str,)),
    **dict.fromkeys(("signature", "hyperparameters", "versions", "metrics", "data", "files"), (dict,)),
    "classes": (list,),
    "best_iteration": (int, type(None)),
    "example": (dict, type(None)),
}


@dataclass(frozen=True)
class ModelManifest:
    """Describes a model directory. Everything in it is JSON, so that anybody can read it.

    ``metrics`` are by channel and name; ``data`` holds the fingerprint and the number of records of each channel;
    ``example`` is a request that the model answers; ``files`` are the algorithm's own files with their sizes in bytes.
    """

    family: str
    algorithm: str
    task: str
    signature: Signature
    classes: Sequence[Any] = field(default_factory=list)
    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    best_iteration: int | None = None
    metrics: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    data: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    example: Mapping[str, str] | None = None
    files: Mapping[str, int] = field(default_factory=dict)
    format: int = FORMAT

    def write(self, directory: Path) -> None:
        """Writes manifest.json beside the algorithm's files, and their sizes into it."""
        described = dataclasses.asdict(self) | {"files": sizes(directory)}
        text = json.dumps(described, indent=2, sort_keys=True, allow_nan=False)
        (directory / MANIFEST).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, directory: Path) -> ModelManifest:
        """Reads manifest.json. Raises ``ArtifactError`` for one that is damaged or of a newer format."""
        try:
            values = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
            if values["format"] > FORMAT:
                raise ArtifactError(
                    f"{MANIFEST} has format {values['format']}, this image reads up to {FORMAT}: "
                    "the model was trained by a newer image, serve it with that one"
                )
            _check_types(values)
            return cls(**{key: values[key] for key in cls.__dataclass_fields__ if key in values})
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise ArtifactError(f"{MANIFEST} cannot be read ({error}): the model directory is damaged") from error

    @classmethod
    def of_training(
        cls,
        family: str,
        algorithm: Algorithm[Any, Any, Any],
        model: Any,
        output: Output[Any],
        *,
        hyperparameters: Mapping[str, str],
        metrics: Scores,
        data: Mapping[str, Data],
    ) -> ModelManifest:
        """Describes a model that was just trained and what it answers; ``data`` are its channels, train first."""
        train = next(iter(data.values()))
        return cls(
            family=family,
            algorithm=algorithm.name,
            task=output.task,
            signature=algorithm.input.signature(train),
            classes=list(output.classes),
            hyperparameters=hyperparameters,
            versions=versions(algorithm),
            best_iteration=algorithm.best_iteration(model),
            metrics=metrics,
            data={name: {"records": len(each), "sha256": each.fingerprint()} for name, each in data.items()},
            example=example_json(algorithm.input.example(train)),
        )

    @classmethod
    def of_foreign(cls, family: str, algorithm: Algorithm[Any, Any, Any], directory: Path) -> ModelManifest:
        """Describes a model that another container wrote. Raises ``ArtifactError`` where the algorithm knows none."""
        signature, example = algorithm.adopt(directory)
        return cls(family, algorithm.name, "", signature, example=example_json(example))

    def request(self) -> Example | None:
        """Returns the example as bytes."""
        if self.example is None:
            return None
        return Example(self.example["content_type"], base64.b64decode(self.example["body_base64"]))


@dataclass(frozen=True)
class Artifact:
    """A loaded model directory."""

    algorithm: Algorithm[Any, Any, Any]
    model: Any
    manifest: ModelManifest


def example_json(example: Example) -> dict[str, str]:
    """Encodes an example as the manifest keeps it (bodies may be binary)."""
    return {"content_type": example.content_type, "body_base64": base64.b64encode(example.body).decode()}


def _check_types(values: Mapping[str, Any]) -> None:
    """Raises ``TypeError`` for a member of a manifest that is not of its type."""
    for name, types in _TYPES.items():
        if name in values and not isinstance(values[name], types):
            raise TypeError(f"{name} is {type(values[name]).__name__}")
    if not all(isinstance(size, int) for size in values.get("files", {}).values()):
        raise TypeError("files have sizes that are no numbers")
    if not all(isinstance(text, str) for text in (values.get("example") or {}).values()):
        raise TypeError("example holds what is no text")


def sizes(directory: Path) -> dict[str, int]:
    """Returns the bytes of every file in and under a folder, by its name there."""
    files = (path for path in sorted(directory.rglob("*")) if path.is_file())
    return {path.relative_to(directory).as_posix(): path.stat().st_size for path in files if path.name != MANIFEST}


def versions(algorithm: Algorithm[Any, Any, Any]) -> dict[str, str]:
    """Returns the installed versions of what decides the model's answers."""
    installed = {name: importlib.metadata.distribution(name) for name in algorithm.libraries if _is_installed(name)}
    return {name: distribution.version for name, distribution in installed.items()}


def _is_installed(name: str) -> bool:
    return any(True for _ in importlib.metadata.distributions(name=name))


def locate(directory: Path) -> Path:
    """Returns the folder that holds the model: ``directory``, or the one folder inside it that has a manifest."""
    if (directory / MANIFEST).is_file():
        return directory
    nested = sorted(path.parent for path in directory.glob(f"[!.]*/{MANIFEST}")) if directory.is_dir() else []
    if len(nested) > 1:
        raise ArtifactError(f"several models in {directory}: {', '.join(path.name for path in nested)}; pack one")
    return nested[0] if nested else directory


def describe(directory: Path, family: str, name: str | None) -> tuple[Algorithm[Any, Any, Any], ModelManifest]:
    """Returns the algorithm and manifest of a model directory; nothing is loaded yet.

    Without a manifest the family's algorithm (or ``name``) is asked whether it knows the files.
    """
    if (directory / PARTIAL).is_dir() and not (directory / MANIFEST).is_file():
        raise ArtifactError(f"{directory} holds a model that was not finished: the job that wrote it was killed")
    if not directory.is_dir() or not any(directory.iterdir()):
        raise ArtifactError(f"{directory} holds no model: give the endpoint a model.tar.gz that this image trained")
    if not (directory / MANIFEST).is_file():
        algorithm = find(family, name)
        return algorithm, ModelManifest.of_foreign(family, algorithm, directory)
    manifest = ModelManifest.read(directory)
    if manifest.family != family:
        raise ArtifactError(f"the model is of the family {manifest.family!r}, this image serves {family!r}")
    _check_files(directory, manifest)
    return find(family, manifest.algorithm), manifest


def _check_files(directory: Path, manifest: ModelManifest) -> None:
    """Raises ``ArtifactError`` where a file of the model is missing or was cut off on its way."""
    for name, size in manifest.files.items():
        try:
            found = (directory / name).stat().st_size
        except OSError:
            raise ArtifactError(f"{name} of the model is missing: upload its archive again") from None
        if found < size:
            raise ArtifactError(f"{name} of the model has {found:,} of {size:,} bytes: upload its archive again")


def load(directory: Path, family: str, name: str | None = None) -> Artifact:
    """Loads a model directory. Raises ``ArtifactError`` with what was seen and what to do."""
    directory = locate(directory)
    algorithm, manifest = describe(directory, family, name)
    try:
        return Artifact(algorithm, algorithm.load(directory), manifest)
    except (ContainerError, ImportError, MemoryError):
        raise
    except Exception as error:  # whatever a library, or a short algorithm, makes of a damaged file
        what = f"{type(error).__name__}: {error}"
        raise ArtifactError(
            f"{algorithm.name} cannot load its model ({what}): upload its archive again or train it again, if "
            "`load` is right"
        ) from error
