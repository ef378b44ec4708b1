"""The hyperparameters of image-classification against a table typed from SageMaker's documentation."""

from __future__ import annotations

import pytest

from containers.tensorflow.image_classification.hyperparameters import ImageClassificationHyperparameters
from contract.errors import HyperparameterError
from contract.hyperparameters import parse, specs

REQUIRED = {"num_classes": "3", "num_training_samples": "48"}
# name: (default, values that are accepted, values that are refused)
NUMBERS: dict[str, tuple[float | None, list[str], list[str]]] = {
    "use_pretrained_model": (0, ["0", "1"], ["2", "-1"]),
    "num_layers": (152, "18 34 50 101 152 200 20 32 44 56 110".split(), ["0", "19", "164"]),
    "epochs": (30, ["1", "500"], ["0", "1.5"]),
    "mini_batch_size": (32, ["1", "512"], ["0"]),
    "learning_rate": (0.1, ["0", "0.5", "1.5"], ["-0.1"]),
    "lr_scheduler_factor": (0.1, ["0", "1"], ["1.1"]),
    "momentum": (0.9, ["0", "1"], ["1.1", "-0.1"]),
    "weight_decay": (0.0001, ["0", "1.5"], ["-0.1"]),
    "beta_1": (0.9, ["0", "1"], ["1.1"]),
    "beta_2": (0.999, ["0", "1"], ["1.1"]),
    "eps": (1e-8, ["0", "1.5"], ["-0.1"]),
    "gamma": (0.9, ["0", "1"], ["1.1"]),
    "resize": (None, ["224", "512"], ["0", "223"]),
    "top_k": (None, ["2", "3"], ["1", "4"]),
    "multi_label": (0, ["0", "1"], ["2"]),
    "use_weighted_loss": (0, ["0"], ["2"]),
    "checkpoint_frequency": (None, ["1", "30"], ["0", "31"]),
    "early_stopping_min_epochs": (10, ["1", "20"], ["0"]),
    "early_stopping_patience": (5, ["1", "20"], ["0"]),
    "early_stopping_tolerance": (0.0, ["0", "1.5"], ["-0.1"]),
}
CHOICES: dict[str, tuple[object, str]] = {
    "optimizer": ("sgd", "sgd adam rmsprop nag"),
    "augmentation_type": (None, "crop crop_color crop_color_transform"),
    "precision_dtype": ("float32", "float32 float16"),
    "kv_store": (None, "dist_sync dist_async"),
    "early_stopping": (False, "True False"),
}
LISTS: dict[str, tuple[tuple[int, ...], dict[str, tuple[int, ...]], list[str]]] = {
    "image_shape": (
        (3, 224, 224),
        {"3,224,224": (3, 224, 224), "1, 28, 30": (1, 28, 30)},
        ["224,224", "2,224,224", "3,0,224", "3,7,32", "3,224,x"],
    ),
    "lr_scheduler_step": ((), {"10, 20": (10, 20), "5": (5,)}, ["0", "a"]),
}
OURS = {"network", "dropout_rate", "normalization", "seed"}
TUNABLE = {
    "beta_1": (1e-6, 0.999), "beta_2": (1e-6, 0.999), "eps": (1e-8, 1), "gamma": (1e-8, 0.999),
    "learning_rate": (1e-6, 0.5), "mini_batch_size": (8, 512), "momentum": (0, 0.999),
    "optimizer": ("sgd", "adam", "rmsprop", "nag"), "weight_decay": (0, 0.999),
}  # fmt: skip


def _parse(**given: str) -> ImageClassificationHyperparameters:
    return parse(ImageClassificationHyperparameters, REQUIRED | given)


def test_every_documented_hyperparameter_is_declared_and_only_four_of_our_own() -> None:
    documented = REQUIRED.keys() | NUMBERS.keys() | CHOICES.keys() | LISTS.keys()
    assert {spec.name for spec in specs(ImageClassificationHyperparameters)} == documented | OURS


def test_the_defaults_are_those_of_sagemaker() -> None:
    documented = {name: row[0] for name, row in (NUMBERS | CHOICES | LISTS).items()}
    parsed = _parse()
    assert {name: getattr(parsed, name) for name in documented} == documented
    assert (parsed.network, parsed.dropout_rate, parsed.seed) == ("resnet", 0, 0)


