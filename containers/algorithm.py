"""The interface that an algorithm implements.

An algorithm is one stateless object named ``ALGORITHM`` in one module of a family folder. ``train`` and ``serve`` use
nothing but the members below; they know no family, no algorithm and no kind of data.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from containers.answer import Answer, AnswerOptions
from containers.data import PART, Data
from containers.errors import ArtifactError
from containers.figures import Figure
from containers.hyperparameters import Hyperparameters
from containers.media_type import MediaType
from containers.metrics import Direction
from containers.source import Source

P = TypeVar("P", bound=Hyperparameters)
D = TypeVar("D", bound=Data)
M = TypeVar("M")
P_contra = TypeVar("P_contra", bound=Hyperparameters, contravariant=True)
D_contra = TypeVar("D_contra", bound=Data, contravariant=True)

Scores: TypeAlias = Mapping[str, Mapping[str, float]]
"""Metric values by channel and metric name: ``{"validation": {"rmse": 0.4}}``."""

PARAMETER = "{parameter}"
"""Stands in the name of a metric where a job puts a value of its own: ``ndcg@{parameter}``."""

Signature: TypeAlias = Mapping[str, Any]
"""What a request must look like, as JSON in the manifest; only the ``Input`` that wrote it reads it."""


@dataclass(frozen=True)
class Channel:
    """A channel that an algorithm reads. ``aliases`` are other names that users know it by.

    A ``companion``, such as a list of pictures, belongs to another channel: no model is judged on it.
    """

    name: str
    required: bool = False
    aliases: tuple[str, ...] = ()
    companion: bool = False


@dataclass(frozen=True)
class Example:
    """One request that the model answers, kept in the manifest to warm up and check a server."""

    content_type: str
    body: bytes


class Input(Protocol[P_contra, D]):
    """What an algorithm reads: training channels and requests become the same kind of data."""

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

    def batch(self, made: Any, signature: Signature) -> D:
        """Records that a user's program read itself, checked like a request. Raises ``RequestError``, or ``TypeError``
        for what holds no records."""

    def signature(self, data: D) -> Signature:
        """What requests to a model of this training data must look like."""

    def example(self, data: D) -> Example:
        """A request made of one training record."""


@dataclass(frozen=True)
class Evaluation:
    """How good predictions are on one channel: metrics by name and pictures for the report."""

    metrics: Mapping[str, float]
    figures: Sequence[Figure] = ()


class Output(Protocol[D_contra]):
    """What an algorithm answers, known once there is a model (its objective, its number of classes)."""

    @property
    def task(self) -> str:
        """``regression``, ``binary classification``, ``clustering`` …, for people."""

    @property
    def classes(self) -> Sequence[Any]:
        """The labels that predictions choose from, or empty."""

    @property
    def accepts(self) -> Sequence[str]:
        """Names of the media types that can be answered; the first is the default."""

    def answer(self, predictions: NDArray[Any], batch: D_contra, options: AnswerOptions) -> Answer:
        """Names the predictions. Raises ``RequestError`` for options that this model cannot satisfy."""

    def encode(self, answer: Answer, accept: str) -> bytes:
        """Writes an answer as one of ``accepts``."""

    def evaluate(self, predictions: NDArray[Any], data: D_contra) -> Evaluation:
        """Compares predictions with the labels of a channel."""


class MetricLog(Protocol):
    """The form in which an algorithm's metrics appear in the log, where tuning jobs read them."""

    def lines(self, host: str, step: int | None, scores: Scores) -> Sequence[str]:
        """The log lines that ``host`` writes of one round, or of the final model where ``step`` is None."""

    def definition(self, channel: str, metric: str) -> Mapping[str, str] | None:
        """``Name`` and ``Regex`` as CreateTrainingJob wants them in MetricDefinitions; None where no tuner needs it."""


