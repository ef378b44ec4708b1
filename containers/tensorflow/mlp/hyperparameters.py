"""The hyperparameters of ``mlp``: named as in SageMaker's first-party networks, else as in Keras."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from contract.builtins.problem import PROBLEM_TYPES, Problem
from contract.errors import HyperparameterError
from contract.hyperparameters import Hyperparameters, hyperparameter, rule

ACTIVATIONS = ("relu", "sigmoid", "tanh", "elu", "selu", "gelu", "swish", "leaky_relu", "softplus")
OPTIMIZERS = ("adam", "adamw", "sgd", "nag", "rmsprop", "adagrad")
LOSSES = ("squared_loss", "absolute_loss", "huber_loss")
SCHEDULERS = ("constant", "step", "exponential", "cosine")
HIDDEN = (64, 32)
LAYERS, UNITS, MOST_LAYERS = 2, 64, 16
EMBEDDING_LIMIT = 50


@dataclass(frozen=True, kw_only=True)
class MLPHyperparameters(Hyperparameters):
    """None is required."""

    problem_type: str = hyperparameter(
        "auto", choices=PROBLEM_TYPES, help="what is learned; auto decides by the labels, see above"
    )
    hidden_layers: tuple[int, ...] = hyperparameter(
        (), bounds="[1, 8192]", shown="64, 32", help="units of each hidden layer, as in 128,64"
    )
    num_layers: int | None = hyperparameter(
        None, bounds="[0, 16]", aliases=("mlp_layers",), tunable=(1, 4),
        help="hidden layers, in place of hidden_layers; 0: a linear model; 2 where only units is given",
    )  # fmt: skip
    units: int | None = hyperparameter(
        None, bounds="[1, 8192]", aliases=("mlp_dim",), tunable=(16, 512), scale="log",
        help="units of each of them; 64 where only num_layers is given",
    )  # fmt: skip
    activation: str = hyperparameter(
        "relu", choices=ACTIVATIONS, aliases=("mlp_activation",), tunable=ACTIVATIONS, help="of the hidden layers"
    )
    dropout_rate: float = hyperparameter(
        0.1, bounds="[0, 1)", aliases=("dropout",), tunable=(0, 0.5), help="share of units dropped after a hidden layer"
    )
    batch_norm: bool = hyperparameter(False, help="batch normalisation before the activation of a hidden layer")
    l1: float = hyperparameter(0.0, bounds="[0, inf)", tunable=(1e-7, 0.1), scale="log", help="L1 regularisation")
    l2: float = hyperparameter(0.0, bounds="[0, inf)", tunable=(1e-7, 0.1), scale="log", help="L2 regularisation")
    loss: str = hyperparameter(
        "auto", choices=("auto", *LOSSES), help="of a regression; auto: squared_loss, cross-entropy for classes"
    )
    huber_delta: float = hyperparameter(
        1.0, bounds="(0, inf)", help="huber_loss is linear beyond it; in standard deviations with normalize_label"
    )
    optimizer: str = hyperparameter("adam", choices=OPTIMIZERS, tunable=OPTIMIZERS, help="how the weights are learned")
    learning_rate: float = hyperparameter(
        0.003, bounds="(0, inf)", tunable=(1e-4, 0.1), scale="log", help="of the first epoch"
    )
    momentum: float = hyperparameter(0.9, bounds="[0, 1)", tunable=(0, 0.99), help="of sgd and nag")
    beta_1: float = hyperparameter(0.9, bounds="[0, 1)", help="decay of the first moment, of adam and adamw")
    beta_2: float = hyperparameter(0.999, bounds="[0, 1)", help="decay of the second moment, of adam and adamw")
    weight_decay: float = hyperparameter(
        0.004, bounds="[0, inf)", aliases=("wd",), tunable=(1e-5, 0.1), scale="log", help="of adamw"
    )
    lr_scheduler: str = hyperparameter(
        "constant", choices=SCHEDULERS, tunable=SCHEDULERS, help="how the learning rate changes, see above"
    )
    lr_scheduler_factor: float = hyperparameter(0.5, bounds="(0, 1)", help="of step and exponential, see above")
    lr_scheduler_step: int = hyperparameter(10, bounds="[1, inf)", help="epochs of step and exponential, see above")
    mini_batch_size: int = hyperparameter(
        64, bounds="[1, inf)", aliases=("batch_size",), tunable=(16, 1024), scale="log", help="records of a step"
    )
    epochs: int = hyperparameter(100, bounds="[1, inf)", aliases=("num_epoch",), help="most passes over the records")
    early_stopping: bool = hyperparameter(
        True, help="keep the epoch of the least validation loss (with class_weights), and stop when it is long ago"
    )
    early_stopping_patience: int = hyperparameter(
        10, bounds="[1, inf)", aliases=("patience",), help="epochs without progress after which training stops"
    )
    early_stopping_min_epochs: int = hyperparameter(0, bounds="[0, inf)", help="epochs that are trained in any case")
    early_stopping_tolerance: float = hyperparameter(
        0.0, bounds="[0, inf)", help="the validation loss must fall by more than this to count as progress"
    )
    class_weights: tuple[float, ...] | str | None = hyperparameter(
        None, bounds="(0, inf)", words=("auto", "balanced"), shown="all 1",
        help="a weight for each class, as in 1,2.5, in validation too; auto or balanced: all classes weigh alike",
    )  # fmt: skip
    normalize_data: bool = hyperparameter(
        True, help="bring the columns of numbers to mean 0 and standard deviation 1, as in the train channel"
    )
    normalize_label: bool = hyperparameter(True, help="the same for the label of a regression; answers are not changed")
    one_hot_max_size: int = hyperparameter(
        10, bounds="[0, inf)", help="columns of at most so many categories go in as ones and zeros, others are embedded"
    )
    embedding_dim: int | str = hyperparameter(
        "auto", bounds="[1, 4096]", words=("auto",), help="numbers that an embedded category becomes; auto: see above"
    )
    seed: int = hyperparameter(0, bounds="[0, inf)", help="of first weights, dropout and the order of the records")
    csv_weights: int = hyperparameter(0, bounds="[0, 1]", help="1: the second column of a CSV is the sample weight")

    @property
    def sizes(self) -> tuple[int, ...]:
        """The units of each hidden layer."""
        if self.num_layers is None and self.units is None:
            return self.hidden_layers or HIDDEN
        return (self.units or UNITS,) * (LAYERS if self.num_layers is None else self.num_layers)

    @property
    def rate(self) -> Callable[[int], float]:
        """The learning rate of an epoch, from 0."""
        start, factor, step = self.learning_rate, self.lr_scheduler_factor, self.lr_scheduler_step
        if self.lr_scheduler == "step":
            return lambda epoch: start * factor ** (epoch // step)
        if self.lr_scheduler == "exponential":
            return lambda epoch: start * factor ** (epoch / step)
        if self.lr_scheduler == "cosine":
            return lambda epoch: start * (1 + math.cos(math.pi * min(epoch / self.epochs, 1))) / 2
        return lambda epoch: start

    def embedding_size(self, categories: int) -> int:
        """The numbers that a category of so many becomes: by a rule of thumb of tabular networks where it is auto."""
        if isinstance(self.embedding_dim, int):
            return self.embedding_dim
        return min(EMBEDDING_LIMIT, math.ceil(1.6 * math.pow(categories, 0.56)))

    @rule("hidden_layers", "num_layers", "units")
    def _one_way_to_say_the_layers(self) -> Iterator[str]:
        if self.hidden_layers and (self.num_layers is not None or self.units is not None):
            yield "hidden_layers: says all, remove it or num_layers and units"
        if len(self.hidden_layers) > MOST_LAYERS:
            yield f"hidden_layers: {len(self.hidden_layers)} layers are more than {MOST_LAYERS}"

    def check(self, problem: Problem) -> None:
        """Raises ``HyperparameterError`` for what the problem, once it is decided, has no use for."""
        found = list(self._misfits(problem))
        if found:
            raise HyperparameterError(f"{'; '.join(found)} (problem_type {self.problem_type}: {problem.kind})")

    def _misfits(self, problem: Problem) -> Iterator[str]:
        if problem.kind == "regression":
            if self.class_weights is not None:
                yield "class_weights: are for a classification"
        elif self.loss != "auto":
            yield f"loss: {self.loss} is for a regression"
        weights = self.class_weights
        if isinstance(weights, tuple) and problem.class_count and len(weights) != problem.class_count:
            yield f"class_weights: {len(weights)} weights for {problem.class_count} classes"
