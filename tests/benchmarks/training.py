"""Training on a large CSV: `train` against the XGBoost library alone with its own text parser (the floor).

``python -m tests.benchmarks.training [ROWS]``. Wall and CPU seconds and peak memory of whole processes; the ratio is
ours to the floor, so below 1 is better than the library alone.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

COLUMNS = 12
ROUNDS = 30
REPEATS = 3
FLOOR = """
import sys, xgboost
data = xgboost.DMatrix(sys.argv[1] + "?format=csv&label_column=0")
booster = xgboost.train({"max_depth": 6, "tree_method": "hist"}, data, int(sys.argv[2]), evals=[(data, "train")])
booster.save_model(sys.argv[3])
"""


class Cost(NamedTuple):
    """What one process took: seconds, seconds of processors, megabytes at its peak."""

    wall: float
    cpu: float
    peak: float


def measure(command: Sequence[str], environment: dict[str, str]) -> Cost:
    """Runs a command in a child of a child, whose resource usage is that command's alone."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        started = time.perf_counter()
        failed = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL).returncode
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        cost = Cost(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
        os.write(write_end, json.dumps(cost).encode())
        os._exit(failed)
    os.close(write_end)
    status = os.waitpid(pid, 0)[1]
    assert status == 0, f"{command} failed"
    with os.fdopen(read_end, "rb") as pipe:
        return Cost(*json.loads(pipe.read()))


def write_tree(base: Path, rows: int) -> Path:
    """A job on a CSV of random numbers; returns the CSV."""
    file = base / "input" / "data" / "train" / "train.csv"
    file.parent.mkdir(parents=True)
    random = np.random.default_rng(0)
    with file.open("w") as stream:
        for start in range(0, rows, 50_000):
            features = random.normal(size=(min(50_000, rows - start), COLUMNS))
            label = features[:, 0] * 3 + features[:, 1] ** 2 + random.normal(size=len(features))
            np.savetxt(stream, np.column_stack([label, features]), delimiter=",", fmt="%.7g")
    config = base / "input" / "config"
    config.mkdir()
    settings = {"num_round": str(ROUNDS), "max_depth": "6", "tree_method": "hist"}
    (config / "hyperparameters.json").write_text(json.dumps(settings))
    channels = {"train": {"TrainingInputMode": "File", "ContentType": "text/csv"}}
    (config / "inputdataconfig.json").write_text(json.dumps(channels))
    for name in ("model", "output"):
        (base / name).mkdir()
    return file


def main(rows: int) -> None:
    """Prints the medians of both and their ratios."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        file = write_tree(base, rows)
        environment = os.environ | {"SAGEMAKER_BASE_DIR": folder, "ALGORITHM_FAMILY": "xgboost"}
        commands = {
            "train": [str(Path(sys.executable).with_name("train"))],
            "library alone": [sys.executable, "-c", FLOOR, str(file), str(ROUNDS), str(base / "floor.ubj")],
        }
        costs: dict[str, list[Cost]] = {name: [] for name in commands}
        for _ in range(REPEATS):
            for name, command in commands.items():
                costs[name].append(measure(command, environment))
        print(f"{rows:,} rows, {file.stat().st_size / 1e6:.0f} MB of CSV, {ROUNDS} rounds; medians of {REPEATS} runs")
    medians = {name: Cost(*np.median(np.array(runs), axis=0)) for name, runs in costs.items()}
    for name, cost in medians.items():
        print(f"{name:<14} wall {cost.wall:6.2f} s   CPU {cost.cpu:6.2f} s   peak {cost.peak:7.0f} MB")
    ours, floor = medians["train"], medians["library alone"]
    print(
        "ratio          "
        + "   ".join(f"{field} {getattr(ours, field) / getattr(floor, field):.2f}" for field in Cost._fields)
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
