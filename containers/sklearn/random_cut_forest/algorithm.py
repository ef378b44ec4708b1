"""The algorithm ``randomcutforest``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from containers.sklearn import model_file
from containers.sklearn.model_fields import Fields
from containers.sklearn.random_cut_forest.answers import DIRECTIONS, ScoreLog, ScoreOutput
from containers.sklearn.random_cut_forest.forest import Forest
from containers.sklearn.random_cut_forest.growth import grow, sample_size
from containers.sklearn.random_cut_forest.hyperparameters import (
    LEAST_RECORDS,
    METRICS,
    RandomCutForestHyperparameters,
)
from containers.sklearn.random_cut_forest.records import RECORDS
from containers.sklearn.random_cut_forest.scores import highest_score, score
from contract.algorithm import Algorithm, Channel
from contract.answer import USUAL, RequestOptions
from contract.context import Context
from contract.data import Float32
from contract.errors import ChannelError
from contract.quality_log import ProgressLog, line
from contract.tables.data import Table
from contract.tables.input import check_feature_dim

SCORED = 10_000
"""Training records whose scores are looked at: enough for a mean and a standard deviation."""
SMALL = 8
"""Records of a tree. With fewer the highest score is less than about three times an ordinary one."""


@dataclass(frozen=True)
class AnomalyModel:
    """A forest, and the threshold that a channel with labels is judged by."""

    forest: Forest
    threshold: float
    eval_metrics: tuple[str, ...]


class RandomCutForest(Algorithm[RandomCutForestHyperparameters, Table, AnomalyModel]):
    """Anomaly scores. Memory: 16 bytes times ``num_trees`` × ``num_samples_per_tree`` × ``feature_dim``."""

    name: ClassVar[str] = "randomcutforest"
    channels = (Channel("train", True, ("training",)), Channel("test"))
    Hyperparameters = RandomCutForestHyperparameters
    max_train_evaluation_records = SCORED
    libraries: Sequence[str] = ("numpy",)
    metrics = DIRECTIONS
    metric_log = ScoreLog()
    input = RECORDS

    def fit(
        self, params: RandomCutForestHyperparameters, train: Table, validation: Table | None, context: Context
    ) -> AnomalyModel:
        check_feature_dim(params.feature_dim, train)
        size = _tree_size(params, len(train))
        context.log(line(f"every tree gets {size} records of {len(train)}, none is in two trees"))
        random = np.random.default_rng(0)
        forest = _grown(params, train, size, random, context)
        scores = score(forest, _sample(train, min(len(train), SCORED), random)).astype(np.float64)
        threshold = float(scores.mean() + 3 * scores.std())
        told = f"on a test channel, a score above {threshold:.6g} (mean + 3 standard deviations) is an anomaly"
        for text in (told, *_warnings(params, size, threshold)):
            context.log(line(text))
        return AnomalyModel(forest, threshold, params.eval_metrics)

    def predict(self, model: AnomalyModel, batch: Table, options: RequestOptions = USUAL) -> NDArray[Any]:
        return score(model.forest, batch.dense)

    def output(self, model: AnomalyModel) -> ScoreOutput:
        return ScoreOutput(model.threshold, model.eval_metrics)

    def save(self, model: AnomalyModel, directory: Path) -> None:
        facts = {"threshold": model.threshold, "eval_metrics": list(model.eval_metrics)}
        model_file.save(directory, model.forest.arrays() | facts)

    def load(self, directory: Path) -> AnomalyModel:
        fields = Fields.read(directory)
        return AnomalyModel(Forest.of(fields), fields.number("threshold"), fields.texts("eval_metrics", METRICS))


def _tree_size(params: RandomCutForestHyperparameters, records: int) -> int:
    """The number of records of each tree. Raises ``ChannelError`` where they tell nothing apart."""
    size = sample_size(records, params.num_trees, params.num_samples_per_tree)
    if size < LEAST_RECORDS:
        raise ChannelError(
            f"channel 'train': {records} records are too few for {params.num_trees} trees, which share no record and "
            f"need {LEAST_RECORDS} each; add records (num_trees times num_samples_per_tree are best) or lower num_trees"
        )
    return size


def _grown(
    params: RandomCutForestHyperparameters, train: Table, size: int, random: np.random.Generator, context: Context
) -> Forest:
    progress = ProgressLog(context, 1)
    records = size * params.num_trees
    forest = grow(_sample(train, records, random), params.num_trees, random)
    progress.epoch_done(records)
    return forest


def _warnings(params: RandomCutForestHyperparameters, size: int, threshold: float) -> Iterator[str]:
    """Warnings that scores tell less than they could, with the remedy."""
    larger = "raise num_samples_per_tree"
    if size < params.num_samples_per_tree:
        larger = "lower num_trees, or bring more records"
    highest = highest_score(size)
    if threshold >= highest:
        yield (
            f"warning: {highest:.6g} is the highest score of trees on {size} records, so that none is above the "
            f"threshold and no anomaly is found on a test channel; {larger}, or keep anomalies out of the train channel"
        )
    elif size < SMALL:
        yield f"warning: trees on {size} records tell little apart, their highest score is {highest:.3g}; {larger}"


def _sample(table: Table, size: int, random: np.random.Generator) -> Float32:
    """``size`` different records (size, d) in random order, read in the order of the channel."""
    rows = np.sort(random.choice(len(table), size, replace=False))
    return np.asarray(table.dense[rows])[random.permutation(size)]


ALGORITHM = RandomCutForest()
