"""The settings in which the models that are trained side by side differ: those that are ``auto``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice, product

import numpy as np

from containers.sklearn.linear_learner.hyperparameters import LinearLearnerHyperparameters
from containers.sklearn.linear_learner.losses import Float64
from containers.sklearn.linear_learner.scaling import Scaling
from contract.errors import HyperparameterError
from contract.hyperparameters import chosen
from contract.process.resources import memory_bytes

MODELS = 32
"""Models of ``num_models`` = ``auto``."""
FEWEST_RATES = 4
"""Learning rates are varied first: a wrong one spoils a model more than anything else."""
REGULARISATIONS = ((0.0, 0.0), (1e-4, 0.0), (1e-2, 0.0), (0.0, 1e-4))
"""Pairs of wd and l1, tried where a validation channel can tell whether they help."""
ARRAYS = 8
"""Arrays of the size of all parameters that training holds: parameters, best ones, gradient, memory, intermediates."""
MEMORY_SHARE = 0.3


@dataclass(frozen=True)
class Candidates:
    """One entry a model; all arrays are (m,)."""

    learning_rate: Float64
    wd: Float64
    l1: Float64
    positive: Float64

    def __len__(self) -> int:
        return self.learning_rate.size

    def text(self, model: int) -> str:
        """The settings of one of the models, for the log."""
        rate, wd, l1, positive = (array[model] for array in (self.learning_rate, self.wd, self.l1, self.positive))
        return f"learning_rate={rate:.3g}, wd={wd:g}, l1={l1:g}, positive_example_weight_mult={positive:.3g}"


def candidates(
    params: LinearLearnerHyperparameters, scaling: Scaling, steps: int, imbalance: float, is_judged: bool
) -> Candidates:
    """The models to train. ``imbalance`` is negatives / positives, ``is_judged`` whether there is a validation channel.

    ``steps`` is the number of mini batches of the whole training. Raises ``HyperparameterError`` for a model that is
    larger than memory.
    """
    variants = list(_variants(params, imbalance, is_judged))
    count = _count(params, scaling.width, len(variants))
    rates = _rates(params, scaling, steps, max(min(count, FEWEST_RATES), -(-count // len(variants))))
    combinations = [(rate, *variant) for variant, rate in product(variants, rates)]
    settings = np.array(list(islice(cycle(combinations), count)))
    return Candidates(*settings.T)


def _variants(
    params: LinearLearnerHyperparameters, imbalance: float, is_judged: bool
) -> Iterator[tuple[float, float, float]]:
    """The different triples of wd, l1 and weight of label 1."""
    pairs = REGULARISATIONS if is_judged else REGULARISATIONS[:1]
    regularisations = dict.fromkeys((chosen(params.wd, wd), chosen(params.l1, l1)) for wd, l1 in pairs)
    given = params.positive_example_weight_mult
    named = {"auto": (1.0, imbalance, imbalance**0.5), "balanced": (imbalance,)}
    positives = dict.fromkeys(named[given] if isinstance(given, str) else (given,))
    return ((wd, l1, positive) for (wd, l1), positive in product(regularisations, positives))


def _count(params: LinearLearnerHyperparameters, width: int, variants: int) -> int:
    """The number of models: as asked, else as many as differ and fit into memory; 1 for a tuner, who varies."""
    bytes_of_one = 8 * ARRAYS * width * params.outputs
    room = int(MEMORY_SHARE * memory_bytes() / bytes_of_one)
    if params.tuning_objective_metric:
        count = 1
    elif not isinstance(params.num_models, str):
        count = params.num_models
    else:
        differing = MODELS if params.learning_rate == "auto" else variants
        count = min(MODELS, differing, max(1, room))
    if count > max(1, room) or bytes_of_one > memory_bytes():
        raise HyperparameterError(
            f"{count} models of {width:,} parameters and {params.outputs:,} outputs need about "
            f"{count * bytes_of_one / 1e9:.0f} GB of memory, more than this machine has to spare; "
            "lower num_models, num_classes or the number of features, or choose a larger instance"
        )
    return count


def _rates(params: LinearLearnerHyperparameters, scaling: Scaling, steps: int, count: int) -> list[float]:
    """``count`` learning rates around one that suits the number of steps, evenly spread on the logarithmic scale."""
    if not isinstance(params.learning_rate, str):
        return [params.learning_rate]
    middle, highest = _sgd_rates(params, scaling) if params.optimizer == "sgd" else _adaptive_rates(scaling, steps)
    if count == 1:
        return [middle]
    rates: list[float] = np.geomspace(middle / 16, highest, count).tolist()
    return rates


def _adaptive_rates(scaling: Scaling, steps: int) -> tuple[float, float]:
    """Rates for adam and rmsprop, whose steps are as long as the rate: ten units in all reach any normalised solution.

    A unit is what a typical weight amounts to: 1 for normalised data, else the label's deviation by the features'.
    """
    unit = scaling.label_spread / scaling.label_scale / float(np.median(scaling.spread / scaling.scale))
    middle = min(max(10 / steps, 1e-3), 0.5)
    return middle * unit, min(8 * middle, 1.0) * unit


def _sgd_rates(params: LinearLearnerHyperparameters, scaling: Scaling) -> tuple[float, float]:
    """Rates for sgd, which is stable up to about one over the largest eigenvalue of the features' second moments.

    It lies between their sum divided by the number of features and their sum; momentum lengthens every step.
    """
    moments = scaling.second_moments
    total = float(moments.sum()) + scaling.has_bias or 1.0
    last = 1 - chosen(params.momentum, 0.0)
    return last / (2 * total), last / (float(moments.mean()) or 1.0)
