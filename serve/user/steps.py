"""Puts functions of a user's ``inference.py`` in place of the algorithm's steps.

    model_fn(model_dir)                              loads the model
    input_fn(body, content_type)                     body of a request -> data
    predict_fn(data, model)                          data -> predictions
    output_fn(predictions, accept)                   predictions -> bytes or text, or a pair of these and a media type
    transform_fn(model, body, content_type, accept)  in place of the three before

Names and arguments are those of SageMaker's framework images; as there, a body of CSV or JSON is text, any other one
bytes. The program lies in the folder ``code`` of the model, or is SAGEMAKER_PROGRAM in SAGEMAKER_SUBMIT_DIRECTORY. What
it does not define is done as without it.
"""

from __future__ import annotations

import logging
from typing import Any

from contract import artifact
from contract.algorithm import Example
from contract.artifact import Artifact
from contract.errors import AlgorithmError, ArtifactError, ContainerError, RequestError
from contract.media_type import MediaType
from serve.http.negotiation import Agreement
from serve.http.routes import HEADER_VALUE
from serve.one.steps import AlgorithmSteps, ArraySteps, InferenceSteps, ReplaceableSteps
from serve.settings import Settings
from serve.user.program import InferenceProgram, load, locate

log = logging.getLogger("serve")

TEXT_TYPES = ("text/csv", "application/json")


def steps_of(settings: Settings) -> InferenceSteps:
    """Loads the model directory; returns its steps, some of them replaced where a user's program defines them."""
    place = locate(settings)
    if place is None:
        return AlgorithmSteps(artifact.load(settings.model, settings.family, settings.algorithm))
    program = load(place)
    log.info(
        "%s takes over: %s", program.name, ", ".join(program.functions) or "nothing, it defines none of the functions"
    )
    model, steps = _load_model(settings, program)
    return UserSteps(program, model, steps) if program.functions else steps


class UserSteps:
    """The steps of a model, some of them replaced."""

    has_user_code = True

    def __init__(self, program: InferenceProgram, model: Any, steps: ReplaceableSteps) -> None:
        self._program = program
        self._model = model
        self._steps = steps
        self._own = program.functions
        self._transforms = "transform_fn" in self._own
        self.one_record = steps.one_record
        self.request_types = None if self._transforms or "input_fn" in self._own else steps.request_types
        self.accepts = None if self._transforms or "output_fn" in self._own else steps.accepts
        self.usual_accept = steps.usual_accept

    @property
    def title(self) -> str:
        return f"{self._steps.title} with {', '.join(self._own)} of {self._program.name}"

    @property
    def example(self) -> Example | None:
        """A request to try the model with; None where the user reads requests: only they know what one looks like."""
        return None if self.request_types is None else self._steps.example

    def read(self, body: bytes, media_type: MediaType) -> Any:
        if self._transforms:
            return body
        if "input_fn" not in self._own:
            return self._steps.read(body, media_type)
        made = self._program.call("input_fn", _text(body, media_type), str(media_type))
        return made if "predict_fn" in self._own else self._batch(made)

    def agreed(self, batch: Any, agreement: Agreement) -> Agreement:
        """What the algorithm's own reader found in the body; the user's data have nothing to say of the answer."""
        users_own = self._transforms or {"input_fn", "predict_fn"} <= self._own.keys()
        return agreement if users_own else self._steps.agreed(batch, agreement)

    def predict(self, batch: Any, agreement: Agreement) -> Any:
        if self._transforms:
            body = _text(batch, agreement.content_type)
            return self._program.call("transform_fn", self._model, body, str(agreement.content_type), agreement.accept)
        if "predict_fn" not in self._own:
            return self._steps.predict(batch, agreement)
        predictions = self._program.call("predict_fn", batch, self._model)
        return predictions if "output_fn" in self._own else self._steps.checked(predictions, self._records(batch))

    def write(self, predictions: Any, batch: Any, agreement: Agreement) -> tuple[bytes, str]:
        if self._transforms:
            return _body("transform_fn", predictions, agreement.accept)
        if "output_fn" in self._own:
            return _body("output_fn", self._program.call("output_fn", predictions, agreement.accept), agreement.accept)
        return self._steps.write(predictions, batch, agreement)

    def _records(self, batch: Any) -> int | None:
        """Counts the records of a batch; None for the user's own data, about which only they know."""
        return None if "input_fn" in self._own else len(batch)

    def _batch(self, made: Any) -> Any:
        """Makes of ``input_fn``'s data what the algorithm takes. Raises ``AlgorithmError``."""
        try:
            return self._steps.batch(made)
        except (TypeError, ValueError) as error:
            raise AlgorithmError(
                f"input_fn of {self._program.name} made what the algorithm cannot predict with: {error}"
            ) from error


def _load_model(settings: Settings, program: InferenceProgram) -> tuple[Any, ReplaceableSteps]:
    """Loads the model; returns it and the steps behind the user's."""
    if "model_fn" not in program.functions:
        loaded = artifact.load(settings.model, settings.family, settings.algorithm)
        return loaded.model, AlgorithmSteps(loaded)
    directory = artifact.locate(settings.model)
    try:
        model = program.functions["model_fn"](str(directory))
    except ContainerError:
        raise
    except (Exception, SystemExit) as error:
        log.exception("model_fn of %s failed", program.name)
        raise ArtifactError(f"model_fn of {program.name} failed: {type(error).__name__}: {error}") from error
    if not (directory / artifact.MANIFEST).is_file():
        return model, ArraySteps(model)
    algorithm, manifest = artifact.describe(directory, settings.family, settings.algorithm)
    return model, AlgorithmSteps(Artifact(algorithm, model, manifest))


def _text(body: bytes, media_type: MediaType) -> bytes | str:
    if media_type.name not in TEXT_TYPES:
        return body
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise RequestError(f"the body is not UTF-8 text (byte {error.start + 1})") from error


def _body(name: str, answer: Any, accept: str) -> tuple[bytes, str]:
    """Returns a user's answer as bytes and their media type. Raises ``AlgorithmError``."""
    content, media_type = answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, accept)
    if isinstance(content, str):
        content = content.encode()
    if not isinstance(content, bytes | bytearray | memoryview) or not isinstance(media_type, str):
        raise AlgorithmError(f"{name} answered {type(answer).__name__}, expected bytes or text, or (bytes, media type)")
    if not HEADER_VALUE.fullmatch(media_type):
        raise AlgorithmError(f"{name} answered the media type {media_type!r}, which is no value of a header")
    return bytes(content), media_type
