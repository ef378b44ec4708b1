"""The story of a training job."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from typing import Any

from containers import artifact
from containers.algorithm import Context, Evaluation, Scores, find
from containers.artifact import Manifest
from containers.errors import AlgorithmError, ContainerError, PlatformError
from containers.hyperparameters import given_texts, parse
from containers.resources import processors
from train import channels, results
from train.environment import Environment, Paths
from train.history import History, write_line
from train.outcome import Judged, Outcome, Prepared
from train.stop import Stop

log = logging.getLogger("train")


def run(environment: Environment, stop: Stop) -> None:
    """Trains, keeps, reloads, evaluates and reports a model."""
    started = time.monotonic()
    prepared = prepare(environment)
    history = History(prepared.algorithm.metric_log, environment.host)
    with stop.patient():
        model = fit(prepared, environment, history, stop)
        partial = environment.paths.model / artifact.PARTIAL
        partial.mkdir()
        prepared.algorithm.save(model, partial)
        loaded = prepared.algorithm.load(partial)
        judged = evaluate(prepared, loaded, history)
        manifest = describe(prepared, environment, loaded, judged.metrics)
        manifest.write(partial)
        outcome = Outcome(loaded, manifest, judged, history, time.monotonic() - started, environment.job_name)
        results.write(prepared, outcome, environment.paths.output_data, partial)
        artifact.publish(partial, environment.paths.model)
    log.info("model, metrics and report are written; the job took %.1f s", time.monotonic() - started)


def prepare(environment: Environment) -> Prepared:
    """Reads and checks everything before the first second of training is spent."""
    forget_earlier(environment.paths)
    if len(environment.hosts) > 1:
        raise PlatformError(
            f"the job has {len(environment.hosts)} instances, this algorithm trains on one; set the instance count to 1"
        )
    algorithm = find(environment.family, environment.algorithm)
    params = parse(algorithm.Hyperparameters, environment.hyperparameters)
    if environment.checkpoints is not None:
        log.warning("checkpoints are not written by this image: a job that is interrupted starts anew")
    given = given_texts(algorithm.Hyperparameters, environment.hyperparameters)
    log.info("%s: hyperparameters %s", algorithm.name, json.dumps(given))
    sources = algorithm.input.arrange(channels.locate(environment, algorithm))
    make_room(environment.paths)
    for name, source in sources.items():
        size = sum(path.stat().st_size for path in source.files)
        log.info("channel %s: reading %d files, %.1f MB", name, len(source.files), size / 1e6)
    data = channels.read(sources, algorithm, params)
    for name, rows in data.items():
        log.info("channel %s: %s", name, ", ".join(f"{label} {text}" for label, text in rows.summary()))
    return Prepared(algorithm, params, data)


def fit(prepared: Prepared, environment: Environment, history: History, stop: Stop) -> Any:
    """Runs the algorithm; what its library raises becomes ``AlgorithmError``."""
    context = Context(
        hosts=environment.hosts,
        host=environment.host,
        threads=processors(),
        output=environment.paths.output_data,
        checkpoints=environment.checkpoints,
        log_round=history.add,
        log=write_line,
        stopping=stop.requested,
    )
    train = next(iter(prepared.data.values()))
    try:
        return prepared.algorithm.fit(prepared.params, train, prepared.data.get("validation"), context)
    except (ContainerError, MemoryError):
        raise
    except Exception as error:
        cause = (str(error).strip() or repr(error)).splitlines()[0]
        raise AlgorithmError(f"{prepared.algorithm.name} failed: {type(error).__name__}: {cause}") from error


def evaluate(prepared: Prepared, model: Any, history: History) -> Judged:
    """Scores the reloaded model on every channel and logs the metrics of the final model."""
    evaluations: dict[str, Evaluation] = {}
    predictions: dict[str, Any] = {}
    for name, data in prepared.data.items():
        evaluations[name], predictions[name] = prepared.algorithm.evaluate(model, data, name)
    best = prepared.algorithm.best_iteration(model)
    metrics = history.finish(best, {name: evaluation.metrics for name, evaluation in evaluations.items()})
    return Judged(metrics, evaluations, predictions)


def describe(prepared: Prepared, environment: Environment, model: Any, metrics: Scores) -> Manifest:
    """The manifest of a trained model."""
    algorithm, train = prepared.algorithm, next(iter(prepared.data.values()))
    output = algorithm.output(model)
    return Manifest(
        family=environment.family,
        algorithm=algorithm.name,
        task=output.task,
        signature=algorithm.input.signature(train),
        classes=list(output.classes),
        hyperparameters=given_texts(algorithm.Hyperparameters, environment.hyperparameters),
        versions=artifact.versions(algorithm),
        best_iteration=algorithm.best_iteration(model),
        metrics=metrics,
        data={name: {"records": len(data), "sha256": data.fingerprint()} for name, data in prepared.data.items()},
        example=artifact.example_json(algorithm.input.example(train)),
    )


def forget_earlier(paths: Paths) -> None:
    """Nothing of an earlier job in the same tree may pass for this one's."""
    if paths.failure.is_file():
        paths.failure.unlink()
    artifact.clear(paths.model)


def make_room(paths: Paths) -> None:
    """Finds out before training, not after it, whether the results can be written."""
    paths.model.mkdir(parents=True, exist_ok=True)
    paths.output_data.mkdir(parents=True, exist_ok=True)


def discard_partial(model: Path) -> None:
    """Removes a model that was not finished."""
    partial = model / artifact.PARTIAL
    artifact.clear(partial)
    if partial.is_dir():
        partial.rmdir()
