"""The algorithm ``words``: which labels a text has, by the words that it holds (naive Bayes)."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, TypeAlias

from contract.algorithm import Algorithm, Channel
from contract.answer import USUAL, Answer, RequestOptions
from contract.context import Context
from contract.errors import ArtifactError, Malformed, RequestError
from contract.figures import Bars
from contract.hyperparameters import Hyperparameters, hyperparameter
from contract.metrics import Direction
from contract.metrics.evaluation import Evaluation
from contract.wire.answers import ANSWERS
from tests.toys.words.texts import IGNORED, PREFIX, Text, TextInput, Texts, number_of_labels

MODEL_FILE = "words.json"
Model: TypeAlias = Mapping[str, Mapping[str, float]]
"""By label, then by word: the logarithm of its share of the label's words; that of other words by the empty text."""


@dataclass(frozen=True, kw_only=True)
class WordsHyperparameters(Hyperparameters):
    smoothing: float = hyperparameter(1.0, bounds="(0, 100]", tunable=(0.1, 2), help="Added to every count of a word.")


class Ranking(NamedTuple):
    """Labels and their probabilities, the likeliest first: as many as the request wants."""

    labels: list[str]
    probabilities: list[float]


class Accuracy:
    """The share of texts whose likeliest label is their own."""

    def __init__(self) -> None:
        self._texts, self._right = Counter[str](), Counter[str]()

    def add(self, predictions: Sequence[Ranking], data: Texts) -> None:
        for found, text in zip(predictions, data.records, strict=True):
            self._texts[text.label] += 1
            self._right[text.label] += found.labels[0] == text.label

    def result(self) -> Evaluation:
        by_label = {label: self._right[label] / self._texts[label] for label in sorted(self._texts)}
        accuracy = self._right.total() / self._texts.total()
        return Evaluation({"accuracy": accuracy}, [Bars("Accuracy of each label", "accuracy", by_label)])


@dataclass(frozen=True)
class WordsOutput:
    classes: Sequence[str]
    task: str = "text classification"
    accepts: Sequence[str] = ("application/json", "application/jsonlines")

    def usual_accept(self, content_type: str) -> str:
        return content_type if content_type in self.accepts else self.accepts[0]

    def answer(self, predictions: Sequence[Ranking], batch: Texts, options: RequestOptions) -> Answer:
        if options.wanted:
            raise RequestError(f"unknown output {', '.join(options.wanted)}; ask without it")
        labels = [[PREFIX + label for label in found.labels] for found in predictions]
        return Answer({"label": labels, "prob": [found.probabilities for found in predictions]}, envelope=None)

    def encode(self, answer: Answer, accept: str) -> bytes:
        return ANSWERS[accept](answer)

    def evaluator(self, records: int) -> Accuracy:
        return Accuracy()


class Words(Algorithm[WordsHyperparameters, Texts, Model]):
    name: ClassVar[str] = "words"
    Hyperparameters = WordsHyperparameters
    input = TextInput()
    channels: ClassVar[Sequence[Channel]] = (
        Channel("train", required=True, aliases=("training",)),
        Channel("validation"),
        Channel(IGNORED, companion=True, content_types=("application/json",)),
    )
    metrics: ClassVar[Mapping[str, Direction | None]] = {"accuracy": "Maximize"}
    libraries: Sequence[str] = ("numpy",)

    def fit(self, params: WordsHyperparameters, train: Texts, validation: Texts | None, context: Context) -> Model:
        known = {word for text in train.records for word in text.words}
        counts: dict[str, Counter[str]] = {}
        for text in train.records:
            counts.setdefault(text.label, Counter()).update(text.words)
        return {label: _shares(counts[label], known, params.smoothing) for label in sorted(counts)}

    def predict(self, model: Model, batch: Texts, options: RequestOptions = USUAL) -> list[Ranking]:
        try:
            usual = number_of_labels(options.configuration, "configuration") or 1
        except Malformed as error:
            raise RequestError(str(error)) from error
        return [_ranking(model, text, text.k or usual) for text in batch.records]

    def output(self, model: Model) -> WordsOutput:
        return WordsOutput(tuple(model))

    def save(self, model: Model, directory: Path) -> None:
        (directory / MODEL_FILE).write_text(json.dumps(model))

    def load(self, directory: Path) -> Model:
        try:
            found: Model = json.loads((directory / MODEL_FILE).read_text())
        except (OSError, ValueError) as error:
            raise ArtifactError(f"{MODEL_FILE} cannot be read ({error}); train the model again") from error
        return found


def _shares(counts: Counter[str], known: set[str], smoothing: float) -> dict[str, float]:
    total = counts.total() + smoothing * (len(known) + 1)
    return {word: math.log((counts[word] + smoothing) / total) for word in ["", *sorted(known)]}


def _ranking(model: Model, text: Text, k: int) -> Ranking:
    scores = {label: sum(shares.get(word, shares[""]) for word in text.words) for label, shares in model.items()}
    highest = max(scores.values())
    odds = {label: math.exp(score - highest) for label, score in scores.items()}
    best = sorted(odds, key=lambda label: -odds[label])[:k]
    return Ranking(best, [round(odds[label] / sum(odds.values()), 6) for label in best])


ALGORITHM: Any = Words()
