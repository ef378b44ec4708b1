"""The algorithm ``lda``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from containers.sklearn import model_file
from containers.sklearn.lda.answers import MixtureOutput
from containers.sklearn.lda.corpus import DOCUMENTS, Corpus, counts
from containers.sklearn.lda.hyperparameters import LDAHyperparameters
from containers.sklearn.lda.inference import ANSWERING, Topics, infer
from containers.sklearn.lda.learning import learn
from containers.sklearn.model_fields import Fields
from contract.algorithm import Algorithm, Channel, Signature
from contract.answer import USUAL, RequestOptions
from contract.context import Context
from contract.figures import Bars, Figure
from contract.metrics import Direction
from contract.quality_log import QualityLog, line
from contract.tables.data import Table
from contract.tables.input import check_feature_dim

PICTURED_TOPICS, PICTURED_WORDS = 8, 10


class LDA(Algorithm[LDAHyperparameters, Table, Topics]):
    """Topics of documents. The model holds ``alpha`` (k,) and ``beta`` (k, words), as SageMaker's does."""

    name: ClassVar[str] = "lda"
    channels = (Channel("train", True, ("training",)), Channel("test"))
    Hyperparameters = LDAHyperparameters
    max_train_evaluation_records = 100_000
    libraries: Sequence[str] = ("scipy", "numpy")
    metrics: ClassVar[Mapping[str, Direction]] = {"pwll": "Maximize"}
    metric_log = QualityLog()
    input = DOCUMENTS

    def fit(self, params: LDAHyperparameters, train: Table, validation: Table | None, context: Context) -> Topics:
        check_feature_dim(params.feature_dim, train)
        if params.mini_batch_size != len(train):
            context.log(line(f"mini_batch_size is {params.mini_batch_size}; all {len(train)} documents are used"))
        return learn(params, Corpus(train), context)

    def predict(self, model: Topics, batch: Table, options: RequestOptions = USUAL) -> NDArray[Any]:
        gamma = infer(model, counts(batch), ANSWERING)
        return np.asarray(gamma / gamma.sum(axis=1, keepdims=True), np.float32)

    def output(self, model: Topics) -> MixtureOutput:
        return MixtureOutput(model)

    def save(self, model: Topics, directory: Path) -> None:
        model_file.save(directory, {"alpha": model.alpha, "beta": model.beta})

    def load(self, directory: Path) -> Topics:
        fields = Fields.read(directory)
        return Topics(fields.array("alpha", np.float64, "k"), fields.array("beta", np.float64, "k", "words"))

    def figures(self, model: Topics, signature: Signature) -> Sequence[Figure]:
        return [_likeliest_words(model, signature, topic) for topic in range(len(model.alpha))[:PICTURED_TOPICS]]


def _likeliest_words(model: Topics, signature: Signature, topic: int) -> Figure:
    names = signature.get("feature_names") or [f"word {number}" for number in range(model.beta.shape[1])]
    top = np.argsort(-model.beta[topic], kind="stable")[:PICTURED_WORDS]
    return Bars(f"Topic {topic}", "probability", {names[word]: float(model.beta[topic, word]) for word in top})


ALGORITHM = LDA()