@dataclass(frozen=True)
class Context:
    """What a training job lends to ``fit``."""

    hosts: Sequence[str] = ("algo-1",)
    host: str = "algo-1"
    threads: int = 1
    output: Path = Path("/opt/ml/output/data")
    """A folder for files of value beside the model; ``output.tar.gz`` on the platform."""
    checkpoints: Path | None = None
    """Where to keep and find checkpoints, or None when the job has none."""
    earlier: Path | None = None
    """The model directory that the job's ``model`` channel brought, for an algorithm that ``continues``."""
    sharded: bool = False
    """Whether every host was given other files of the train channel; else all of them have the same."""
    agree: Callable[[Any], Sequence[Any]] = field(default=lambda value: [value])
    """Tells a JSON value to all hosts; returns what each of them told, in the order of ``hosts``. All must call it."""
    log_round: Callable[[int, Scores], None] = field(default=lambda step, scores: None)
    """Call it with the step (from 0) and its scores as soon as they are known."""
    log: Callable[[str], None] = field(default=lambda line: None)
    """Writes one line to the job's log."""
    stopping: Callable[[], bool] = field(default=lambda: False)
    """True once the platform asked the job to stop: return the best model so far, soon."""

    @property
    def rank(self) -> int:
        """The place of this host in ``hosts``."""
        return self.hosts.index(self.host)

    @property
    def leads(self) -> bool:
        """Whether this host keeps the model: the first one does."""
        return self.rank == 0


class Algorithm(ABC, Generic[P, D, M]):
    """One algorithm: how it learns, predicts, is kept and is explained. Stateless; the model is passed in and out."""

    name: ClassVar[str]
    """The built-in's own name: ``xgboost``, ``linear-learner``, ``kmeans`` …"""
    channels: ClassVar[Sequence[Channel]] = (Channel("train", True, ("training",)), Channel("validation"))
    judged_records: ClassVar[int | None] = None
    """Of the train channel at most so many records, evenly spread, are judged; for algorithms that predict slowly."""
    answers_missing: ClassVar[bool] = False
    """Whether NaN may be a prediction: a missing value left to the next container. Elsewhere it is a fault."""
    one_record: ClassVar[bool] = False
    """Whether a request is one record, such as a picture, and a batch transform sends each file as it is."""
    continues: ClassVar[bool] = False
    """Whether training may go on from an earlier model, which the ``model`` channel brings."""
    resumes: ClassVar[bool] = False
    """Whether ``fit`` writes checkpoints, and goes on from the newest one that it finds."""
    distributed: ClassVar[bool] = False
    """Whether ``fit`` runs on several hosts at once; all return the model, the first one's is kept."""
    holds_out: ClassVar[bool] = False
    """Whether ``fit`` validates on records of the train channel, which it sets aside, where there is no other."""
    metrics: ClassVar[Mapping[str, Direction | None]] = {}
    """Every metric that may be logged and followed by a tuner, by its name in ``Scores`` (see ``PARAMETER``), with its
    better side if it has one. On which channels, ``metric_log`` knows."""
    Hyperparameters: type[P]
    input: Input[P, D]

    @property
    def metric_log(self) -> MetricLog:
        """How ``metrics`` stand in the log: here as in SageMaker's first-party algorithms, by their better sides."""
        from containers.quality_log import QualityLog

        return QualityLog.of(self.metrics)

    @abstractmethod
    def fit(self, params: P, train: D, validation: D | None, context: Context) -> M:
        """Learns a model. Foreign exceptions are reported as the algorithm's fault, ``UserError`` as the user's."""

    @abstractmethod
    def predict(self, model: M, batch: D) -> NDArray[Any]:
        """One prediction a record, shape (n, …), in order; a record's prediction never depends on its batch."""

    @abstractmethod
    def output(self, model: M) -> Output[D]:
        """What this model answers."""

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

    def evaluate(self, model: M, data: D, channel: str = "validation") -> tuple[Evaluation, NDArray[Any]]:
        """Metrics and predictions on a channel, by the same ``predict`` that serves; see ``judged_records``."""
        if channel == "train" and self.judged_records is not None and len(data) > self.judged_records:
            data = data.take(np.linspace(0, len(data) - 1, self.judged_records).astype(np.int64))
        predictions = np.concatenate([self.predict(model, part) for part in data.parts(PART)])
        return self.output(model).evaluate(predictions, data), predictions

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
