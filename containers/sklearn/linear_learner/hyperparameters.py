"""The hyperparameters of SageMaker's Linear Learner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from contract.hyperparameters import Hyperparameters, hyperparameter, rule

Predictor: TypeAlias = Literal["regressor", "binary_classifier", "multiclass_classifier"]

LOSSES: dict[str, tuple[str, ...]] = {
    "regressor": (
        "squared_loss", "absolute_loss", "eps_insensitive_squared_loss", "eps_insensitive_absolute_loss",
        "quantile_loss", "huber_loss",
    ),
    "binary_classifier": ("logistic", "hinge_loss"),
    "multiclass_classifier": ("softmax_loss",),
}  # fmt: skip
"""The losses that a predictor type can learn by; the first is its ``auto``."""

CRITERIA = (
    "accuracy", "f_beta", "precision_at_target_recall", "recall_at_target_precision", "loss_function", "f1",
    "cross_entropy_loss",
)  # fmt: skip
AUTO = ("auto",)
CLASSES_OF_A_MULTICLASS = 3


@dataclass(frozen=True, kw_only=True)
class LinearLearnerHyperparameters(Hyperparameters):
    """Names, ranges and rules as in SageMaker's Linear Learner."""

    predictor_type: str = hyperparameter(choices=tuple(LOSSES), help="what is learned")
    num_classes: int = hyperparameter(
        1, bounds="[1, 1000000]", help="number of classes, required for multiclass_classifier (3 or more), else ignored"
    )
    feature_dim: int | str = hyperparameter("auto", words=AUTO, bounds="(0, inf)", help="number of features, checked")
    mini_batch_size: int = hyperparameter(1000, bounds="(0, inf)", tunable=(100, 5000), help="records a step")
    epochs: int = hyperparameter(15, bounds="(0, inf)", help="most passes over the training data")
    loss: str = hyperparameter(
        "auto",
        choices=("auto", *(name for names in LOSSES.values() for name in names)),
        help="loss function; auto: squared_loss, logistic or softmax_loss by predictor_type",
    )
    binary_classifier_model_selection_criteria: str = hyperparameter(
        "accuracy", choices=CRITERIA, help="what model and threshold of a binary classifier are chosen by"
    )
    target_recall: float = hyperparameter(0.8, bounds="(0, 1)", help="for precision_at_target_recall")
    target_precision: float = hyperparameter(0.8, bounds="(0, 1)", help="for recall_at_target_precision")
    f_beta: float = hyperparameter(1.0, bounds="(0, inf)", help="beta of the F score: weight of recall")
    accuracy_top_k: int = hyperparameter(3, bounds="(0, inf)", help="k of multiclass_top_k_accuracy")
    balance_multiclass_weights: bool = hyperparameter(False, help="gives every class the same importance")
    positive_example_weight_mult: float | str = hyperparameter(
        1.0,
        words=("auto", "balanced"),
        bounds="(0, inf)",
        tunable=(1e-5, 1e5),
        scale="log",
        help="weight of label 1 of a binary classifier; balanced: negatives / positives; auto: varied",
    )
    num_models: int | str = hyperparameter(
        "auto", words=AUTO, bounds="(0, inf)", help="models trained side by side; auto: up to 32, 1 in a tuning job"
    )
    num_calibration_samples: int | str = hyperparameter(
        "auto", words=AUTO, bounds="(0, inf)", help="records that the threshold is searched on; auto: up to 1000000"
    )
    early_stopping_patience: int = hyperparameter(3, bounds="(0, inf)", help="epochs without improvement to wait")
    early_stopping_tolerance: float = hyperparameter(0.001, bounds="(0, inf)", help="relative improvement that counts")
    optimizer: str = hyperparameter("auto", choices=("auto", "sgd", "adam", "rmsprop"), help="auto: adam")
    learning_rate: float | str = hyperparameter(
        "auto", words=AUTO, bounds="(0, inf)", tunable=(1e-5, 1), scale="log", help="step size; auto: varied"
    )
    momentum: float | str = hyperparameter("auto", words=AUTO, bounds="[0, 1)", help="of sgd; auto: 0")
    beta_1: float | str = hyperparameter("auto", words=AUTO, bounds="(0, 1)", help="of adam, first moment; auto: 0.9")
    beta_2: float | str = hyperparameter(
        "auto", words=AUTO, bounds="(0, 1)", help="of adam, second moment; auto: 0.999"
    )
    bias_lr_mult: float | str = hyperparameter(
        "auto", words=AUTO, bounds="(0, inf)", help="the bias's step size; auto: 1 with centred features, else 10"
    )
    bias_wd_mult: float | str = hyperparameter("auto", words=AUTO, bounds="[0, inf)", help="the bias's wd; auto: 0")
    wd: float | str = hyperparameter(
        "auto", words=AUTO, bounds="[0, inf)", tunable=(1e-7, 1), scale="log", help="L2 regularisation; auto: varied"
    )
    l1: float | str = hyperparameter(
        "auto", words=AUTO, bounds="[0, inf)", tunable=(1e-7, 1), scale="log", help="L1 regularisation; auto: varied"
    )
    use_bias: bool = hyperparameter(True, tunable=("True", "False"), help="learns a bias")
    use_lr_scheduler: bool = hyperparameter(True, help="lets the learning rate fall")
    lr_scheduler_step: int | str = hyperparameter(
        "auto", words=AUTO, bounds="(0, inf)", help="steps from one fall to the next; auto: a hundredth of all steps"
    )
    lr_scheduler_factor: float | str = hyperparameter(
        "auto", words=AUTO, bounds="(0, 1)", help="what a fall multiplies by; auto: a hundredth is left at the end"
    )
    lr_scheduler_minimum_lr: float | str = hyperparameter(
        "auto", words=AUTO, bounds="(0, inf)", help="the rate never falls below it; auto: 1e-5"
    )
    init_method: str = hyperparameter("uniform", choices=("uniform", "normal"), help="how weights begin")
    init_scale: float = hyperparameter(0.07, bounds="(0, inf)", help="uniform: between -init_scale and init_scale")
    init_sigma: float = hyperparameter(0.01, bounds="(0, inf)", help="normal: standard deviation around 0")
    init_bias: float = hyperparameter(0.0, help="how the bias begins; 0: at the label's mean")
    normalize_data: bool | str = hyperparameter(True, words=AUTO, help="scales features to unit deviation; auto: true")
    normalize_label: bool | str = hyperparameter(
        "auto", words=AUTO, help="scales the label to unit deviation; auto: true; ignored by classifiers"
    )
    unbias_data: bool | str = hyperparameter("auto", words=AUTO, help="centres the features; auto: where use_bias")
    unbias_label: bool | str = hyperparameter(
        "auto", words=AUTO, help="centres the label; auto: where use_bias; ignored by classifiers"
    )
    num_point_for_scaler: int = hyperparameter(10000, bounds="(0, inf)", help="records that means are taken from")
    margin: float = hyperparameter(1.0, bounds="(0, inf)", help="of hinge_loss")
    quantile: float = hyperparameter(0.5, bounds="(0, 1)", help="of quantile_loss")
    loss_insensitivity: float = hyperparameter(0.01, bounds="(0, inf)", help="of the eps_insensitive losses")
    huber_delta: float = hyperparameter(1.0, bounds="(0, inf)", help="of huber_loss: where it becomes linear")
    tuning_objective_metric: str | None = hyperparameter(
        None, name="_tuning_objective_metric", help="set by the tuner: one model is trained then"
    )

    @rule("predictor_type", "loss")
    def _loss_of_predictor(self) -> Iterator[str]:
        allowed = LOSSES[self.predictor_type]
        if self.loss not in ("auto", *allowed):
            yield f"loss: {self.loss} is not for predictor_type {self.predictor_type}, which takes {', '.join(allowed)}"

    @rule("predictor_type", "num_classes")
    def _classes_of_multiclass(self) -> Iterator[str]:
        if self.predictor_type == "multiclass_classifier" and self.num_classes < CLASSES_OF_A_MULTICLASS:
            yield (
                f"num_classes: predictor_type multiclass_classifier needs {CLASSES_OF_A_MULTICLASS} or more classes, "
                f"got {self.num_classes}; for two classes choose binary_classifier"
            )

    @rule("predictor_type", "use_bias", "unbias_data", "unbias_label")
    def _bias_makes_up_for_means(self) -> Iterator[str]:
        if self.use_bias:
            return
        wanted = {"unbias_data": self.unbias_data}
        if self.predictor_type == "regressor":
            wanted["unbias_label"] = self.unbias_label
        for name, value in wanted.items():
            if value is True:
                yield f"{name}: true needs a bias, which makes up for the mean; set it to auto or use_bias to true"

    @property
    def loss_name(self) -> str:
        """The loss that is learned by."""
        return LOSSES[self.predictor_type][0] if self.loss == "auto" else self.loss

    @property
    def loss_parameter(self) -> float:
        """The one number of the loss; 0 where it has none."""
        parameters = {
            "hinge_loss": self.margin,
            "quantile_loss": self.quantile,
            "huber_loss": self.huber_delta,
            "eps_insensitive_squared_loss": self.loss_insensitivity,
            "eps_insensitive_absolute_loss": self.loss_insensitivity,
        }
        return parameters.get(self.loss_name, 0.0)

    @property
    def criterion(self) -> str:
        """The selection criterion by its present name."""
        former = {"f1": "f_beta", "cross_entropy_loss": "loss_function"}
        name = self.binary_classifier_model_selection_criteria
        return former.get(name, name)

    @property
    def criterion_beta(self) -> float:
        """Beta of the criterion's F score: ``f1`` says it by its name."""
        return 1.0 if self.binary_classifier_model_selection_criteria == "f1" else self.f_beta

    @property
    def outputs(self) -> int:
        """Scores that a model gives for a record."""
        return self.num_classes if self.predictor_type == "multiclass_classifier" else 1

    @property
    def class_count(self) -> int:
        """The number of classes; 0 for a regression."""
        return {"regressor": 0, "binary_classifier": 2}.get(self.predictor_type, self.num_classes)

    @property
    def centres_data(self) -> bool:
        """True if the mean is subtracted from the features: without a bias it could not be made up for."""
        return self.use_bias and bool(self.unbias_data)

    @property
    def centres_label(self) -> bool:
        """True if the mean is subtracted from the label: in a regression with a bias."""
        return self.predictor_type == "regressor" and self.use_bias and bool(self.unbias_label)

    @property
    def scales_label(self) -> bool:
        """True if the label is divided by its standard deviation."""
        return self.predictor_type == "regressor" and bool(self.normalize_label)
