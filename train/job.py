"""The story of a training job."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from contract import artifact
from contract.algorithm import Algorithm, Output
from contract.artifact import Manifest
from contract.context import Context
from contract.errors import AlgorithmError, ContainerError, PlatformError
from contract.families import find
from contract.hyperparameters import given_texts, parse
from contract.process.resources import peak_memory_bytes, processors
from contract.scores import Scores
from contract.source import Source
from train import channels, earlier, results
from train.cluster import Cluster
from train.ending import Ending
from train.environment import Environment, Paths
from train.evaluation import evaluate
from train.history import History, write_line
from train.outcome import Outcome, Prepared
from train.stop import Stop

log = logging.getLogger("train")


def run(environment: Environment, stop: Stop, ending: Ending) -> None:
    """Trains, keeps, reloads, evaluates and reports a model; of several hosts the leader keeps it."""
    started = time.monotonic()
    cluster = ending.cluster = Cluster(environment.hosts, environment.host, environment.job_name, ending.at_once)
    forget_earlier(environment.paths, cluster.leads)
    algorithm = choose(environment)
    cluster.join()
    prepared = prepare(environment, algorithm, ending.scratch)
    if cluster.leads:
        make_room(environment.paths)
    history = History(algorithm.metric_log, environment.host, quiet=not cluster.leads)
    cluster.meet("prepared")
    with stop.grace_period():
        output = environment.paths.output_data if cluster.leads else ending.scratch()
        model = fit(prepared, context(prepared, environment, cluster, history, stop, output))
        cluster.meet("fitted")
        if cluster.leads:
            keep(prepared, environment, model, history, started)
        else:
            log.info("%s keeps the model, %s waits until it is published", cluster.leader, environment.host)
        cluster.finish()
    written = "model, metrics and report are written" if cluster.leads else f"{cluster.leader} has published the model"
    taken = time.monotonic() - started, peak_memory_bytes() / 1e6
    log.info("%s; the job took %.1f s and at most %.0f MB of memory", written, *taken)


def choose(environment: Environment) -> Algorithm[Any, Any, Any]:
    """The algorithm that trains. Raises ``PlatformError`` where it cannot use so many hosts."""
    algorithm = find(environment.family, environment.algorithm)
    if len(environment.hosts) > 1 and not algorithm.distributed:
        raise PlatformError(
            f"the job has {len(environment.hosts)} instances, {algorithm.name} trains on one; set the instance count "
            "to 1"
        )
    return algorithm


def prepare(environment: Environment, algorithm: Algorithm[Any, Any, Any], scratch: Callable[[], Path]) -> Prepared:
    """Reads and checks everything before the first second of training is spent."""
    params = parse(algorithm.Hyperparameters, environment.hyperparameters)
    if environment.checkpoints is not None and not algorithm.resumes:
        log.warning("checkpoints are not written by %s: a job that is interrupted starts anew", algorithm.name)
    given = given_texts(algorithm.Hyperparameters, environment.hyperparameters)
    log.info("%s: hyperparameters %s", algorithm.name, json.dumps(given))
    sources = algorithm.input.arrange(channels.locate(environment, algorithm))
    found = earlier.find(environment, algorithm, scratch)
    for name, source in sources.items():
        announce(name, source)
    data = channels.read(sources, algorithm, params)
    for name, rows in data.items():
        log.info("channel %s: %s", name, ", ".join(f"{label} {text}" for label, text in rows.summary()))
    return Prepared(algorithm, params, data, found, channels.is_sharded(environment, algorithm))


def announce(name: str, source: Source) -> None:
    """Logs what is about to be read."""
    size = sum(path.stat().st_size for path in source.files)
    log.info("channel %s: reading %d files, %.1f MB", name, len(source.files), size / 1e6)
    for companion, beside in source.companions.items():
        announce(companion, beside)


def context(
    prepared: Prepared, environment: Environment, cluster: Cluster, history: History, stop: Stop, output: Path
) -> Context:
    """What the job lends to the algorithm."""
    return Context(
        hosts=environment.hosts,
        host=environment.host,
        threads=processors(),
        output=output,
        checkpoints=environment.checkpoints,
        earlier=prepared.earlier,
        sharded=prepared.sharded,
        agree=cluster.agree,
        log_round=history.add,
        log=write_line,
        stopping=stop.requested,
    )


def fit(prepared: Prepared, lent: Context) -> Any:
    """Runs the algorithm; what its library raises becomes ``AlgorithmError``."""
    train = next(iter(prepared.data.values()))
    try:
        return prepared.algorithm.fit(prepared.params, train, prepared.data.get("validation"), lent)
    except (ContainerError, MemoryError):
        raise
    except Exception as error:
        cause = (str(error).strip() or repr(error)).splitlines()[0]
        raise AlgorithmError(f"{prepared.algorithm.name} failed: {type(error).__name__}: {cause}") from error


def keep(prepared: Prepared, environment: Environment, model: Any, history: History, started: float) -> None:
    """Writes the model, judges what comes back from its files, reports, and only then puts it into its place."""
    paths = environment.paths
    partial = paths.model / artifact.PARTIAL
    partial.mkdir()
    prepared.algorithm.save(model, partial)
    loaded = prepared.algorithm.load(partial)
    output = prepared.algorithm.output(loaded)
    judged = evaluate(prepared, loaded, output, history)
    manifest = describe(prepared, environment, loaded, output, judged.metrics)
    manifest.write(partial)
    outcome = Outcome(loaded, output, manifest, judged, history, time.monotonic() - started, environment.job_name)
    results.write(prepared, outcome, paths.output_data, partial)
    artifact.publish(partial, paths.model)


def describe(
    prepared: Prepared, environment: Environment, model: Any, output: Output[Any], metrics: Scores
) -> Manifest:
    """The manifest of a trained model."""
    algorithm, train = prepared.algorithm, next(iter(prepared.data.values()))
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


def forget_earlier(paths: Paths, leads: bool) -> None:
    """Nothing of an earlier job in the same tree may pass for this one's. Hosts may share the model directory."""
    if paths.failure.is_file():
        paths.failure.unlink(missing_ok=True)  # another host may have been faster
    if leads:
        artifact.clear(paths.model)


def make_room(paths: Paths) -> None:
    """Finds out before training, not after it, whether the results can be written."""
    paths.model.mkdir(parents=True, exist_ok=True)
    paths.output_data.mkdir(parents=True, exist_ok=True)
