"""The hyperparameters of lda: names, defaults, bounds and tunable ranges of SageMaker's LDA."""

from __future__ import annotations

import pytest

from containers.sklearn.lda.hyperparameters import LDAHyperparameters
from contract.hyperparameters import parse, specs
from tests.families.unlabelled_jobs import REQUIRED, Expected

NEEDED = {"num_topics": "5", "feature_dim": "9", "mini_batch_size": "100"}
SIZES = ("0", "-1", "1.5", "many", "auto")
EXPECTED = [
    Expected("num_topics", REQUIRED, ("1", "150", "1000"), SIZES, (1, 150)),
    Expected("feature_dim", REQUIRED, ("1", "100000"), SIZES),
    Expected("mini_batch_size", REQUIRED, ("1", "100000"), SIZES),
    Expected("alpha0", 1.0, ("0.000001", "0.1", "10", "1000"), ("0", "-1", "auto"), (0.1, 10)),
    Expected("max_restarts", 10, ("1", "1000"), SIZES),
    Expected("max_iterations", 1000, ("1", "100000"), SIZES),
    Expected("tol", 1e-8, ("1e-12", "1e-8", "10"), ("0", "-1e-8", "auto")),
]


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda expected: expected.name)
def test_C_a_hyperparameter_has_the_default_bounds_and_tunable_range_of_the_built_in(expected: Expected) -> None:
    expected.check(LDAHyperparameters, NEEDED)


def test_C_there_are_no_others_but_what_the_sdk_sends_besides() -> None:
    assert {spec.name for spec in specs(LDAHyperparameters)} == {expected.name for expected in EXPECTED}
    for text in ("True", "true", "False"):
        parse(LDAHyperparameters, {**NEEDED, "force_dense": text})
