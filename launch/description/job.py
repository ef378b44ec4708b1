"""A whole job description."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from launch.description.hosting import Endpoint
from launch.description.parts import ChannelName, Environment, Name, Part, S3Uri, Scalar
from launch.description.training import ChannelInput, Keys, Network, Training
from launch.description.transform import Transform
from launch.description.tuning import Tuning

Value: TypeAlias = Scalar | tuple[Scalar | tuple[Scalar, ...], ...]
"""The value of a hyperparameter: a scalar, a list, or a list of lists."""


class Job(Part):
    """A job description: an algorithm, its data, and how its model is hosted.

    Everything that only AWS needs has a default or may be left out, so that the smallest file runs on a laptop.
    """

    name: Name
    """Everything that is created in AWS has a name that begins with it."""
    family: Annotated[str, Field(examples=["xgboost"])]
    """The folder of ``containers`` (``xgboost``), or the dotted name of a package of yours."""
    algorithm: str = ""
    """The algorithm, needed where the family has several."""
    image: str = ""
    """Address in ECR; default: what ``python -m launch push`` makes in the account and region of the credentials."""
    region: str = ""
    """Default: ``AWS_REGION``, else ``AWS_DEFAULT_REGION``, else that of the credentials' profile."""
    role: str = ""
    """Name or ARN of the role that SageMaker takes on; see ``launch/policies``."""
    hyperparameters: dict[str, Value] = Field(default_factory=dict, max_length=100)
    """Those of the algorithm; its family's README has the table."""
    channels: Annotated[dict[ChannelName, ChannelInput], Field(max_length=20)]
    """Training data by channel name; the family's README lists the channels of each algorithm."""
    output: S3Uri | None = None
    """Models and reports go to ``<output>/<job>/output/``."""
    environment: Environment = Field(default_factory=dict)
    """Environment variables of the training container."""
    training: Training = Training()
    network: Network = Network()
    keys: Keys = Keys()
    tags: dict[str, str] = Field(default_factory=dict, max_length=45)
    """Put on everything that is created, for the bill."""
    tuning: Tuning | None = None
    endpoint: Endpoint | None = None
    transform: Transform | None = None

    @property
    def runs_own_program(self) -> bool:
        """Script mode: a training program of the user's, whose hyperparameters and channels no declaration knows."""
        return "sagemaker_program" in self.hyperparameters or "SAGEMAKER_PROGRAM" in self.environment
