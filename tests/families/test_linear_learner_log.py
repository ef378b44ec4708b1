"""The regexes of linear-learner's metrics on the log of a real job."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from containers.sklearn.linear_learner.losses import Loss
from tests.contract.subject import Subject
from tests.families.linear_learner_jobs import params, table
from tests.families.test_linear_learner_metrics import DOCUMENTED, OBJECTIVE, OBJECTIVE_AT_THE_END
from tests.real_data.jobs import train


@pytest.mark.parametrize("predictor", DOCUMENTED)
def test_the_regexes_of_a_job_find_its_metrics_in_its_own_log(predictor: str, tmp_path: Path) -> None:
    """Of all three channels, in what the program really wrote."""
    channels = {name: rows(predictor, seed) for seed, name in enumerate(("train", "validation", "test"), 3)}
    given = {"predictor_type": predictor, "epochs": "3", "num_models": "2", "num_classes": "3"}
    job = train(Subject("sklearn", "linear-learner"), tmp_path / "ml", channels, given)
    regexes = {
        definition["Name"]: definition["Regex"]
        for definition in json.loads((job.tree.output / "data" / "metric_definitions.json").read_text())
    }
    objective = Loss(params(predictor).loss_name).objective
    for channel in channels:
        expected = {name: pattern.replace("validation", channel) for name, pattern in DOCUMENTED[predictor].items()}
        ending = "" if channel == "test" else ":final"
        expected["objective_loss" + ending] = OBJECTIVE_AT_THE_END.replace("validation", channel)
        final = job.metrics(channel)
        for name, regex in expected.items():
            token = objective + ":final" if name.startswith("objective_loss") else _token(name, final)
            for pattern in (regex, regexes[f"{channel}:{name}"]):
                assert [float(text) for text in re.findall(pattern, job.log)] == [final[token]], pattern
        if channel == "test":
            continue
        by_epoch = OBJECTIVE.replace("validation", channel)
        assert re.findall(regexes[f"{channel}:objective_loss"], job.log) == re.findall(by_epoch, job.log)
        assert len(re.findall(by_epoch, job.log)) == 3


def rows(predictor: str, seed: int) -> NDArray[np.float64]:
    """Sixty records, the label in front."""
    data = table(predictor, rows=60, seed=seed)
    assert data.label is not None
    return np.column_stack([data.label, data.features]).astype(np.float64)


def _token(name: str, metrics: dict[str, float]) -> str:
    """The metric's name in the log, where that ends with the value of a hyperparameter."""
    starts = {"binary_f_beta": "binary_f_", "macro_f_beta": "macro_f_", "multiclass_top_k_accuracy": name}
    (found,) = [key for key in metrics if key == name or key.startswith(starts.get(name, "\n"))]
    return found
