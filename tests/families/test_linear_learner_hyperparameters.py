"""The hyperparameters of linear-learner: names, defaults, ranges and rules of the built-in."""

from __future__ import annotations

import pytest

from containers.sklearn.linear_learner.hyperparameters import LOSSES, LinearLearnerHyperparameters
from contract.errors import HyperparameterError
from contract.hyperparameters import parse, specs
from tests.families.linear_learner_jobs import PREDICTOR, params

DEFAULTS = {
    "num_classes": 1, "feature_dim": "auto", "mini_batch_size": 1000, "epochs": 15, "loss": "auto",
    "binary_classifier_model_selection_criteria": "accuracy", "target_recall": 0.8, "target_precision": 0.8,
    "f_beta": 1.0, "accuracy_top_k": 3, "balance_multiclass_weights": False, "positive_example_weight_mult": 1.0,
    "num_models": "auto", "num_calibration_samples": "auto", "early_stopping_patience": 3,
    "early_stopping_tolerance": 0.001, "optimizer": "auto", "learning_rate": "auto", "momentum": "auto",
    "beta_1": "auto", "beta_2": "auto", "bias_lr_mult": "auto", "bias_wd_mult": "auto", "wd": "auto", "l1": "auto",
    "use_bias": True, "use_lr_scheduler": True, "lr_scheduler_step": "auto", "lr_scheduler_factor": "auto",
    "lr_scheduler_minimum_lr": "auto", "init_method": "uniform", "init_scale": 0.07, "init_sigma": 0.01,
    "init_bias": 0.0, "normalize_data": True, "normalize_label": "auto", "unbias_data": "auto",
    "unbias_label": "auto", "num_point_for_scaler": 10000, "margin": 1.0, "quantile": 0.5,
    "loss_insensitivity": 0.01, "huber_delta": 1.0,
}  # fmt: skip
WORDS = {
    name for name, default in DEFAULTS.items() if default == "auto" and name not in ("loss", "optimizer")
} | {"normalize_data", "positive_example_weight_mult"}  # fmt: skip
OUT_OF_RANGE = {
    "mini_batch_size": "0", "epochs": "0", "target_recall": "1", "target_precision": "0", "f_beta": "0",
    "accuracy_top_k": "0", "positive_example_weight_mult": "0", "num_models": "0", "num_calibration_samples": "0",
    "early_stopping_patience": "0", "early_stopping_tolerance": "0", "learning_rate": "0", "momentum": "1",
    "beta_1": "1", "beta_2": "0", "bias_lr_mult": "0", "bias_wd_mult": "-1", "wd": "-1", "l1": "-0.1",
    "lr_scheduler_step": "0", "lr_scheduler_factor": "1", "lr_scheduler_minimum_lr": "0", "init_scale": "0",
    "init_sigma": "0", "num_point_for_scaler": "0", "margin": "0", "quantile": "1", "loss_insensitivity": "0",
    "huber_delta": "0", "feature_dim": "0", "num_classes": "1000001",
}  # fmt: skip


def test_the_names_and_defaults_are_those_of_the_built_in() -> None:
    declared = {spec.name: spec.default for spec in specs(LinearLearnerHyperparameters) if not spec.required}
    del declared["_tuning_objective_metric"]
    assert declared == DEFAULTS
    assert [spec.name for spec in specs(LinearLearnerHyperparameters) if spec.required] == ["predictor_type"]


@pytest.mark.parametrize("name", sorted(WORDS))
def test_auto_is_a_legal_text_wherever_it_is_documented(name: str) -> None:
    assert getattr(params(**{name: "auto"}), name) == "auto"


def test_balanced_is_a_word_for_the_weight_of_positive_records() -> None:
    assert (
        params("binary_classifier", positive_example_weight_mult="balanced").positive_example_weight_mult == "balanced"
    )


@pytest.mark.parametrize(("name", "text"), OUT_OF_RANGE.items())
def test_what_is_out_of_range_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(HyperparameterError, match=f"{name}: {text} is out of range"):
        params(**{name: text})


