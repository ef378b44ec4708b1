"""The hyperparameters of randomcutforest: names, defaults and tunable ranges of SageMaker's, wider bounds."""

from __future__ import annotations

import pytest

from containers.sklearn.random_cut_forest.hyperparameters import RandomCutForestHyperparameters
from contract.errors import HyperparameterError
from contract.hyperparameters import parse, specs
from tests.families.unlabelled_jobs import REQUIRED, Expected

NEEDED = {"feature_dim": "7"}
BOTH = ("accuracy", "precision_recall_fscore")
EXPECTED = [
    Expected("feature_dim", REQUIRED, ("1", "10001"), ("0", "1.5", "auto")),
    Expected("num_trees", 100, ("1", "1001"), ("0", "60.5", "auto"), (50, 1000)),
    Expected("num_samples_per_tree", 256, ("2", "2049"), ("0", "60.5", "auto"), (1, 2048)),
    Expected(
        "eval_metrics",
        BOTH,
        ('["accuracy"]', '["precision_recall_fscore"]', '["accuracy", "precision_recall_fscore"]'),
        ('["auc"]', "f1", "[]"),
    ),
    Expected("mini_batch_size", 1000, ("1000", "500"), ("0", "auto")),
]


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda expected: expected.name)
def test_C_a_hyperparameter_has_the_default_bounds_and_tunable_range_of_the_built_in(expected: Expected) -> None:
    expected.check(RandomCutForestHyperparameters, NEEDED)


def test_C_there_are_no_others_but_what_the_sdk_sends_besides() -> None:
    assert {spec.name for spec in specs(RandomCutForestHyperparameters)} == {expected.name for expected in EXPECTED}
    for text in ("True", "true", "False"):
        parse(RandomCutForestHyperparameters, {**NEEDED, "force_dense": text})


def test_trees_on_one_record_are_refused_with_the_remedy() -> None:
    with pytest.raises(HyperparameterError, match=r"num_samples_per_tree: trees on 1 record .*, set it to 2 or more"):
        parse(RandomCutForestHyperparameters, {**NEEDED, "num_samples_per_tree": "1"})


def test_eval_metrics_of_nothing_are_refused() -> None:
    with pytest.raises(HyperparameterError, match=r"eval_metrics: the list is empty"):
        parse(RandomCutForestHyperparameters, {**NEEDED, "eval_metrics": "[]"})