@pytest.mark.parametrize("name", REQUIRED)
def test_the_numbers_of_classes_and_samples_are_required(name: str) -> None:
    given = {other: value for other, value in REQUIRED.items() if other != name}
    with pytest.raises(HyperparameterError, match=f"{name}: is required"):
        parse(ImageClassificationHyperparameters, given)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, row in NUMBERS.items() for value in row[1]])
def test_a_number_in_its_range_is_accepted(name: str, value: str) -> None:
    assert getattr(_parse(**{name: value}), name) == float(value)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, row in NUMBERS.items() for value in row[2]])
def test_a_number_beyond_its_range_is_refused(name: str, value: str) -> None:
    with pytest.raises(HyperparameterError, match=rf"- {name}: .*{value}"):
        _parse(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, row in CHOICES.items() for value in row[1].split()]
)
def test_every_documented_choice_is_accepted(name: str, value: str) -> None:
    assert str(getattr(_parse(**{name: value}), name)) == value


@pytest.mark.parametrize("name", CHOICES)
def test_any_other_choice_is_refused(name: str) -> None:
    with pytest.raises(HyperparameterError, match=f"- {name}: 'other'"):
        _parse(**{name: "other"})


@pytest.mark.parametrize(
    ("name", "text", "value"), [(name, *pair) for name, row in LISTS.items() for pair in row[1].items()]
)
def test_a_list_is_read_as_sagemaker_writes_it(name: str, text: str, value: tuple[int, ...]) -> None:
    assert getattr(_parse(**{name: text}), name) == value


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, row in LISTS.items() for text in row[2]])
def test_a_list_that_means_nothing_is_refused(name: str, text: str) -> None:
    with pytest.raises(HyperparameterError, match=f"- {name}: "):
        _parse(**{name: text})


def test_the_tunable_ranges_are_the_documented_ones_and_that_of_dropout() -> None:
    declared = specs(ImageClassificationHyperparameters)
    found = {spec.name: spec.declaration.tunable for spec in declared if spec.declaration.tunable}
    assert found == TUNABLE | {"dropout_rate": (0.0, 0.5)}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"network": "lenet", "num_layers": "18"}, "num_layers: 18 is for network resnet"),
        ({"network": "lenet", "image_shape": "1,28,12"}, "image_shape: 28 × 12 .* lenet needs 16 × 16"),
        ({"image_shape": "3,32,32", "resize": "31"}, "resize: 31 is smaller"),
        ({"use_weighted_loss": "1"}, "use_weighted_loss: is for multi_label 1"),
        ({"num_classes": "1"}, "num_classes: one class"),
        ({"optimizer": "adam", "beta_1": "1"}, "beta_1: 1 .* adam cannot learn"),
        ({"optimizer": "rmsprop", "gamma": "1"}, "gamma: 1 .* rmsprop cannot learn"),
        ({"num_layer": "18"}, "num_layer: unknown hyperparameter, did you mean num_layers"),
    ],
)
def test_settings_that_contradict_each_other_are_refused_with_the_way_out(given: dict[str, str], told: str) -> None:
    with pytest.raises(HyperparameterError, match=told):
        _parse(**given)


def test_one_class_is_enough_for_several_labels() -> None:
    assert _parse(num_classes="1", multi_label="1", use_weighted_loss="1").spec.num_classes == 1


def test_the_learning_rate_falls_at_the_epochs_of_the_schedule() -> None:
    scheduled = _parse(learning_rate="0.5", lr_scheduler_step="2, 4", lr_scheduler_factor="0.1")
    assert [scheduled.rate(epoch) for epoch in range(6)] == pytest.approx([0.5, 0.5, 0.05, 0.05, 0.005, 0.005])


def test_weight_decay_is_for_sgd_and_nag_only() -> None:
    penalties = {name: _parse(optimizer=name, weight_decay="0.25").penalty for name in CHOICES["optimizer"][1].split()}
    assert penalties == {"sgd": 0.25, "nag": 0.25, "adam": 0, "rmsprop": 0}
