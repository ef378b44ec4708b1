"""Every family judges a channel that comes in parts as one that comes at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pytest

from containers.sklearn.clustering.algorithm import ClusterOutput
from containers.sklearn.clustering.algorithm import Model as Clusters
from containers.sklearn.knn.answers import NeighbourOutput
from containers.sklearn.lda.answers import MixtureOutput
from containers.sklearn.lda.inference import Topics
from containers.sklearn.linear_learner.algorithm import ALGORITHM as LINEAR_LEARNER
from containers.sklearn.preprocessing.algorithm import ALGORITHM as PREPROCESSING
from containers.sklearn.projection.algorithm import ProjectionOutput
from containers.sklearn.projection.decomposition import Components
from containers.sklearn.random_cut_forest.answers import ScoreOutput
from containers.xgboost.answers import XGBoostOutput
from contract.algorithm import Output
from contract.builtins.problem import Problem, ProblemOutput
from contract.tables.data import Table
from tests.families import linear_learner_jobs, preprocessing_jobs
from tests.families.evaluation import judge
from tests.families.test_image_classification_answers import NAMED, SEVERAL, pictures

ROWS = 7000
"""More than are drawn as dots."""
RANDOM = np.random.default_rng(0)
FEATURES = RANDOM.normal(size=(ROWS, 4)).astype(np.float32)
LABELS = RANDOM.integers(0, 3, ROWS).astype(np.float32)
YES = (LABELS > 0).astype(np.float32)
WEIGHT = RANDOM.integers(1, 4, ROWS).astype(np.float32)
NUMBERS = (LABELS + RANDOM.normal(size=ROWS)).astype(np.float32)
PROBABILITIES = RANDOM.dirichlet(np.ones(3), ROWS).astype(np.float32)
CHANCES = np.stack([1 - RANDOM.random(ROWS), RANDOM.random(ROWS)], axis=1).astype(np.float32)
NEIGHBOURS = RANDOM.integers(0, 4, (ROWS, 2, 5)).astype(np.float32)
CLUSTERS = np.stack([LABELS, np.abs(NUMBERS)], axis=1)
PRECISE = (LABELS[:, None] == np.arange(3)).astype(np.float32)

Judged: TypeAlias = tuple[Output[Any], Any, Any]


def linear_learner(predictor: str) -> Judged:
    data = linear_learner_jobs.table(predictor, rows=ROWS, seed=8)
    given = linear_learner_jobs.params(predictor, epochs="2")
    model = linear_learner_jobs.fit(given, linear_learner_jobs.table(predictor))
    return LINEAR_LEARNER.output(model), LINEAR_LEARNER.predict(model, data), data


def preprocessing() -> Judged:
    data = preprocessing_jobs.number_table(rows=ROWS)
    model = preprocessing_jobs.fit(data, impute="mean", scale="standard", pca_components="2")
    return PREPROCESSING.output(model), PREPROCESSING.predict(model, data), data


CASES: dict[str, Callable[[], Judged]] = {
    **{
        f"xgboost {objective}": lambda objective=objective, predictions=predictions, label=label: (  # type: ignore[misc]
            XGBoostOutput(objective, 3), predictions, Table(FEATURES, label, WEIGHT)
        )
        for objective, predictions, label in (
            ("multi:softprob", PROBABILITIES, LABELS),
            ("multi:softmax", np.float32(NEIGHBOURS[:, 0, 0] % 3), LABELS),
            ("binary:logistic", CHANCES[:, 1], YES),
            ("binary:logitraw", NUMBERS, YES),
            ("binary:hinge", YES[::-1], YES),
            ("reg:squarederror", NUMBERS, LABELS),
            ("rank:pairwise", NUMBERS, LABELS),
        )
    },
    "built-ins, regression": lambda: (ProblemOutput(Problem("regression")), NUMBERS, Table(FEATURES, LABELS)),
    "built-ins, binary": lambda: (ProblemOutput(Problem("binary_classification", 2)), CHANCES, Table(FEATURES, YES)),
    "built-ins, multiclass": lambda: (
        ProblemOutput(Problem("multiclass_classification", 3)), PROBABILITIES, Table(FEATURES, LABELS)
    ),
    **{
        f"linear-learner {predictor}": lambda predictor=predictor: linear_learner(predictor)  # type: ignore[misc]
        for predictor in ("regressor", "binary_classifier", "multiclass_classifier")
    },
    "knn classifier": lambda: (
        NeighbourOutput("classifier", np.float32([0, 1, 7])), NEIGHBOURS, Table(FEATURES, LABELS)
    ),
    "knn regressor": lambda: (NeighbourOutput("regressor", LABELS), NEIGHBOURS, Table(FEATURES, LABELS)),
    "kmeans": lambda: (
        ClusterOutput(Clusters(np.zeros((3, 4), np.float32), ("msd", "ssd"))), CLUSTERS, Table(FEATURES)
    ),
    "pca": lambda: (
        ProjectionOutput(Components(np.ones(2), np.eye(4)[:, :2], None, 1.0)), FEATURES[:, :2], Table(FEATURES)
    ),
    "lda": lambda: (
        MixtureOutput(Topics(np.full(3, 0.5), np.full((3, 4), 0.25))), PROBABILITIES, Table(np.abs(np.round(FEATURES)))
    ),
    "randomcutforest": lambda: (
        ScoreOutput(1.0, ("accuracy", "precision_recall_fscore")), NUMBERS, Table(FEATURES, YES)
    ),
    "preprocessing": preprocessing,
    "image-classification": lambda: (NAMED, PROBABILITIES, pictures(LABELS.astype(np.int32))),
    "image-classification, several labels": lambda: (SEVERAL, PROBABILITIES, pictures(PRECISE)),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_channel_in_parts_has_the_metrics_and_pictures_of_the_whole(case: str) -> None:
    output, predictions, data = CASES[case]()
    whole, evaluator, done = judge(output, predictions, data), output.evaluator(len(data)), 0
    for part in data.parts(1234):
        evaluator.add(predictions[done : done + len(part)], part)
        done += len(part)
    found = evaluator.result()
    assert list(found.metrics) == list(whole.metrics)
    assert found.metrics == pytest.approx(dict(whole.metrics), rel=1e-12)
    assert len(found.figures) == len(whole.figures)
    for shown, expected in zip(found.figures, whole.figures, strict=True):
        assert shown == expected or case == "lda"  # its bars are means, whose last digit may differ
