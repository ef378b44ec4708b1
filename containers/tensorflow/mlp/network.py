"""The layers: all of them Keras' own and named, so that any program with Keras can open the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from containers.tensorflow.mlp.columns import Category, Tables
from containers.tensorflow.mlp.hyperparameters import MLPHyperparameters
from containers.tensorflow.mlp.plan import NetworkPlan

NUMBERS = "numbers"
"""The input of the columns of numbers."""


def input_name(category: Category) -> str:
    """The input of a column of categories."""
    return f"category_{category.column}"


def inputs(plan: NetworkPlan, numbers: Any, codes: Sequence[Any]) -> Mapping[str, Any]:
    """Numbers (n, width), and the codes (n,) of each column of categories, by the names of the network's inputs."""
    found = {input_name(category): cells for category, cells in zip(plan.columns.categories, codes, strict=True)}
    return {NUMBERS: numbers, **found} if plan.columns.width else found


def learning(plan: NetworkPlan, params: MLPHyperparameters, tables: Tables) -> keras.Model:
    """The network as it learns: it says values of a regression, (n, 1), or logits of the classes, (n, 1) or (n, k)."""
    model = _network(plan, "float32", params)
    for column, table in tables.items():
        model.get_layer(f"table_{column}").set_weights([table])
    return model


def answering(plan: NetworkPlan, dtype: str = "float32") -> keras.Model:
    """The network as it answers: values of a regression, (n, 1), the probability of class 1, (n, 1), or of all."""
    return _network(plan, dtype, None)


def _network(plan: NetworkPlan, dtype: str, params: MLPHyperparameters | None) -> keras.Model:
    named: dict[str, Any] = {}
    if plan.columns.width:
        named[NUMBERS] = keras.Input((plan.columns.width,), name=NUMBERS, dtype=dtype)
    for category in plan.columns.categories:
        named[input_name(category)] = keras.Input((), name=input_name(category), dtype="int32")
    values = _first_values(plan, named, dtype)
    for place, units in enumerate(plan.hidden, 1):
        values = _hidden(plan, values, place, units, dtype, params)
    values = keras.layers.Dense(
        plan.outputs, kernel_regularizer=_regularizer(params), dtype=dtype, name="output",
        kernel_initializer=keras.initializers.GlorotUniform(params.seed if params else 0),
    )(values)  # fmt: skip
    return keras.Model(named, _last(plan, values, dtype, params is None), name="mlp")


def _first_values(plan: NetworkPlan, named: Mapping[str, Any], dtype: str) -> Any:
    """All columns side by side, normalised."""
    parts = []
    if plan.columns.width:
        parts.append(_normalised(plan, named[NUMBERS], dtype))
    for category in plan.columns.categories:
        table = keras.layers.Embedding(
            category.size, category.width, trainable=category.learned, dtype=dtype, name=f"table_{category.column}",
            embeddings_initializer="zeros",
        )  # fmt: skip
        parts.append(table(named[input_name(category)]))
    return parts[0] if len(parts) == 1 else keras.layers.Concatenate(dtype=dtype, name="columns")(parts)


def _normalised(plan: NetworkPlan, values: Any, dtype: str) -> Any:
    """Two layers, as the first one would not divide by less than 1e-7, nor by what has no square of 32 bits."""
    columns = plan.columns
    if not columns.deviation:
        return values
    told = len(columns.gaps)
    centred = keras.layers.Normalization(
        mean=[*columns.mean, *[0.0] * told], variance=[1.0] * columns.width, dtype=dtype, name="centred"
    )
    scale = [*(1 / value for value in columns.deviation), *[1.0] * told]
    return keras.layers.Rescaling(scale, dtype=dtype, name="scaled")(centred(values))


def _hidden(
    plan: NetworkPlan, values: Any, place: int, units: int, dtype: str, params: MLPHyperparameters | None
) -> Any:
    """A hidden layer; what is for learning only is left out without ``params``."""
    layers = keras.layers
    values = layers.Dense(
        units, kernel_regularizer=_regularizer(params), dtype=dtype, name=f"dense_{place}",
        kernel_initializer=keras.initializers.GlorotUniform(params.seed + place if params else 0),
    )(values)  # fmt: skip
    if plan.batch_norm:
        values = layers.BatchNormalization(dtype=dtype, name=f"batch_norm_{place}")(values)
    values = layers.Activation(plan.activation, dtype=dtype, name=f"activation_{place}")(values)
    if params is not None and params.dropout_rate:
        values = layers.Dropout(params.dropout_rate, seed=params.seed + place, name=f"dropout_{place}")(values)
    return values


def _last(plan: NetworkPlan, values: Any, dtype: str, answers: bool) -> Any:
    """Turns the last layer's values into labels, or into probabilities where the network answers."""
    if plan.problem.kind == "regression":
        return keras.layers.Rescaling(plan.label_deviation, plan.label_mean, dtype=dtype, name="label")(values)
    if not answers:
        return values
    activation = "sigmoid" if plan.outputs == 1 else "softmax"
    return keras.layers.Activation(activation, dtype=dtype, name="probabilities")(values)


def _regularizer(params: MLPHyperparameters | None) -> keras.Regularizer | None:
    return keras.regularizers.L1L2(params.l1, params.l2) if params is not None and (params.l1 or params.l2) else None
