"""The interface that an algorithm implements.

An algorithm is one stateless object named ``ALGORITHM`` in one module of a family folder. ``train`` and ``serve`` use
nothing but the members below; they know no family, no algorithm and no kind of data.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeAlias, TypeVar

from contract.answer import USUAL, Answer, RequestOptions
from contract.context import Context
from contract.data import PART, Data
from contract.errors import ArtifactError
from contract.figures import Figure
from contract.hyperparameters import Hyperparameters
from contract.media_type import MediaType
from contract.metrics import Direction
from contract.metrics.evaluation import Evaluation
from contract.quality_log import QualityLog
from contract.scores import MetricLog
from contract.source import Source

P = TypeVar("P", bound=Hyperparameters)
D = TypeVar("D", bound=Data)
M = TypeVar("M")
P_contra = TypeVar("P_contra", bound=Hyperparameters, contravariant=True)
D_contra = TypeVar("D_contra", bound=Data, contravariant=True)

Signature: TypeAlias = Mapping[str, Any]
"""The form that requests must have, as JSON in the manifest; only the ``Input`` that wrote it reads it."""


@dataclass(frozen=True)
class Channel:
    """A channel that an algorithm reads. ``aliases`` are other names that users know it by.

    A ``companion``, such as a list of pictures, belongs to another channel: no model is judged on it. ``content_types``
    are the names of the media types that this channel may have, the usual one first; empty means those of the input.
    """

    name: str
    required: bool = False
    aliases: tuple[str, ...] = ()
    companion: bool = False
    content_types: tuple[str, ...] = ()


@dataclass(frozen=True)
class Example:
    """One request that the model answers, kept in the manifest to warm up and check a server."""

    content_type: str
    body: bytes


class Input(Protocol[P_contra, D]):
    """The input of an algorithm: training channels and requests become the same kind of data."""

    @property
    def content_types(self) -> Sequence[str]:
        """Names of the media types of training channels; the first is meant when a channel has none."""

    @property
    def request_types(self) -> Sequence[str]:
        """Names of the media types of requests; the first is meant when a request has none."""

    def arrange(self, sources: Mapping[str, Source]) -> Mapping[str, Source]:
        """The channels as they are read: most inputs change nothing, some split a channel by its sub-folders."""

    def read(self, source: Source, params: P_contra, like: D | None) -> D:
        """Reads a channel; ``like`` is the train channel's data, which others must fit. Raises ``ChannelError``."""

    def decode(self, body: bytes, media_type: MediaType, signature: Signature) -> D:
        """Reads a request and checks it against ``signature``. Raises ``RequestError``."""

    def configuration(self, batch: D) -> Mapping[str, Any]:
        """Returns what a request asks of its answer beside its records, such as ``configuration`` in JSON; usually
        nothing."""

    def batch(self, made: Any, signature: Signature) -> D:
        """Records that a user's program read itself, checked like a request. Raises ``RequestError``, or ``TypeError``
        for what holds no records."""

    def signature(self, data: D) -> Signature:
        """Returns the form that requests to a model of this training data must have."""

    def example(self, data: D) -> Example:
        """A request made of one training record."""


class Evaluator(Protocol[D_contra]):
    """Compares predictions with the labels of one channel, which comes part by part, in order.

    It keeps sums, not records: a channel may be larger than memory.
    """

    def add(self, predictions: Any, data: D_contra) -> None:
        """Takes the next part of the channel and what was predicted for it."""

    def result(self) -> Evaluation:
        """Metrics and pictures of everything that was added."""


class Output(Protocol[D_contra]):
    """The output of an algorithm, known once there is a model (its objective, its number of classes)."""

    @property
    def task(self) -> str:
        """``regression``, ``binary classification``, ``clustering`` …, for people."""

    @property
    def classes(self) -> Sequence[Any]:
        """The labels that predictions choose from, or empty."""

    @property
    def accepts(self) -> Sequence[str]:
        """Names of the media types that can be answered; the first is the default."""

    def usual_accept(self, content_type: str) -> str:
        """The media type of the answer to a request of this type where nobody asks for one: most often the first."""

    def answer(self, predictions: Any, batch: D_contra, options: RequestOptions) -> Answer:
        """Names the predictions. Raises ``RequestError`` for options that this model cannot satisfy."""

    def encode(self, answer: Answer, accept: str) -> bytes:
        """Writes an answer as one of ``accepts``."""

    def evaluator(self, records: int) -> Evaluator[D_contra]:
        """Returns the evaluator of a channel of so many records."""


