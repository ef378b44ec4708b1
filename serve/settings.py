"""Reads the environment once, into one frozen object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from contract.errors import UserError

MEBIBYTE = 1024 * 1024
MAX_BYTES = 100 * MEBIBYTE
"""The largest body that SageMaker sends: a batch transform with MaxPayloadInMB=100."""

REQUEST_SECONDS = 58
"""SageMaker gives up on an answer after 60 s; the worker should be free again by then."""

BATCH_SECONDS = 600
"""The time that a batch transform waits unless its ModelClientConfig says otherwise."""


@dataclass(frozen=True)
class Settings:
    """The settings of an endpoint. ``max_bytes`` is None where bodies of any size are read (MaxPayloadInMB=0).

    ``program`` and ``code`` are the user's own inference code and its folder, None for the usual places. With
    ``multi_model`` the endpoint is told what to load, and ``directory`` is where that lies.
    """

    family: str
    algorithm: str | None = None
    base: Path = Path("/opt/ml")
    port: int = 8080
    default_accept: str | None = None
    wanted: tuple[str, ...] = ()
    batch: bool = False
    max_bytes: int | None = MAX_BYTES
    workers: int | None = None
    timeout: int = REQUEST_SECONDS
    native_threads: int | None = None
    program: str | None = None
    code: Path | None = None
    allow_install: bool = False
    multi_model: bool = False
    directory: Path | None = None

    @property
    def model(self) -> Path:
        """The model directory."""
        return self.directory or self.base / "model"

    def of_model(self, directory: Path) -> Settings:
        """Returns the settings of one of many models; a folder of code that is not there was meant inside each."""
        return replace(self, directory=directory, code=self.code if self.code and self.code.is_dir() else None)

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Settings:
        """Reads the variables. Raises ``UserError`` that names the variable, its value and what is allowed."""
        batch = _boolean(environ, "SAGEMAKER_BATCH")
        timeout = _integer(environ, "SAGEMAKER_MODEL_SERVER_TIMEOUT", 1, 3600)
        return cls(
            family=_family(environ),
            algorithm=environ.get("ALGORITHM") or None,
            base=Path(environ.get("SAGEMAKER_BASE_DIR") or "/opt/ml"),
            port=_integer(environ, "SAGEMAKER_BIND_TO_PORT", 1, 65535) or 8080,
            default_accept=environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT") or None,
            wanted=names(environ.get("SAGEMAKER_INFERENCE_OUTPUT", "")),
            batch=batch,
            max_bytes=_max_bytes(environ),
            workers=_integer(environ, "SAGEMAKER_MODEL_SERVER_WORKERS", 1, 1024),
            timeout=timeout or (BATCH_SECONDS if batch else REQUEST_SECONDS),
            native_threads=_integer(environ, "OMP_NUM_THREADS", 1, 1024),
            program=environ.get("SAGEMAKER_PROGRAM") or None,
            code=_code(environ) if environ.get("SAGEMAKER_PROGRAM") else None,
            allow_install=_boolean(environ, "SAGEMAKER_ALLOW_INSTALL"),
            multi_model=_boolean(environ, "SAGEMAKER_MULTI_MODEL"),
        )


def names(text: str) -> tuple[str, ...]:
    """``Predicted_Label, probability`` -> ``("predicted_label", "probability")``: what an answer shall hold."""
    return tuple(part.strip().lower() for part in text.split(",") if part.strip())


def _family(environ: Mapping[str, str]) -> str:
    family = environ.get("ALGORITHM_FAMILY")
    if not family:
        raise UserError("ALGORITHM_FAMILY is not set: set it to the family that serves, for example xgboost")
    return family


def _code(environ: Mapping[str, str]) -> Path | None:
    folder = environ.get("SAGEMAKER_SUBMIT_DIRECTORY", "").removeprefix("file://")
    if folder.startswith("s3:"):
        raise UserError(
            f"SAGEMAKER_SUBMIT_DIRECTORY is {folder!r}: code is not fetched from S3 when a server starts; pack it into "
            "the folder code of model.tar.gz, as the SDK's Model does with its source_dir"
        )
    return Path(folder) if folder else None


def _max_bytes(environ: Mapping[str, str]) -> int | None:
    limit = _integer(environ, "MAX_CONTENT_LENGTH", 1, 1 << 40) or MAX_BYTES
    payload = _integer(environ, "SAGEMAKER_MAX_PAYLOAD_IN_MB", 0, 1 << 20)
    if payload is None:
        return limit
    return max(limit, payload * MEBIBYTE) if payload else None


def _integer(environ: Mapping[str, str], name: str, low: int, high: int) -> int | None:
    text = environ.get(name, "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit() and low <= int(text) <= high:
        return int(text)
    raise UserError(f"{name} is {text!r}, expected a whole number from {low} to {high}")


def _boolean(environ: Mapping[str, str], name: str) -> bool:
    text = environ.get(name, "").strip()
    if text.lower() in ("", "0", "false", "1", "true"):
        return text.lower() in ("1", "true")
    raise UserError(f"{name} is {text!r}, expected true or false")
