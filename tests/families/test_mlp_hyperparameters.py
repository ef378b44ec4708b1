"""The hyperparameters of mlp."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from containers.tensorflow.mlp import objective
from containers.tensorflow.mlp.hyperparameters import OPTIMIZERS, MLPHyperparameters
from contract.builtins.problem import Kind
from contract.errors import HyperparameterError
from contract.hyperparameters import parse, specs
from tests.families.mlp_jobs import fit, params, table

NUMBERS: dict[str, tuple[float | None, list[str], list[str]]] = {
    "num_layers": (None, ["0", "16"], ["-1", "17", "1.5"]),
    "units": (None, ["1", "8192"], ["0", "8193"]),
    "dropout_rate": (0.1, ["0", "0.99"], ["1", "-0.1"]),
    "l1": (0.0, ["0", "0.1"], ["-0.1"]),
    "l2": (0.0, ["0", "0.1"], ["-0.1"]),
    "huber_delta": (1.0, ["0.1", "5"], ["0"]),
    "learning_rate": (0.003, ["0.0001", "2"], ["0", "-1"]),
    "momentum": (0.9, ["0", "0.99"], ["1", "-0.1"]),
    "beta_1": (0.9, ["0", "0.99"], ["1"]),
    "beta_2": (0.999, ["0", "0.99"], ["1"]),
    "weight_decay": (0.004, ["0", "0.1"], ["-0.1"]),
    "lr_scheduler_factor": (0.5, ["0.1", "0.9"], ["0", "1"]),
    "lr_scheduler_step": (10, ["1", "100"], ["0"]),
    "mini_batch_size": (64, ["1", "10000"], ["0", "1.5"]),
    "epochs": (100, ["1", "1000"], ["0"]),
    "early_stopping_patience": (10, ["1", "50"], ["0"]),
    "early_stopping_min_epochs": (0, ["0", "50"], ["-1"]),
    "early_stopping_tolerance": (0.0, ["0", "0.5"], ["-0.1"]),
    "one_hot_max_size": (10, ["0", "255"], ["-1"]),
    "seed": (0, ["0", "17"], ["-1"]),
    "csv_weights": (0, ["0", "1"], ["2"]),
}
CHOICES: dict[str, tuple[object, str]] = {
    "problem_type": ("auto", "auto regression binary_classification multiclass_classification"),
    "activation": ("relu", "relu sigmoid tanh elu selu gelu swish leaky_relu softplus"),
    "loss": ("auto", "auto squared_loss absolute_loss huber_loss"),
    "optimizer": ("adam", "adam adamw sgd nag rmsprop adagrad"),
    "lr_scheduler": ("constant", "constant step exponential cosine"),
    "batch_norm": (False, "True False"),
    "early_stopping": (True, "True False"),
    "normalize_data": (True, "True False"),
    "normalize_label": (True, "True False"),
}
OTHERS = {"hidden_layers": (), "class_weights": None, "embedding_dim": "auto"}
ALIASES = {
    "batch_size": "mini_batch_size", "dropout": "dropout_rate", "num_epoch": "epochs", "mlp_layers": "num_layers",
    "mlp_dim": "units", "mlp_activation": "activation", "patience": "early_stopping_patience", "wd": "weight_decay",
}  # fmt: skip


def _parse(**given: str) -> MLPHyperparameters:
    return parse(MLPHyperparameters, given)


def _value(given: MLPHyperparameters, name: str) -> object:
    return given.settings()[name]


def test_every_documented_hyperparameter_is_declared_and_no_other() -> None:
    assert {spec.name for spec in specs(MLPHyperparameters)} == NUMBERS.keys() | CHOICES.keys() | OTHERS.keys()


def test_none_is_required_and_the_defaults_are_the_documented_ones() -> None:
    documented = {name: row[0] for name, row in (NUMBERS | CHOICES).items()} | OTHERS
    assert _parse().settings() == {name: value for name, value in documented.items() if value is not None}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, row in NUMBERS.items() for value in row[1]])
def test_a_number_at_the_edge_of_its_range_is_accepted(name: str, value: str) -> None:
    assert _value(_parse(**{name: value}), name) == float(value)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, row in NUMBERS.items() for value in row[2]])
def test_a_number_beyond_its_range_is_refused(name: str, value: str) -> None:
    with pytest.raises(HyperparameterError, match=rf"{name}: .*{value}"):
        _parse(**{name: value})


@pytest.mark.parametrize(("name", "value"), [(name, word) for name, row in CHOICES.items() for word in row[1].split()])
def test_every_documented_choice_is_accepted(name: str, value: str) -> None:
    assert str(_value(_parse(**{name: value}), name)) == value


@pytest.mark.parametrize("name", CHOICES)
def test_any_other_choice_is_refused(name: str) -> None:
    with pytest.raises(HyperparameterError, match=f"{name}: 'other'"):
        _parse(**{name: "other"})


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_names_of_other_networks_are_known(alias: str, name: str) -> None:
    value = "tanh" if name == "activation" else "0.5" if name in ("dropout_rate", "weight_decay") else "7"
    assert _parse(**{alias: value}) == _parse(**{name: value})


@pytest.mark.parametrize(
    ("given", "sizes"),
    [
        ({}, (64, 32)),
        ({"hidden_layers": "128,64"}, (128, 64)),
        ({"hidden_layers": "[5]"}, (5,)),
        ({"num_layers": "3"}, (64, 64, 64)),
        ({"units": "10"}, (10, 10)),
        ({"num_layers": "0"}, ()),
        ({"num_layers": "1", "units": "7"}, (7,)),
    ],
)
def test_the_layers_are_listed_or_counted(given: dict[str, str], sizes: tuple[int, ...]) -> None:
    assert _parse(**given).sizes == sizes


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"hidden_layers": "8", "units": "8"}, "hidden_layers: says all"),
        ({"hidden_layers": "8", "num_layers": "2"}, "hidden_layers: says all"),
        ({"hidden_layers": "8,0"}, "hidden_layers: 0 is out of range"),
        ({"hidden_layers": ",".join(["8"] * 17)}, "17 layers are more than 16"),
        ({"class_weights": "1,-2"}, "class_weights: -2 is out of range"),
        ({"class_weights": "heavy"}, "class_weights: 'heavy' cannot be read, expected a float .*or auto or balanced"),
        ({"embedding_dim": "0"}, "embedding_dim: 0 is out of range"),
        ({"learning_rat": "1"}, "did you mean learning_rate"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(given: dict[str, str], told: str) -> None:
    with pytest.raises(HyperparameterError, match=told):
        _parse(**given)


@pytest.mark.parametrize(
    ("kind", "given", "told"),
    [
        ("regression", {"class_weights": "auto"}, "class_weights: are for a classification"),
        ("binary_classification", {"loss": "huber_loss"}, "loss: huber_loss is for a regression"),
        ("binary_classification", {"class_weights": "1,2,3"}, "class_weights: 3 weights for 2 classes"),
        ("multiclass_classification", {"class_weights": "1,2"}, "class_weights: 2 weights for 3 classes"),
    ],
)
def test_what_is_for_another_problem_is_refused_once_the_problem_is_known(
    kind: Kind, given: dict[str, str], told: str
) -> None:
    with pytest.raises(HyperparameterError, match=f"{told}.*{kind}"):
        fit(params(**given), table(kind))


@pytest.mark.parametrize(
    ("scheduler", "rates"),
    [
        ("constant", [0.1, 0.1, 0.1, 0.1, 0.1]),
        ("step", [0.1, 0.1, 0.05, 0.05, 0.025]),
        ("exponential", [0.1, 0.1 * 0.5**0.5, 0.05, 0.05 * 0.5**0.5, 0.025]),
        ("cosine", [0.1, 0.1 * (1 + np.cos(np.pi / 4)) / 2, 0.05, 0.1 * (1 + np.cos(3 * np.pi / 4)) / 2, 0.0]),
    ],
)
def test_the_learning_rate_of_every_epoch_follows_the_schedule(scheduler: str, rates: list[float]) -> None:
    given = _parse(learning_rate="0.1", lr_scheduler=scheduler, lr_scheduler_step="2", epochs="4")
    assert [given.rate(epoch) for epoch in range(5)] == pytest.approx(rates)


def test_an_embedding_grows_slower_than_its_categories_up_to_a_limit() -> None:
    sizes = [_parse().embedding_size(count) for count in (1, 11, 100, 1000, 10**6)]
    assert sizes == [2, 7, 22, 50, 50]
    assert _parse(embedding_dim="3").embedding_size(1000) == 3


def test_every_optimizer_is_one_of_its_own_with_its_settings() -> None:
    made = {
        name: objective.optimizer(
            _parse(optimizer=name, momentum="0.5", beta_1="0.8", beta_2="0.7", weight_decay="0.02")
        )
        for name in OPTIMIZERS
    }
    configurations = {name: {**optimizer.get_config(), "name": ""} for name, optimizer in made.items()}
    assert all(one != other for one, other in itertools.combinations(configurations.values(), 2))
    assert {name for name, found in configurations.items() if found.get("momentum") == 0.5} == {"sgd", "nag"}
    assert configurations["nag"]["nesterov"]
    assert {name for name, found in configurations.items() if found.get("beta_1") == 0.8} == {"adam", "adamw"}
    assert {name for name, found in configurations.items() if found["weight_decay"] == 0.02} == {"adamw"}
    assert all(found["learning_rate"] == pytest.approx(0.003) for found in configurations.values())
