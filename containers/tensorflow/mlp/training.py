"""The training of a network on records."""

from __future__ import annotations

import json
from dataclasses import asdict

from containers.tensorflow.engine import learning
from containers.tensorflow.mlp import objective
from containers.tensorflow.mlp.batches import TableBatches
from containers.tensorflow.mlp.columns import agreed, learn, spread
from containers.tensorflow.mlp.hyperparameters import MLPHyperparameters
from containers.tensorflow.mlp.model import MLPModel
from containers.tensorflow.mlp.network import answering
from containers.tensorflow.mlp.network import learning as learning_network
from containers.tensorflow.mlp.plan import NetworkPlan
from contract.builtins.problem import Problem
from contract.context import Context
from contract.data import PART
from contract.errors import ChannelError
from contract.tables.data import Table
from contract.tables.moments import Moments


def train(params: MLPHyperparameters, problem: Problem, train: Table, validation: Table, context: Context) -> MLPModel:
    """Learns from ``train``; the model is that of the best epoch on ``validation`` with early stopping."""
    _same_problem(problem, context)
    columns, tables = learn(train, params, context)
    mean, deviation = _label_scale(params, problem, train, context)
    plan = NetworkPlan(problem, columns, params.sizes, params.activation, params.batch_norm, mean, deviation)
    weights = objective.class_weights(params, problem, train, context)
    learned = learning.learn(
        lambda: learning_network(plan, params, tables),
        lambda: objective.optimizer(params),
        objective.loss(plan, params),
        lambda: objective.metrics(plan),
        TableBatches(train, plan, params.mini_batch_size, context, True, params.seed, weights),
        TableBatches(validation, plan, PART >> 4, context, class_weights=weights),
        _options(params, _configuration(params, plan, train, validation, context)),
        context,
    )
    network = answering(plan)
    network.set_weights(learned.model.get_weights())
    return MLPModel(plan, network, learned.epoch)


def _same_problem(problem: Problem, context: Context) -> None:
    """Raises ``ChannelError`` where hosts with different files see different problems in them."""
    seen = context.agree(asdict(problem)) if context.sharded else []
    if any(other != asdict(problem) for other in seen):
        raise ChannelError(
            f"channel 'train': this host's files pose a {problem.task}, those of others something else; set "
            "problem_type, and mix the classes of a classification in every file, or give all files to every host "
            "(S3DistributionType FullyReplicated)"
        )


def _label_scale(params: MLPHyperparameters, problem: Problem, train: Table, context: Context) -> tuple[float, float]:
    """Mean and standard deviation of the labels of a regression, of 32 bits as the network keeps them."""
    if problem.kind != "regression" or not params.normalize_label:
        return 0.0, 1.0
    moments = agreed(Moments.of(train.labels[:, None]), context)
    mean, deviation = (float(values.astype("float32")[0]) for values in (moments.mean, spread(moments)))
    return mean, deviation


def _options(params: MLPHyperparameters, configuration: str) -> learning.TrainingOptions:
    if not params.early_stopping:
        return learning.TrainingOptions(params.epochs, params.rate, configuration=configuration)
    early_stopping = learning.EarlyStopping(
        "loss",
        "min",
        params.early_stopping_patience,
        params.early_stopping_min_epochs,
        params.early_stopping_tolerance,
    )
    return learning.TrainingOptions(params.epochs, params.rate, early_stopping, ("loss", "min"), configuration)


def _configuration(
    params: MLPHyperparameters, plan: NetworkPlan, train: Table, validation: Table, context: Context
) -> str:
    """Returns what a checkpoint depends on."""
    if context.checkpoints is None:
        return ""
    data = [table.fingerprint() for table in (train, validation)]
    return json.dumps({"plan": asdict(plan), "settings": params.settings(), "data": data}, sort_keys=True)
