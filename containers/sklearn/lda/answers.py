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
from contract.data import PART
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

    def evaluate(self, predictions: NDArray[Any], data: Table) -> Evaluation:
        """``pwll``: the lower bound of the log-likelihood of all words over their number, in nats."""
        likelihood = words = 0.0
        for first, part in zip(range(0, len(data), PART), data.parts(PART), strict=True):
            documents = counts(part)
            counted = lengths(documents)
            mixtures = predictions[first : first + PART].astype(np.float64)
            gamma = mixtures * (counted[:, None] + self.topics.alpha.sum())
            likelihood += bound(self.topics, documents, gamma)
            words += float(counted.sum())
        return Evaluation({"pwll": likelihood / words} if words else {}, [_shares(predictions)])


def _shares(mixtures: NDArray[Any]) -> Figure:
    mean = mixtures.mean(axis=0, dtype=np.float64)
    top = np.argsort(-mean, kind="stable")[:BARS]
    return Bars("Share of the topics", "mean share", {f"topic {topic}": float(mean[topic]) for topic in top})
