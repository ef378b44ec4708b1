"""The hyperparameters of pca: names, defaults and bounds of SageMaker's PCA, which lets none be tuned."""

from __future__ import annotations

import pytest

from containers.sklearn.projection.hyperparameters import PCAHyperparameters
from contract.hyperparameters import parse, specs
from tests.families.unlabelled_jobs import REQUIRED, Expected

NEEDED = {"feature_dim": "50", "mini_batch_size": "500", "num_components": "1"}
SIZES = ("0", "-1", "1.5", "many", "auto")
EXPECTED = [
    Expected("feature_dim", REQUIRED, ("1", "100000"), SIZES),
    Expected("mini_batch_size", REQUIRED, ("1", "100000"), SIZES),
    Expected("num_components", REQUIRED, ("1", "50"), (*SIZES, "51")),
    Expected("algorithm_mode", "regular", ("regular", "randomized"), ("exact", "auto")),
    Expected("extra_components", -1, ("-1", "0", "100"), ("-2", "0.5", "auto")),
    Expected("subtract_mean", True, ("true", "false", "True", "False"), ("maybe", "2")),
    Expected("epochs", 1, ("1", "100"), SIZES),
]


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda expected: expected.name)
def test_C_a_hyperparameter_has_the_default_and_bounds_of_the_built_in(expected: Expected) -> None:
    expected.check(PCAHyperparameters, NEEDED)


def test_C_there_are_no_others_but_what_the_sdk_sends_besides() -> None:
    assert {spec.name for spec in specs(PCAHyperparameters)} == {expected.name for expected in EXPECTED}
    for text in ("True", "true", "False"):
        parse(PCAHyperparameters, {**NEEDED, "force_dense": text})
