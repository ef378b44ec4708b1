"""Models and predictions judged as a job judges them."""

from __future__ import annotations

from typing import Any

from contract.algorithm import Algorithm, Output
from contract.metrics.evaluation import Evaluation
from train.evaluation import KeptPredictions, evaluate_channel, sampled


def evaluate(
    algorithm: Algorithm[Any, Any, Any], model: Any, data: Any, channel: str = "validation"
) -> tuple[Evaluation, Any]:
    """How good a model is on a channel, and all that it predicts for it."""
    judged = sampled(algorithm, channel, data)
    kept = KeptPredictions(len(judged))
    return evaluate_channel(algorithm, model, algorithm.output(model), judged, kept), kept.all()


def judge(output: Output[Any], predictions: Any, data: Any) -> Evaluation:
    """How good predictions are that a test made up."""
    evaluator = output.evaluator(len(data))
    evaluator.add(predictions, data)
    return evaluator.result()