@pytest.mark.parametrize("text", ["True", "true", "TRUE", "False", "false"])
@pytest.mark.parametrize(
    "name", ["use_bias", "use_lr_scheduler", "normalize_data", "normalize_label", "unbias_data", "unbias_label"]
)
def test_booleans_are_read_in_any_case(name: str, text: str) -> None:
    assert getattr(params(**{name: text}), name) is (text.lower() == "true")


@pytest.mark.parametrize("loss", PREDICTOR)
@pytest.mark.parametrize("predictor", LOSSES)
def test_a_loss_belongs_to_one_predictor_type(predictor: str, loss: str) -> None:
    if loss in LOSSES[predictor]:
        assert params(predictor, loss=loss).loss_name == loss
    else:
        with pytest.raises(HyperparameterError, match=f"loss: {loss} is not for predictor_type {predictor}"):
            params(predictor, loss=loss)


def test_auto_is_the_first_loss_of_the_predictor_type() -> None:
    names = {predictor: params(predictor).loss_name for predictor in LOSSES}
    assert names == {
        "regressor": "squared_loss",
        "binary_classifier": "logistic",
        "multiclass_classifier": "softmax_loss",
    }


@pytest.mark.parametrize("given", [{}, {"num_classes": "1"}, {"num_classes": "2"}])
def test_a_multiclass_classifier_needs_its_number_of_classes(given: dict[str, str]) -> None:
    with pytest.raises(HyperparameterError, match="num_classes: predictor_type multiclass_classifier needs 3"):
        parse(LinearLearnerHyperparameters, {"predictor_type": "multiclass_classifier", **given})
    assert params("regressor", **given).outputs == 1


@pytest.mark.parametrize("name", ["unbias_data", "unbias_label"])
def test_nothing_can_be_centred_without_a_bias(name: str) -> None:
    with pytest.raises(HyperparameterError, match=f"{name}: true needs a bias"):
        params(use_bias="false", **{name: "true"})
    for text in ("auto", "false"):
        through_origin = params(use_bias="false", **{name: text})
        assert not through_origin.centres_data
        assert not through_origin.centres_label
    assert not params("binary_classifier", use_bias="false", unbias_label="true").centres_label


def test_predictor_type_is_required() -> None:
    with pytest.raises(HyperparameterError, match="predictor_type: is required"):
        parse(LinearLearnerHyperparameters, {})


def test_what_the_sdk_and_the_tuner_send_is_accepted() -> None:
    sent = {
        "predictor_type": "binary_classifier", "feature_dim": "784", "mini_batch_size": "200", "use_bias": "True",
        "_tuning_objective_metric": "validation:objective_loss", "_kvstore": "auto", "_num_gpus": "auto",
        "_num_kv_servers": "auto", "_log_level": "info", "sagemaker_region": "eu-west-1",
    }  # fmt: skip
    assert parse(LinearLearnerHyperparameters, sent).tuning_objective_metric == "validation:objective_loss"


@pytest.mark.parametrize(
    ("name", "low", "high", "scale"),
    [
        ("wd", 1e-7, 1, "log"),
        ("l1", 1e-7, 1, "log"),
        ("learning_rate", 1e-5, 1, "log"),
        ("mini_batch_size", 100, 5000, "linear"),
        ("positive_example_weight_mult", 1e-5, 1e5, "log"),
    ],
)
def test_a_tuner_searches_the_documented_ranges(name: str, low: float, high: float, scale: str) -> None:
    declaration = next(spec.declaration for spec in specs(LinearLearnerHyperparameters) if spec.name == name)
    assert (declaration.tunable, declaration.scale) == ((low, high), scale)


def test_a_tuner_chooses_whether_there_is_a_bias() -> None:
    by_name = {spec.name: spec.declaration for spec in specs(LinearLearnerHyperparameters)}
    assert by_name["use_bias"].tunable == ("True", "False")
    assert sum(bool(declaration.tunable) for declaration in by_name.values()) == 6
