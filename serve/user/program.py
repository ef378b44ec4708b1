"""Finds and imports the user's own inference code."""

from __future__ import annotations

import importlib.util
import inspect
import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from contract import artifact
from contract.errors import AlgorithmError, ArtifactError, ContainerError
from serve.settings import Settings

log = logging.getLogger("serve")

PROGRAM = "inference.py"
FOLDER = "code"
MODULE = "sagemaker_user_inference"
ARGUMENTS: Mapping[str, int] = {"model_fn": 1, "input_fn": 2, "predict_fn": 2, "output_fn": 2, "transform_fn": 4}
"""The functions that are looked for, and the number of arguments that each is called with."""
OURS = ("serve", "contract", "containers")
"""Our packages, which modules of the user cannot replace."""


@dataclass(frozen=True)
class ProgramPath:
    """The program ``name``, a relative path, in the folder of the user's code."""

    folder: Path
    name: str

    @property
    def path(self) -> Path:
        return self.folder / self.name

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folder of the code, and the one inside it that the program lies in."""
        return tuple(dict.fromkeys((self.path.parent, self.folder)))


@dataclass(frozen=True)
class InferenceProgram:
    """A program of the user's, with those of the functions that it defines."""

    name: str
    functions: Mapping[str, Callable[..., Any]]

    def call(self, name: str, *arguments: Any) -> Any:
        """Calls a function; what it raises is its fault, unless it raises one of our own errors on purpose."""
        try:
            return self.functions[name](*arguments)
        except ContainerError:
            raise
        except (Exception, SystemExit) as error:
            raise AlgorithmError(f"{name} of {self.name} failed ({type(error).__name__}); the log says more") from error


def locate(settings: Settings) -> ProgramPath | None:
    """Finds the user's program; returns None where there is none.

    A name alone (an image may have one for training) does not ask for a program that is not there; together with a
    folder it does. Raises ``ArtifactError``.
    """
    folder = settings.code or artifact.locate(settings.model) / FOLDER
    names = [name for name in (settings.program, PROGRAM) if name]
    found = next((ProgramPath(folder, name) for name in names if (folder / name).is_file()), None)
    if settings.program is None or (found is not None and found.name == settings.program):
        return found
    listed = ", ".join(sorted(path.name for path in folder.iterdir())) if folder.is_dir() else ""
    missing = f"SAGEMAKER_PROGRAM is {settings.program!r}, but {folder} holds {listed or 'nothing'}"
    if settings.code is not None:
        raise ArtifactError(f"{missing}: pack the program into the folder {FOLDER} of model.tar.gz")
    log.warning("%s: %s", missing, f"{found.name} is used" if found else "the algorithm answers alone")
    return found


def load(place: ProgramPath) -> InferenceProgram:
    """Imports the program; modules beside it come before installed ones. Raises ``ArtifactError``."""
    sys.path[:0] = [str(folder) for folder in place.folders if str(folder) not in sys.path]
    for name in OURS:
        if any((folder / name).is_dir() or (folder / f"{name}.py").is_file() for folder in place.folders):
            log.warning("%s imports %r of this image, not yours: rename it if you need it", place.name, name)
    module = _imported(place)
    functions = {name: getattr(module, name) for name in ARGUMENTS if callable(getattr(module, name, None))}
    _check(place.name, functions)
    return InferenceProgram(place.name, functions)


def _imported(place: ProgramPath) -> ModuleType:
    spec = importlib.util.spec_from_file_location(MODULE, place.path)
    if spec is None or spec.loader is None:
        raise ArtifactError(f"SAGEMAKER_PROGRAM is {place.name!r}: name a Python file, such as {PROGRAM}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE] = module  # dataclasses and pickles look it up there
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[MODULE]
        log.exception("%s cannot be imported", place.path)
        raise ArtifactError(
            f"{place.name} cannot be imported: {type(error).__name__}: {error}{_remedy(error)}"
        ) from error
    return module


def _check(program: str, functions: Mapping[str, Callable[..., Any]]) -> None:
    """Finds out at the start, not at the first request, what cannot work."""
    between = [name for name in ("input_fn", "predict_fn", "output_fn") if name in functions]
    if "transform_fn" in functions and between:
        raise ArtifactError(f"{program} defines transform_fn, which takes the place of {', '.join(between)}: drop one")
    for name, function in functions.items():
        if inspect.iscoroutinefunction(function):
            raise ArtifactError(f"{name} of {program} is async: nobody awaits it here, make it a plain function")
        try:
            inspect.signature(function).bind(*range(ARGUMENTS[name]))
        except TypeError as error:
            raise ArtifactError(
                f"{name} of {program} is called with {ARGUMENTS[name]} arguments, but {error}; see the README"
            ) from error
        except ValueError:
            continue  # of a library in C, which does not tell its arguments


def _remedy(error: BaseException) -> str:
    if not isinstance(error, ModuleNotFoundError):
        return ""
    if error.name and error.name.partition(".")[0] == "containers":
        return "; the modules that algorithms share are in the package contract, such as contract.errors"
    return "; name what it needs in a requirements.txt beside it and set SAGEMAKER_ALLOW_INSTALL=1"
