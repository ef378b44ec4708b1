"""The files that a job leaves for people and programs: evaluation.json, metric_definitions.json and report.html."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Literal

import numpy as np
import orjson

from contract.answer import RequestOptions
from contract.errors import NotAcceptable
from contract.figures import Lines
from contract.hyperparameters import specs
from contract.process.resources import peak_memory_bytes
from train.evaluation import HELD_OUT
from train.history import History
from train.outcome import Outcome, Prepared
from train.report import Report, render
from train.report.metric_rows import maximised, without_repetitions

EVALUATION = "evaluation.json"
REPORT = "report.html"
METRIC_DEFINITIONS = "metric_definitions.json"
JSON = "application/json"


def write(prepared: Prepared, outcome: Outcome, output: Path, model: Path) -> None:
    """Writes into ``output`` (output.tar.gz on the platform); report and metrics also go beside the model."""
    (output / EVALUATION).write_bytes(_json(evaluation(prepared, outcome)))
    (output / METRIC_DEFINITIONS).write_bytes(_json(outcome.history.definitions()))
    (output / REPORT).write_text(render(report(prepared, outcome)), encoding="utf-8")
    shutil.copyfile(output / REPORT, model / REPORT)


def evaluation(prepared: Prepared, outcome: Outcome) -> dict[str, Any]:
    """Metrics of every channel, and the answers to the records that training did not see (else to all).

    There are no answers where only some records of a channel were judged, and none of a model that answers no JSON.
    """
    judged = outcome.judged
    answers = {name: _answers(prepared, outcome, name) for name in judged.predictions}
    return {
        "algorithm": prepared.algorithm.name,
        "task": outcome.manifest.task,
        "metrics": judged.metrics,
        "curves": _curves(outcome.history),
        "records": {name: len(data) for name, data in prepared.data.items()},
        "best_iteration": outcome.manifest.best_iteration,
        "train_seconds": round(outcome.seconds, 3),
        "peak_memory_bytes": peak_memory_bytes(),
        "answers": {name: answer for name, answer in answers.items() if answer is not None},
    }


def _curves(history: History) -> dict[str, dict[str, dict[str, list[float]]]]:
    """By channel, then by metric: what it was in which round. The final model's own metrics are not in it."""
    found: dict[str, dict[str, dict[str, list[float]]]] = {}
    for metric, by_channel in history.curves().items():
        for channel, (rounds, values) in by_channel.items():
            found.setdefault(channel, {})[metric] = {"round": rounds, "value": values}
    return found


def _answers(prepared: Prepared, outcome: Outcome, channel: str) -> orjson.Fragment | None:
    """What the endpoint answers to the first records as application/json, byte for byte; None where it cannot."""
    if JSON not in outcome.output.accepts:
        return None
    predictions = outcome.judged.predictions[channel]
    records = next(prepared.data[channel].parts(max(1, len(predictions))))
    answer = outcome.output.answer(predictions, records, RequestOptions())
    try:
        return orjson.Fragment(outcome.output.encode(answer, JSON))
    except NotAcceptable:  # bytes, for instance
        return None


def report(prepared: Prepared, outcome: Outcome) -> Report:
    """Everything the report shows."""
    manifest, judged, declared = outcome.manifest, outcome.judged, prepared.algorithm.metrics
    shown = next((name for name in HELD_OUT if name in judged.evaluations), next(iter(judged.evaluations)))
    return Report(
        title=outcome.job_name or manifest.algorithm,
        algorithm=" · ".join([manifest.algorithm, *(f"{name} {text}" for name, text in manifest.versions.items())]),
        task=manifest.task,
        metrics=without_repetitions(judged.metrics, declared),
        maximised=maximised({name for values in judged.metrics.values() for name in values}, declared),
        learning_curves=curves(outcome.history),
        figures=[
            *judged.evaluations[shown].figures,
            *prepared.algorithm.figures(outcome.model, manifest.signature),
        ],
        data={name: data.summary() for name, data in prepared.data.items()},
        hyperparameters=_settings(prepared, outcome),
        versions=manifest.versions,
        notes=_notes(prepared, outcome, shown),
        duration=f"{outcome.seconds:.1f} s",
    )


def curves(history: History) -> list[Lines]:
    """One picture a metric, one line a channel."""
    return [
        Lines(f"Learning curve: {metric}", "round", metric, by_channel)
        for metric, by_channel in history.curves().items()
        if any(len(steps) > 1 for steps, _ in by_channel.values())
    ]


def _settings(prepared: Prepared, outcome: Outcome) -> list[tuple[str, str, Literal["given", "default"]]]:
    """Name, value as text, and where it comes from."""
    given = outcome.manifest.hyperparameters
    rows: list[tuple[str, str, Literal["given", "default"]]] = []
    for spec in specs(prepared.algorithm.Hyperparameters):
        value = getattr(prepared.params, spec.field)
        text = spec.declaration.shown if value in (None, ()) else str(value)
        rows.append((spec.name, given.get(spec.name, text), "given" if spec.name in given else "default"))
    return rows


def _notes(prepared: Prepared, outcome: Outcome, shown: str) -> list[str]:
    notes = [f"The pictures show the {shown} channel."]
    for name, judged in outcome.judged.records.items():
        if judged < len(prepared.data[name]):
            notes.append(f"{judged:,} records of the {name} channel, evenly spread, were judged.")
    rounds, best = len(outcome.history.rounds), outcome.manifest.best_iteration
    if best is not None and rounds > best + 1:
        notes.append(f"Training stopped after {rounds} rounds; the model is that of round {best + 1}, the best one.")
    return notes


def _json(value: Any) -> bytes:
    return orjson.dumps(value, default=_plain, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(type(value).__name__)
