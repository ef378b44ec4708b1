"""The errors, by whose fault they are.

    ContainerError
    ├── UserError                     the caller can mend it
    │   ├── HyperparameterError       hyperparameters.json
    │   ├── ChannelError              the channels of a training job, or the data in them
    │   ├── Malformed                 bytes that are not what their media type says, wherever they came from
    │   │   └── NotANumber            a text, or a column of texts, where numbers are expected
    │   └── RequestError              one request to the endpoint
    │       ├── UnsupportedContentType
    │       ├── NotAcceptable
    │       └── PayloadTooLarge
    ├── ArtifactError                 the model directory cannot be served
    ├── AlgorithmError                the algorithm or its library failed on valid input
    ├── Stopped                       the platform ended the job before there was a model to keep
    └── PlatformError                 /opt/ml is not what SageMaker promises

Neither exit codes nor HTTP statuses are known here: ``train/termination.py`` and ``serve/http/statuses.py`` translate.
"""


class ContainerError(Exception):
    """Base of everything raised on purpose. The message says what is wrong and what to do about it."""

    blame = "AlgorithmError"


class UserError(ContainerError):
    """The request, the data or the settings are wrong; running it again unchanged fails again."""

    blame = "ClientError"


class HyperparameterError(UserError):
    """One or more hyperparameters are unknown, missing, unparsable, out of range or contradictory."""


class ChannelError(UserError):
    """A channel is missing, empty, of an unsupported type, or holds data that cannot be read."""


class Malformed(UserError):
    """Bytes that are not what their media type says.

    ``where`` tells the place inside the file or body (``line 3``, ``record 7``, ``line 3, column 2``), ``what`` the
    fault and its remedy. Whoever knows where the bytes came from turns it into a ChannelError or a RequestError.
    """

    def __init__(self, what: str, where: str = "") -> None:
        super().__init__(f"{where}: {what}" if where else what)
        self.what = what
        self.where = where


class NotANumber(Malformed):
    """A text stands where a number is expected, or a column of texts where one of numbers is."""


class RequestError(UserError):
    """The body of a request cannot be read, or does not fit the model."""


class UnsupportedContentType(RequestError):
    """The Content-Type of a request is not one that the algorithm reads."""


class NotAcceptable(RequestError):
    """Nothing that the Accept header allows can be answered."""


class PayloadTooLarge(RequestError):
    """The body of a request is larger than the server was told to take."""


class ArtifactError(ContainerError):
    """The model directory is empty, incomplete, of another algorithm, or in a format that is not loaded."""

    blame = "ClientError"


class AlgorithmError(ContainerError):
    """The algorithm failed although its input was valid."""


class Stopped(ContainerError):
    """The platform asked the job to stop, and nothing was kept. Not a fault; ``fit`` may raise it."""

    blame = "Stopped"


class PlatformError(ContainerError):
    """The files or folders around the container are not as SageMaker's contract describes."""

    blame = "PlatformError"
