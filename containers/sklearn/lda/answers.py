"""The answers of LDA, and the evaluation of its topic mixtures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.lda.corpus import counts
from containers.sklearn.lda.inference import Topics, lengths
from containers.sklearn.lda.likelihood import bound
from contract.answer import Answer, RequestOptions
from contract.figures import Bars, Figure
from contract.metrics.evaluation import Evaluation
from contract.tables.data import Table
from contract.tables.output import TableOutput

BARS = 25


@dataclass(frozen=True)
class MixtureOutput(TableOutput):
    """The share of every topic in a document; the shares of a document sum up to 1."""

    topics: Topics
    task: str = "topic modelling"
    classes: Sequence[Any] = ()

    def answer(self, predictions: NDArray[Any], batch: Table, options: RequestOptions) -> Answer:
        return Answer({"topic_mixture": predictions})

    def evaluator(self, records: int) -> MixtureEvaluator:
        return MixtureEvaluator(self.topics)


class MixtureEvaluator:
    """``pwll``: the lower bound of the log-likelihood of all words over their number, in nats."""

    def __init__(self, topics: Topics) -> None:
        self._topics = topics
        self._likelihood = self._words = 0.0
        self._mixtures = np.zeros(len(topics.alpha))
        self._documents = 0

    def add(self, predictions: NDArray[Any], data: Table) -> None:
        documents = counts(data)
        counted = lengths(documents)
        gamma = predictions.astype(np.float64) * (counted[:, None] + self._topics.alpha.sum())
        self._likelihood += bound(self._topics, documents, gamma)
        self._words += float(counted.sum())
        self._mixtures += predictions.sum(axis=0, dtype=np.float64)
        self._documents += len(data)

    def result(self) -> Evaluation:
        metrics = {"pwll": self._likelihood / self._words} if self._words else {}
        return Evaluation(metrics, [_shares(self._mixtures / self._documents)])


def _shares(mean: NDArray[np.float64]) -> Figure:
    top = np.argsort(-mean, kind="stable")[:BARS]
    return Bars("Share of the topics", "mean share", {f"topic {topic}": float(mean[topic]) for topic in top})
