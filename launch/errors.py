"""The errors of ``launch``, and the exit status of each.

LaunchError            1
├── UsageError         2   the command is wrong: mend it and run again
├── DescriptionError   2   the job description has mistakes, all of which are named
├── Refused            1   a preflight found what SageMaker would refuse later, when it has cost time or money
├── PushFailed         1   Docker or the registry refused an image half way; what is left is named
├── ServiceError       1   AWS refused a call, or could not be reached
└── JobFailed          1   the job ended as Failed or Stopped, the endpoint did not come into service
"""

from __future__ import annotations

from collections.abc import Sequence


class LaunchError(Exception):
    """Base of everything raised on purpose; the message says what is wrong and what to do about it."""

    exit_status = 1


class UsageError(LaunchError):
    """An option or a value of the command line is wrong."""

    exit_status = 2


class DescriptionError(LaunchError):
    """A job description has mistakes: ``mistakes`` holds a line for each, with file, line and key."""

    exit_status = 2

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        super().__init__("\n".join([f"{count} in the job description; nothing was started:", *mistakes]))


class Refused(LaunchError):
    """A preflight check failed; nothing was created."""


class PushFailed(LaunchError):
    """Docker or the registry refused an image, or what arrived there is not what SageMaker takes."""


class ServiceError(LaunchError):
    """AWS refused a call or could not be reached. ``action`` is the IAM action, as in ``ecr:CreateRepository``."""

    def __init__(self, message: str, action: str = "", code: str = "") -> None:
        self.action = action
        self.code = code
        super().__init__(message)


class JobFailed(LaunchError):
    """A job or an endpoint that was started has failed."""
