"""The metrics of linear-learner: as scikit-learn computes them, and under the names that a tuner looks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics as reference

from containers.sklearn.linear_learner import scores
from containers.sklearn.linear_learner.algorithm import ALGORITHM
from containers.sklearn.linear_learner.losses import Loss
from contract.figures import Bars, Lines, Matrix, Scatter
from contract.metrics import Metric
from tests.families.evaluation import evaluate
from tests.families.job_log import Log
from tests.families.linear_learner_jobs import PREDICTOR, fit, params, table

NO_WEIGHTS = np.empty(0)
FINAL = r"#quality_metric: host=\S+, validation {}=(\S+)"
DOCUMENTED = {
    "regressor": {
        "mse": FINAL.format("mse <loss>"),
        "absolute_loss": FINAL.format("absolute_loss <loss>"),
        "rmse": FINAL.format("rmse <loss>"),
    },
    "binary_classifier": {
        "binary_classification_accuracy": FINAL.format("binary_classification_accuracy <score>"),
        "binary_f_beta": FINAL.format(r"binary_f_\S+ <score>"),
        "precision": FINAL.format("precision <score>"),
        "recall": FINAL.format("recall <score>"),
        "roc_auc_score": FINAL.format("roc_auc_score <score>"),
    },
    "multiclass_classifier": {
        "multiclass_accuracy": FINAL.format("multiclass_accuracy <score>"),
        "multiclass_top_k_accuracy": FINAL.format(r"multiclass_top_k_accuracy_\S+ <score>"),
        "dcg": FINAL.format("dcg <score>"),
        "macro_recall": FINAL.format("macro_recall <score>"),
        "macro_precision": FINAL.format("macro_precision <score>"),
        "macro_f_beta": FINAL.format(r"macro_f_\S+ <score>"),
    },
}
"""The regexes of tuning jobs; ``objective_loss`` is asked for in every one of them."""
OBJECTIVE = r"#quality_metric: host=\S+, epoch=\S+, validation \S+_objective <loss>=(\S+)"
OBJECTIVE_AT_THE_END = r"#quality_metric: host=\S+, validation \S+_objective <loss>=(\S+)"


def measured(metrics: Mapping[str, Metric], label: NDArray[Any], prediction: NDArray[Any]) -> dict[str, float]:
    """Metrics of all records at once."""
    return {name: metric(label, prediction) for name, metric in metrics.items()}


def multiclass(seed: int = 0, rows: int = 400, classes: int = 5) -> tuple[NDArray[Any], NDArray[Any]]:
    """Labels, of which class 4 never occurs, and probabilities that know something of them."""
    random = np.random.default_rng(seed)
    label = random.integers(0, classes - 1, size=rows)
    exponentials = np.exp(random.normal(size=(rows, classes)) + 1.5 * np.eye(classes)[label])
    return label, (exponentials / exponentials.sum(axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
def test_binary_metrics_are_those_of_scikit_learn(beta: float) -> None:
    random = np.random.default_rng(0)
    label, score = random.integers(0, 2, size=300), random.random(300)
    predicted = (score + label > 0.8).astype(np.int64)
    found = measured(scores.binary(lambda _: predicted, beta), label, score)
    assert found == pytest.approx(
        {
            "binary_classification_accuracy": reference.accuracy_score(label, predicted),
            f"binary_f_{beta:.3f}": reference.fbeta_score(label, predicted, beta=beta),
            "precision": reference.precision_score(label, predicted),
            "recall": reference.recall_score(label, predicted),
            "roc_auc_score": reference.roc_auc_score(label, score),
        }
    )


@pytest.mark.parametrize(("beta", "top"), [(1.0, 3), (0.5, 1), (2.0, 2)])
def test_multiclass_metrics_are_those_of_scikit_learn(beta: float, top: int) -> None:
    label, probabilities = multiclass()
    predicted, all_classes = probabilities.argmax(axis=1), np.arange(5)
    macro = {"average": "macro", "zero_division": 0}
    assert measured(scores.multiclass(5, beta, top), label, probabilities) == pytest.approx(
        {
            "multiclass_accuracy": reference.accuracy_score(label, predicted),
            f"multiclass_top_k_accuracy_{top}": reference.top_k_accuracy_score(
                label, probabilities, k=top, labels=all_classes
            ),
            "dcg": reference.dcg_score(np.eye(5)[label], probabilities),
            "macro_recall": reference.recall_score(label, predicted, **macro),
            "macro_precision": reference.precision_score(label, predicted, **macro),
            f"macro_f_{beta:.3f}": reference.fbeta_score(label, predicted, beta=beta, **macro),
            "multiclass_balanced_accuracy": (
                reference.recall_score(label, predicted, labels=range(4), average="macro")
            ),
            "multiclass_log_loss": reference.log_loss(label, probabilities, labels=all_classes),
        },
        rel=1e-5,
    )


def test_regression_metrics_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    label, predicted = random.normal(size=(2, 50))
    assert measured(scores.VALUES, label, predicted) == pytest.approx(
        {
            "mse": reference.mean_squared_error(label, predicted),
            "absolute_loss": reference.mean_absolute_error(label, predicted),
            "rmse": reference.root_mean_squared_error(label, predicted),
            "r2": reference.r2_score(label, predicted),
        }
    )


def test_of_equally_probable_classes_the_first_comes_first() -> None:
    assert scores.places(
        np.array([2, 0, 1]), np.array([[0.3, 0.3, 0.3], [0.2, 0.2, 0.6], [0.5, 0.25, 0.25]])
    ).tolist() == [
        2,
        1,
        1,
    ]


def test_a_class_that_was_thought_impossible_costs_much_and_not_infinitely_much() -> None:
    values = [
        measured(scores.objective(Loss("logistic"), NO_WEIGHTS), np.array([1.0, 0.0]), np.float32([0, 1])),
        measured(scores.objective(Loss("softmax_loss"), NO_WEIGHTS), np.array([0.0]), np.float32([[0, 1]])),
    ]
    assert all(np.isfinite(value) and value > 20 for found in values for value in found.values())


@pytest.mark.parametrize("loss", PREDICTOR)
def test_the_final_objective_is_that_of_the_epoch_whose_model_is_kept(loss: str) -> None:
    predictor, log = PREDICTOR[loss], Log()
    given = {"binary_classifier_model_selection_criteria": "loss_function"} if predictor == "binary_classifier" else {}
    weighted = {
        "binary_classifier": {"positive_example_weight_mult": "3"},
        "multiclass_classifier": {"balance_multiclass_weights": "true"},
    }.get(predictor, {})
    validation = table(predictor, seed=8)
    model = fit(params(predictor, loss=loss, **given, **weighted), table(predictor), validation, log.context())
    name = Loss(loss).objective
    best = min(logged["validation"][name] for _, logged in log.rounds)
    found = evaluate(ALGORITHM, model, validation)[0].metrics
    assert found[f"{name}:final"] == pytest.approx(best, rel=1e-4)


@pytest.mark.parametrize("predictor", DOCUMENTED)
def test_every_documented_regex_finds_its_metric_in_the_log(predictor: str) -> None:
    log = Log()
    validation = table(predictor, seed=8)
    model = fit(params(predictor, epochs="4"), table(predictor), validation, log.context())
    found = dict(evaluate(ALGORITHM, model, validation)[0].metrics)
    form = ALGORITHM.metric_log
    during = [line for step, logged in log.rounds for line in form.lines("algo-1", step, logged)]
    after = form.lines("algo-1", None, {"validation": found})
    everything = "\n".join([*during, *after])
    offered = {}
    for metric, value in found.items():
        if definition := form.definition("validation", metric):
            offered[definition["Name"].removeprefix("validation:")] = value
    assert offered.keys() == {*DOCUMENTED[predictor], "objective_loss:final"}
    for name, regex in DOCUMENTED[predictor].items():
        assert [float(text) for text in re.findall(regex, everything)] == [offered[name]]
    name = Loss(params(predictor).loss_name).objective
    assert [float(text) for text in re.findall(OBJECTIVE, everything)] == [
        logged["validation"][name] for _, logged in log.rounds
    ]
    assert [float(text) for text in re.findall(OBJECTIVE_AT_THE_END, everything)] == [found[f"{name}:final"]]


def test_the_tokens_of_the_log_are_literal() -> None:
    form = ALGORITHM.metric_log
    lines = form.lines("algo-1", 3, {"train": {"mse_objective": 0.52}})
    assert [line.partition("] ")[2] for line in lines] == [
        "#quality_metric: host=algo-1, epoch=3, train mse_objective <loss>=0.52"
    ]
    final = {"mse_objective:final": 0.5, "binary_f_1.000": 0.25, "multiclass_top_k_accuracy_3": 1.0}
    lines = form.lines("algo-1", None, {"test": final})
    assert [line.partition("] ")[2] for line in lines] == [
        "#quality_metric: host=algo-1, test mse_objective <loss>=0.5",
        "#quality_metric: host=algo-1, test binary_f_1.000 <score>=0.25",
        "#quality_metric: host=algo-1, test multiclass_top_k_accuracy_3 <score>=1.0",
        "#test_score (algo-1) : ('mse_objective', 0.5)",
        "#test_score (algo-1) : ('binary_f_1.000', 0.25)",
        "#test_score (algo-1) : ('multiclass_top_k_accuracy_3', 1.0)",
    ]


def test_a_tuner_is_offered_the_documented_names() -> None:
    form = ALGORITHM.metric_log
    names = {
        "mse_objective": "validation:objective_loss",
        "hinge_loss_objective:final": "validation:objective_loss:final",
        "binary_f_0.500": "validation:binary_f_beta",
        "multiclass_top_k_accuracy_5": "validation:multiclass_top_k_accuracy",
        "macro_f_1.000": "validation:macro_f_beta",
        "rmse": "validation:rmse",
    }
    for metric, name in names.items():
        definition = form.definition("validation", metric)
        assert definition is not None
        assert definition["Name"] == name
    tested = form.definition("test", "mse_objective:final")
    assert tested is not None
    assert tested["Name"] == "test:objective_loss"
    assert "epoch" not in tested["Regex"]
    assert form.definition("validation", "r2") is None


@pytest.mark.parametrize(
    ("predictor", "kinds"),
    [
        ("regressor", [Scatter, Scatter]),
        ("binary_classifier", [Matrix, Lines, Lines]),
        ("multiclass_classifier", [Matrix]),
    ],
)
def test_the_report_shows_what_suits_the_predictor(predictor: str, kinds: list[type]) -> None:
    model = fit(params(predictor), table(predictor))
    evaluation, predictions = evaluate(ALGORITHM, model, table(predictor))
    assert [type(figure) for figure in evaluation.figures] == kinds
    if predictor == "binary_classifier":
        confusion = evaluation.figures[0]
        assert isinstance(confusion, Matrix)
        expected = reference.confusion_matrix(table(predictor).label, ALGORITHM.output(model).labels(predictions))
        assert confusion.counts == expected.tolist()


def test_coefficients_are_drawn_for_one_deviation_of_their_features_the_largest_first() -> None:
    data = table()
    model = fit(params(), data)
    (bars,) = ALGORITHM.figures(model, {"feature_names": ["a", "b", "c", "d"]})
    assert isinstance(bars, Bars)
    effects = model.weights[:, 0] * np.asarray(data.features, np.float64).std(axis=0)
    order = np.argsort(-np.abs(effects))
    assert list(bars.values) == [["a", "b", "c", "d"][index] for index in order]
    np.testing.assert_allclose(list(bars.values.values()), effects[order])
    (unnamed,) = ALGORITHM.figures(fit(params("multiclass_classifier"), table("multiclass_classifier")), {})
    assert isinstance(unnamed, Bars)
    assert set(unnamed.values) == {f"feature {index}" for index in range(4)}
