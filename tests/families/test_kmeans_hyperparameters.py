"""The hyperparameters of kmeans: names, defaults, bounds and tunable ranges of SageMaker's K-Means."""

from __future__ import annotations

import pytest

from containers.sklearn.clustering.hyperparameters import KMeansHyperparameters
from contract.hyperparameters import parse, specs
from tests.families.unlabelled_jobs import REQUIRED, Expected

NEEDED = {"k": "4", "feature_dim": "3"}
SIZES = ("0", "-1", "1.5", "many", "auto")
METHODS = ("random", "kmeans++")
EXPECTED = [
    Expected("k", REQUIRED, ("1", "100000"), SIZES),
    Expected("feature_dim", REQUIRED, ("1", "100000"), SIZES),
    Expected("mini_batch_size", 5000, ("1", "1000000"), SIZES, (3000, 15000)),
    Expected("epochs", 1, ("1", "1000"), SIZES, (1, 10)),
    Expected("init_method", "random", METHODS, ("k-means++", "auto"), METHODS),
    Expected("extra_center_factor", "auto", ("auto", "1", "1000"), ("0", "-1", "1.5", "many"), (4, 10)),
    Expected("half_life_time_size", 0, ("0", "100000"), ("-1", "0.5", "auto")),
    Expected("local_lloyd_init_method", "kmeans++", METHODS, ("k-means++", "auto")),
    Expected("local_lloyd_max_iter", 300, ("1", "100000"), SIZES),
    Expected("local_lloyd_num_trials", "auto", ("auto", "1", "1000"), ("0", "-1", "1.5", "many")),
    Expected("local_lloyd_tol", 0.0001, ("0", "1.5", "0.5"), ("-0.1", "auto")),
    Expected(
        "eval_metrics", ("msd",), ('["msd"]', '["ssd"]', '["msd","ssd"]', '["msd", "ssd"]'), ('["rmse"]', "[]", "mse")
    ),
]


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda expected: expected.name)
def test_C_a_hyperparameter_has_the_default_bounds_and_tunable_range_of_the_built_in(expected: Expected) -> None:
    expected.check(KMeansHyperparameters, NEEDED)


def test_C_there_are_no_others_but_what_the_sdk_sends_besides() -> None:
    assert {spec.name for spec in specs(KMeansHyperparameters)} == {expected.name for expected in EXPECTED}
    for text in ("True", "true", "False"):
        parse(KMeansHyperparameters, {**NEEDED, "force_dense": text})
