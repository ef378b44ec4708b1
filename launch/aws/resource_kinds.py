"""Jobs and endpoints: their names in SageMaker's API, in the console and in CloudWatch."""

from __future__ import annotations

from dataclasses import dataclass

CONSOLES = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}


@dataclass(frozen=True)
class ResourceKind:
    """One kind of job, or of endpoint."""

    noun: str
    """As people say it."""
    api: str
    """As the operations call it: ``CreateTrainingJob`` with a ``TrainingJobName``."""
    page: str
    """In the console's addresses."""
    log_group: str = ""
    name_limit: int = 63
    ends: frozenset[str] = frozenset({"Completed", "Failed", "Stopped"})
    """The statuses after which nothing more happens."""

    @property
    def name(self) -> str:
        """The member with the name."""
        return f"{self.api}Name"

    @property
    def status(self) -> str:
        """The member with the status."""
        return f"{self.api}Status"

    @property
    def summaries(self) -> str:
        """The member of the list that the service answers."""
        return "Endpoints" if self.api == "Endpoint" else f"{self.api}Summaries"

    @property
    def stopping(self) -> str:
        """The AWS command line's way to stop one, to be followed by a name."""
        words = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in self.api)
        return f"aws sagemaker stop{words} -{words}-name"

    def log_page(self, name: str, region: str, partition: str = "aws") -> str:
        """The address of its log in the console, which wants slashes encoded twice."""
        host = CONSOLES.get(partition, "console.aws.amazon.com")
        group = self.log_group.replace("/", "$252F")
        where = f"#logsV2:log-groups/log-group/{group}$3FlogStreamNameFilter$3D{name}$252F"
        return f"https://{region}.{host}/cloudwatch/home?region={region}{where}"

    def console(self, name: str, region: str, partition: str = "aws") -> str:
        """The address of its page."""
        host = CONSOLES.get(partition, "console.aws.amazon.com")
        return f"https://{region}.{host}/sagemaker/home?region={region}#/{self.page}/{name}"


TRAINING = ResourceKind("training job", "TrainingJob", "jobs", "/aws/sagemaker/TrainingJobs")
TUNING = ResourceKind("tuning job", "HyperParameterTuningJob", "hyper-tuning-jobs", name_limit=32)
TRANSFORM = ResourceKind("transform job", "TransformJob", "transform-jobs", "/aws/sagemaker/TransformJobs")
ENDPOINT = ResourceKind(
    "endpoint",
    "Endpoint",
    "endpoints",
    "/aws/sagemaker/Endpoints",
    ends=frozenset({"InService", "Failed", "OutOfService", "UpdateRollbackFailed"}),
)
