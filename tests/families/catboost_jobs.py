"""Tiny real jobs of the algorithm catboost."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from containers.catboost.boosting import ALGORITHM
from containers.catboost.hyperparameters import CatBoostHyperparameters
from contract.builtins.problem import Kind
from contract.hyperparameters import parse
from contract.tables.data import Table
from serve.one.predictor import Predictor
from serve.settings import Settings
from tests.families.job_log import Log
from tests.families.trials import trials
from train import environment, job
from train.stop import Stop
from train.termination import Termination

ROWS, COLUMNS = 240, 4
BEST = re.compile(r"bestTest = ([0-9\.]+)")
KINDS: tuple[Kind, ...] = ("regression", "binary_classification", "multiclass_classification")


def table(kind: Kind = "regression", rows: int = ROWS, seed: int = 3) -> Table:
    """Random features, and labels that depend on them: values, two or three classes."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(rows, COLUMNS)).astype(np.float32)
    signal = features[:, 0] - 0.5 * features[:, 1] + 0.3 * random.normal(size=rows)
    if kind == "binary_classification":
        signal = signal > 0
    if kind == "multiclass_classification":
        signal = np.digitize(signal, [-0.5, 0.5])
    return Table(features, signal.astype(np.float32))


def both(kind: Kind = "regression") -> tuple[Table, Table]:
    """Records to learn from and others to validate on."""
    return table(kind), table(kind, rows=90, seed=4)


def params(**given: str) -> CatBoostHyperparameters:
    settings = {"iterations": "12", "depth": "3", "learning_rate": "0.3", "thread_count": "1", **given}
    return parse(CatBoostHyperparameters, settings)


def best_tests(log: Log) -> list[float]:
    """What a tuner reads, by the regex that SageMaker declares."""
    return [float(match[1]) for line in log.lines if (match := BEST.search(line))]


fit, logged, reloaded = trials(ALGORITHM)


def csv(data: Table, rows: int | None = None) -> str:
    """Records of a training channel."""
    assert data.label is not None
    lines = np.column_stack([data.label, np.asarray(data.features)])[:rows]
    return "".join(",".join(f"{cell:g}" for cell in line) + "\n" for line in lines)


def run_job(base: Path, files: Mapping[str, str], **hyperparameters: str) -> Predictor:
    """Runs the whole job on ``files``, contents by path below the folder of data; returns its endpoint's predictor.

    The first part of a path is the channel.
    """
    for name, content in files.items():
        path = base / "input" / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (base / "input" / "config").mkdir()
    channels = {name.partition("/")[0]: {"ContentType": "text/csv"} for name in files}
    (base / "input" / "config" / "inputdataconfig.json").write_text(json.dumps(channels))
    settings = {"iterations": "30", "depth": "3", "learning_rate": "0.3", **hyperparameters}
    (base / "input" / "config" / "hyperparameters.json").write_text(json.dumps(settings))
    told = environment.read({"SAGEMAKER_BASE_DIR": str(base), "ALGORITHM_FAMILY": "catboost"})
    job.run(told, Stop(clean_up=lambda: None), Termination(told.paths))
    return Predictor.load(Settings(family="catboost", base=base))
