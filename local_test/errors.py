"""The errors of ``local_test``, and the exit status of each.

    LocalTestError           1
    ├── InvalidArgument      2   the command is wrong: mend it and run again
    ├── RuntimeMissing       1   no Docker engine, no image, or no `train` or `serve` program
    ├── ModelArchiveError    1   the model directory or archive is not one that SageMaker takes
    ├── EndpointError        1   the server did not come into service
    ├── JobNotCompleted      1   a training job or a batch transform did not end as Completed
    ├── RecordError          1   a batch transform cannot cut, filter or join records
    └── ModelError           1   the endpoint answered a request with something other than 2xx

``job.run_job`` returns a training job that fails as a result, ``result.JobResult``; ``api.train`` raises
``JobNotCompleted`` for it. ``batch.transform.run_transform`` returns a result too: a RecordError fails one file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

PRIMARY = "primary"
"""The name of a container that is alone."""
_CONTAINER = re.compile(r"Received \w+ error \(\d+\) from (\S+) with message")


class LocalTestError(Exception):
    """Base of everything raised on purpose; the message is one clear line with the remedy."""

    exit_status = 1


class InvalidArgument(LocalTestError):
    """An option, a path or a value is wrong."""

    exit_status = 2


class RuntimeMissing(LocalTestError):
    """The Docker engine, the image or a program is missing."""


class ModelArchiveError(LocalTestError):
    """A model archive or directory holds what SageMaker refuses: links, devices, or paths that lead out of it."""


class EndpointError(LocalTestError):
    """The server ended, or never answered its health check."""


class JobNotCompleted(LocalTestError):
    """A job failed or was stopped; the text is how it ended, with the FailureReason."""


class RecordError(LocalTestError):
    """A file holds no records as they were announced, or an answer does not fit them."""


class ModelError(LocalTestError):
    """A request failed; ``str()`` is the service's own ModelError form (HTTP 424) as one line of JSON.

    ``status`` is the container's answer, 0 when none came in time; ``body`` is its text, cut to 2048 characters.
    ``container`` is its name, ``container-2`` in a pipeline.
    """

    def __init__(self, status: int, body: str, container: str = PRIMARY) -> None:
        self.status = status
        self.body = body[:2048]
        self.container = container
        super().__init__(json.dumps(self.form(), ensure_ascii=False))

    def form(self) -> dict[str, str | int]:
        """The fields that a caller of InvokeEndpoint sees."""
        side, code = ("client", "CLIENT_ERROR") if 400 <= self.status < 500 else ("server", "INTERNAL_FAILURE")
        message = f'Received {side} error ({self.status}) from {self.container} with message "{self.body}".'
        return {
            "ErrorCode": f"{code}_FROM_MODEL",
            "Message": message,
            "OriginalMessage": self.body,
            "OriginalStatusCode": self.status,
        }

    @classmethod
    def of(cls, form: Mapping[str, Any]) -> ModelError:
        """The error whose ``form`` a caller has seen."""
        container = _CONTAINER.match(form["Message"])
        names = (container[1],) if container else ()
        return cls(form["OriginalStatusCode"], form["OriginalMessage"], *names)
