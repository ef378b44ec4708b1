"""The user's own steps: functions of ``inference.py`` that take the place of the algorithm's.

    model_fn(model_dir)                              loads the model
    input_fn(body, content_type)                     bytes of a request -> data
    predict_fn(data, model)                          data -> predictions
    output_fn(predictions, accept)                   predictions -> bytes or text, or a pair of these and a media type
    transform_fn(model, body, content_type, accept)  in place of the three before

The program lies in the folder ``code`` of the model, or is SAGEMAKER_PROGRAM in SAGEMAKER_SUBMIT_DIRECTORY; names and
arguments are those of SageMaker's framework images. What it does not define is done as without it.
"""

from __future__ import annotations

import importlib.util
import inspect
import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from containers import artifact
from containers.algorithm import Example
from containers.artifact import Artifact
from containers.errors import AlgorithmError, ArtifactError, ContainerError
from containers.media_type import MediaType
from serve.negotiation import Agreement
from serve.settings import Settings
from serve.steps import AlgorithmSteps, ArraySteps, Steps

log = logging.getLogger("serve")

PROGRAM = "inference.py"
FOLDER = "code"
ARGUMENTS: Mapping[str, int] = {"model_fn": 1, "input_fn": 2, "predict_fn": 2, "output_fn": 2, "transform_fn": 4}
"""The functions that are looked for, and the number of arguments that each is called with."""


@dataclass(frozen=True)
class UserCode:
    """A program of the user's and which of the functions it defines."""

    path: Path
    functions: Mapping[str, Callable[..., Any]]

    def call(self, name: str, *arguments: Any) -> Any:
        """Calls a function; what it raises is its fault, unless it raises one of our own errors on purpose."""
        try:
            return self.functions[name](*arguments)
        except ContainerError:
            raise
        except Exception as error:
            raise AlgorithmError(
                f"{name} of {self.path.name} failed ({type(error).__name__}); the log says more"
            ) from error


def locate(settings: Settings) -> Path | None:
    """The user's program, or None where there is none. Raises ``ArtifactError`` for one that is named and missing."""
    folder = settings.code or artifact.locate(settings.model) / FOLDER
    path = folder / (settings.program or PROGRAM)
    if path.is_file():
        return path
    if settings.program is None:
        return None
    found = ", ".join(sorted(path.name for path in folder.iterdir())) if folder.is_dir() else "is not there"
    raise ArtifactError(
        f"SAGEMAKER_PROGRAM is {settings.program!r}, but {folder} {'holds ' + found if folder.is_dir() else found}: "
        f"pack the program into the folder {FOLDER} of model.tar.gz"
    )


def load(path: Path) -> UserCode:
    """Imports the program; the folder that it lies in is searched last, so that nothing of ours is hidden by it."""
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))
    spec = importlib.util.spec_from_file_location("user_code", path)
    assert spec is not None, "a .py file has a loader"
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        log.exception("%s cannot be imported", path)
        raise ArtifactError(
            f"{path.name} cannot be imported: {type(error).__name__}: {error}{_remedy(error)}"
        ) from error
    functions = {name: getattr(module, name) for name in ARGUMENTS if callable(getattr(module, name, None))}
    _check(path, functions)
    return UserCode(path, functions)


def steps_of(settings: Settings) -> Steps:
    """The steps of the model directory, with the user's in place of those that a program defines."""
    path = locate(settings)
    if path is None:
        return AlgorithmSteps(artifact.load(settings.model, settings.family, settings.algorithm))
    code = load(path)
    log.info("%s takes over: %s", path.name, ", ".join(code.functions) or "nothing, it defines none of the functions")
    model, steps = _load_model(settings, code)
    return UserSteps(code, model, steps) if code.functions else steps


class UserSteps:
    """The steps of a model, some of them replaced."""

    def __init__(self, code: UserCode, model: Any, steps: Steps) -> None:
        self._code = code
        self._model = model
        self._steps = steps
        own = code.functions
        self._transforms = "transform_fn" in own
        self.one_record = steps.one_record
        self.request_types = None if self._transforms or "input_fn" in own else steps.request_types
        self.accepts = None if self._transforms or "output_fn" in own else steps.accepts

    @property
    def title(self) -> str:
        return f"{self._steps.title} with {', '.join(self._code.functions)} of {self._code.path.name}"

    @property
    def example(self) -> Example | None:
        """None where the user reads requests: only they know what one looks like."""
        return None if self.request_types is None else self._steps.example

    def read(self, body: bytes, media_type: MediaType) -> Any:
        if self._transforms:
            return body
        if "input_fn" in self._code.functions:
            return self._code.call("input_fn", body, str(media_type))
        return self._steps.read(body, media_type)

    def predict(self, batch: Any, agreement: Agreement) -> Any:
        if self._transforms:
            return self._code.call("transform_fn", self._model, batch, str(agreement.content_type), agreement.accept)
        if "predict_fn" in self._code.functions:
            return self._code.call("predict_fn", batch, self._model)
        return self._steps.predict(batch, agreement)

    def write(self, predictions: Any, batch: Any, agreement: Agreement) -> tuple[bytes, str]:
        if self._transforms:
            return _body("transform_fn", predictions, agreement.accept)
        if "output_fn" in self._code.functions:
            return _body("output_fn", self._code.call("output_fn", predictions, agreement.accept), agreement.accept)
        return self._steps.write(predictions, batch, agreement)


def _load_model(settings: Settings, code: UserCode) -> tuple[Any, Steps]:
    """The model and the steps that stand behind the user's."""
    if "model_fn" not in code.functions:
        loaded = artifact.load(settings.model, settings.family, settings.algorithm)
        return loaded.model, AlgorithmSteps(loaded)
    directory = artifact.locate(settings.model)
    try:
        model = code.functions["model_fn"](str(directory))
    except Exception as error:
        log.exception("model_fn of %s failed", code.path)
        raise ArtifactError(f"model_fn of {code.path.name} failed: {type(error).__name__}: {error}") from error
    if not (directory / artifact.MANIFEST).is_file():
        return model, ArraySteps(model)
    algorithm, manifest = artifact.describe(directory, settings.family, settings.algorithm)
    return model, AlgorithmSteps(Artifact(algorithm, model, manifest))


def _check(path: Path, functions: Mapping[str, Callable[..., Any]]) -> None:
    """Finds out at the start, not at the first request, what cannot work."""
    between = [name for name in ("input_fn", "predict_fn", "output_fn") if name in functions]
    if "transform_fn" in functions and between:
        raise ArtifactError(
            f"{path.name} defines transform_fn, which takes the place of {', '.join(between)}: drop one"
        )
    for name, function in functions.items():
        try:
            inspect.signature(function).bind(*range(ARGUMENTS[name]))
        except TypeError as error:
            raise ArtifactError(
                f"{name} of {path.name} is called with {ARGUMENTS[name]} arguments, but {error}; see the README"
            ) from error


def _body(name: str, answer: Any, accept: str) -> tuple[bytes, str]:
    """What a user's function answered as bytes and their media type."""
    content, media_type = answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, accept)
    if isinstance(content, str):
        content = content.encode()
    if not isinstance(content, bytes | bytearray | memoryview) or not isinstance(media_type, str):
        raise AlgorithmError(f"{name} answered {type(answer).__name__}, expected bytes or text, or (bytes, media type)")
    return bytes(content), media_type


def _remedy(error: BaseException) -> str:
    if not isinstance(error, ModuleNotFoundError):
        return ""
    return "; name what it needs in a requirements.txt beside it and set SAGEMAKER_ALLOW_INSTALL=1"
