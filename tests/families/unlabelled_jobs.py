"""Whole jobs of the algorithms without labels and their endpoints; what a hyperparameter takes."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import MISSING, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contract.errors import HyperparameterError
from contract.hyperparameters import Hyperparameters, parse, specs
from serve.one.predictor import Predictor
from serve.settings import Settings
from tests.media_types import CSV, JSON
from train import environment, job
from train.stop import Stop
from train.termination import Termination

PREFIX = r"\[\d\d/\d\d/\d{4} \d\d:\d\d:\d\d INFO \d+\] "
"""What every line of the first-party algorithms begins with."""
PROGRESS = r"#progress_metric: host=\S+, completed (\S+) %"
THROUGHPUT = r"#throughput_metric: host=\S+, train throughput=(\S+) records/second"
SHORT = b'{"instances": [{"features": [1.5, 16.0]}]}'
LONG = b'{"instances": [{"data": {"features": {"values": [1.5, 16.0]}}}]}'
SPARSE = b'{"instances": [{"data": {"features": {"keys": [26, 182], "shape": [2000], "values": [1, 1]}}}]}'
"""The JSON bodies of SageMaker's documentation."""
REQUIRED = MISSING


@dataclass(frozen=True)
class Finished:
    """What a job wrote to its log besides the program's own lines, and an endpoint of its model."""

    log: str
    predictor: Predictor

    def metrics(self, channel: str) -> Mapping[str, float]:
        return self.predictor.steps.artifact.manifest.metrics[channel]

    def answer(self, body: bytes, content_type: str = JSON, accept: str = JSON) -> bytes:
        return self.predictor(body, content_type, accept).body

    def predict(self, rows: Any) -> Any:
        """The predictions that answers are made of."""
        algorithm, model = self.predictor.steps.artifact.algorithm, self.predictor.steps.artifact.model
        body = "".join(",".join(map(str, row)) + "\n" for row in rows).encode()
        batch = algorithm.input.decode(body, self.predictor.agree(CSV, JSON).content_type, {"feature_count": 2})
        return algorithm.predict(model, batch)


def run_job(base: Path, algorithm: str, channels: Mapping[str, tuple[str, Any]], **hyperparameters: str) -> Finished:
    """Runs a whole job on ``channels``, content type and matrix by name."""
    for name, (_, rows) in channels.items():
        folder = base / "input" / "data" / name
        folder.mkdir(parents=True)
        np.savetxt(folder / "data.csv", rows, delimiter=",", fmt="%.6g")
    (base / "input" / "config").mkdir()
    config = {name: {"ContentType": content_type} for name, (content_type, _) in channels.items()}
    (base / "input" / "config" / "inputdataconfig.json").write_text(json.dumps(config))
    (base / "input" / "config" / "hyperparameters.json").write_text(json.dumps(hyperparameters))
    variables = {"SAGEMAKER_BASE_DIR": str(base), "ALGORITHM_FAMILY": "sklearn", "ALGORITHM": algorithm}
    told = environment.read(variables)
    with redirect_stdout(io.StringIO()) as log:
        job.run(told, Stop(clean_up=lambda: None), Termination(told.paths))
    return Finished(log.getvalue(), Predictor.load(Settings(family="sklearn", algorithm=algorithm, base=base)))


def shape(value: Any) -> Any:
    """A JSON document without its numbers: keys in their order, lengths of lists, kinds of numbers."""
    if isinstance(value, dict):
        return [(key, shape(entry)) for key, entry in value.items()]
    return [shape(entry) for entry in value] if isinstance(value, list) else type(value)


@dataclass(frozen=True)
class Expected:
    """A hyperparameter of the built-in: ``taken`` and ``refused`` are texts at and beyond its bounds."""

    name: str
    default: Any
    taken: tuple[str, ...]
    refused: tuple[str, ...]
    tunable: tuple[Any, ...] = ()

    def check(self, cls: type[Hyperparameters], needed: Mapping[str, str]) -> None:
        """``needed`` are values of the required ones."""
        spec = {spec.name: spec for spec in specs(cls)}[self.name]
        assert (spec.default, spec.declaration.tunable) == (self.default, self.tunable)
        if self.default is REQUIRED:
            with pytest.raises(HyperparameterError, match=f"- {self.name}: is required"):
                parse(cls, {name: value for name, value in needed.items() if name != self.name})
        else:
            assert getattr(parse(cls, needed), spec.field) == self.default
        for text in self.taken:
            parse(cls, {**needed, self.name: text})
        for text in self.refused:
            with pytest.raises(HyperparameterError, match=f"- {self.name}: "):
                parse(cls, {**needed, self.name: text})