class Algorithm(ABC, Generic[P, D, M]):
    """One algorithm: how it learns, predicts, is kept and is explained. Stateless; the model is passed in and out."""

    name: ClassVar[str]
    """The built-in's own name: ``xgboost``, ``linear-learner``, ``kmeans`` …"""
    channels: ClassVar[Sequence[Channel]] = (Channel("train", True, ("training",)), Channel("validation"))
    evaluation_batch_size: ClassVar[int] = PART
    """The number of records of a channel predicted at once for its evaluation; fewer where a prediction is large."""
    max_train_evaluation_records: ClassVar[int | None] = None
    """The most records of the train channel, evenly spread, that are judged; for algorithms that predict slowly."""
    answers_missing: ClassVar[bool] = False
    """True if NaN may be a prediction: a missing value left to the next container. Elsewhere it is a fault."""
    one_record: ClassVar[bool] = False
    """True if a request is one record, such as a picture, and a batch transform sends each file as it is."""
    continues: ClassVar[bool] = False
    """True if training may go on from an earlier model, which the ``model`` channel brings."""
    resumes: ClassVar[bool] = False
    """True if ``fit`` writes checkpoints, and goes on from the newest one that it finds."""
    distributed: ClassVar[bool] = False
    """True if ``fit`` runs on several hosts at once; all return the model, the first one's is kept."""
    holds_out: ClassVar[bool] = False
    """True if ``fit`` validates on records of the train channel, which it sets aside, where there is no other."""
    metrics: ClassVar[Mapping[str, Direction | None]] = {}
    """Every metric that may be logged and followed by a tuner, by its name in ``Scores`` (see ``PARAMETER``), with its
    better side if it has one. On which channels, ``metric_log`` knows."""
    Hyperparameters: type[P]
    input: Input[P, D]

    def content_types(self, channel: str) -> Sequence[str]:
        """Names of the media types that a channel may have, by its declared name; the first one is the usual one."""
        declared = (each.content_types for each in self.channels if each.name == channel)
        return next(declared, ()) or self.input.content_types

    def scores_itself(self, params: P) -> Sequence[str]:
        """Names of the channels of which ``fit`` logs metrics where the job does not have them."""
        return ("validation",) if self.holds_out else ()

    @property
    def metric_log(self) -> MetricLog:
        """The form of ``metrics`` in the log: here as in SageMaker's first-party algorithms, by their better sides."""
        return QualityLog.of(self.metrics)

    @abstractmethod
    def fit(self, params: P, train: D, validation: D | None, context: Context) -> M:
        """Learns a model. Foreign exceptions are reported as the algorithm's fault, ``UserError`` as the user's."""

    @abstractmethod
    def predict(self, model: M, batch: D, options: RequestOptions = USUAL) -> Any:
        """One prediction a record, in order: an array (n, …), or a sequence of n where records differ in size.

        A record's prediction never depends on its batch.
        """

    @abstractmethod
    def output(self, model: M) -> Output[D]:
        """Returns the output of this model."""

    @abstractmethod
    def save(self, model: M, directory: Path) -> None:
        """Writes native files (never pickle) into an existing, empty folder."""

    @abstractmethod
    def load(self, directory: Path) -> M:
        """Reads what ``save`` wrote, and foreign files that ``adopt`` knows. Raises ``ArtifactError``."""

    @property
    @abstractmethod
    def libraries(self) -> Sequence[str]:
        """Distributions whose versions decide what a model answers."""

    def figures(self, model: M, signature: Signature) -> Sequence[Figure]:
        """Pictures of the model itself: feature importance, coefficients, cluster sizes."""
        return ()

    def best_iteration(self, model: M) -> int | None:
        """The round (from 0) that the model stands at, where training goes in rounds."""
        return None

    def adopt(self, directory: Path) -> tuple[Signature, Example]:
        """Signature and example of a model that another container wrote; ``ArtifactError`` where none is known."""
        found = ", ".join(sorted(path.name for path in directory.iterdir())) or "nothing"
        raise ArtifactError(f"no manifest.json in the model directory, which holds: {found}")
