"""The story of a training job."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from contract import publishing
from contract.algorithm import Algorithm
from contract.artifact import ModelManifest
from contract.context import Context
from contract.errors import AlgorithmError, ContainerError, PlatformError
from contract.families import find
from contract.hyperparameters import Hyperparameters, given_texts, parse
from contract.process.resources import peak_memory_bytes, processors
from contract.source import Source
from train import base_model, channels, results
from train.cluster import Cluster
from train.environment import Environment, Paths
from train.evaluation import evaluate
from train.history import History, write_line
from train.outcome import Outcome, Prepared
from train.stop import Stop
from train.termination import Termination
from train.tuning import check_objective
from train.watch import BOARD, EARLIER_MODEL

log = logging.getLogger("train")


def run(environment: Environment, stop: Stop, termination: Termination) -> None:
    """Trains, keeps, reloads, evaluates and reports a model; of several hosts the leader keeps it."""
    started = time.monotonic()
    cluster = termination.cluster = Cluster(
        environment.hosts, environment.host, environment.job_name, termination.fail_and_exit
    )
    discard_previous(environment.paths, cluster.leads)
    algorithm = choose(environment)
    cluster.join()
    prepared = prepare(environment, algorithm, termination.scratch)
    if cluster.leads:
        make_output_folders(environment.paths)
    history = History(algorithm.metric_log, environment.host, quiet=not cluster.leads)
    cluster.meet("prepared")
    with stop.grace_period():
        output = environment.paths.output_data if cluster.leads else termination.scratch()
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
    """Returns the algorithm that trains. Raises ``PlatformError`` where it cannot use so many hosts."""
    algorithm = find(environment.family, environment.algorithm)
    if len(environment.hosts) > 1 and not algorithm.distributed:
        raise PlatformError(
            f"the job has {len(environment.hosts)} instances, {algorithm.name} trains on one; set the instance count "
            "to 1"
        )
    return algorithm


def prepare(environment: Environment, algorithm: Algorithm[Any, Any, Any], scratch: Callable[[], Path]) -> Prepared:
    """Reads and checks everything before the first second of training is spent: settings, then files, then data."""
    params = settings(environment, algorithm)
    sources, base = locate(environment, algorithm, scratch)
    check_objective(environment.hyperparameters, algorithm, params, sources)
    data = channels.read(sources, algorithm, params)
    return Prepared(algorithm, params, data, base, channels.is_sharded(environment, algorithm))


def settings(environment: Environment, algorithm: Algorithm[Any, Any, Any]) -> Hyperparameters:
    """Reads the hyperparameters; logs what was given, and what is given in vain."""
    params: Hyperparameters = parse(algorithm.Hyperparameters, environment.hyperparameters)
    if environment.checkpoints is not None and not algorithm.resumes:
        log.warning("checkpoints are not written by %s: a job that is interrupted starts anew", algorithm.name)
    given = given_texts(algorithm.Hyperparameters, environment.hyperparameters)
    log.info("%s: hyperparameters %s", algorithm.name, json.dumps(given))
    return params


def locate(
    environment: Environment, algorithm: Algorithm[Any, Any, Any], scratch: Callable[[], Path]
) -> tuple[Mapping[str, Source], Path | None]:
    """Finds the files of the data channels and, beside them, the model directory that training goes on from."""
    return channels.locate(environment, algorithm), base_model.find(environment, algorithm, scratch)


def context(
    prepared: Prepared, environment: Environment, cluster: Cluster, history: History, stop: Stop, output: Path
) -> Context:
    """Returns what the job lends to the algorithm."""
    return Context(
        hosts=environment.hosts,
        host=environment.host,
        threads=processors(),
        output=output,
        checkpoints=environment.checkpoints,
        base_model=prepared.base_model,
        sharded=prepared.sharded,
        agree=cluster.agree,
        log_round=history.add,
        log=write_line,
        stopping=stop.requested,
    )


def fit(prepared: Prepared, lent: Context) -> Any:
    """Runs the algorithm; what its library raises becomes ``AlgorithmError``."""
    train = next(iter(prepared.data.values()))
    BOARD.write(EARLIER_MODEL if prepared.base_model else "")
    try:
        return prepared.algorithm.fit(prepared.params, train, prepared.data.get("validation"), lent)
    except (ContainerError, MemoryError):
        raise
    except Exception as error:
        cause = (str(error).strip() or repr(error)).splitlines()[0]
        raise AlgorithmError(f"{prepared.algorithm.name} failed: {type(error).__name__}: {cause}") from error
    finally:
        BOARD.write("")


def keep(prepared: Prepared, environment: Environment, model: Any, history: History, started: float) -> None:
    """Writes the model, judges what comes back from its files, reports, and only then puts it into its place."""
    paths = environment.paths
    partial = publishing.begin(paths.model)
    prepared.algorithm.save(model, partial)
    loaded = prepared.algorithm.load(partial)
    output = prepared.algorithm.output(loaded)
    judged = evaluate(prepared, loaded, output, history)
    manifest = ModelManifest.of_training(
        environment.family,
        prepared.algorithm,
        loaded,
        output,
        hyperparameters=given_texts(prepared.algorithm.Hyperparameters, environment.hyperparameters),
        metrics=judged.metrics,
        data=prepared.data,
    )
    manifest.write(partial)
    outcome = Outcome(loaded, output, manifest, judged, history, time.monotonic() - started, environment.job_name)
    results.write(prepared, outcome, paths.output_data, partial)
    publishing.publish(partial, paths.model)


def discard_previous(paths: Paths, leads: bool) -> None:
    """Removes what a previous job left in the same tree. Hosts may share the model directory."""
    if paths.failure.is_file():
        paths.failure.unlink(missing_ok=True)  # another host may have been faster
    if leads:
        publishing.clear(paths.model)


def make_output_folders(paths: Paths) -> None:
    """Makes the folders of the results before training, so that it does not fail after it."""
    paths.model.mkdir(parents=True, exist_ok=True)
    paths.output_data.mkdir(parents=True, exist_ok=True)
