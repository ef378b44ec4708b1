"""What an endpoint of mlp answers: a whole job with categories, and the bodies of requests."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contract.metrics.notation import decimal
from serve.one.predictor import Predictor
from serve.settings import Settings
from tests.contract import runtime as runtimes
from tests.contract.subject import Subject
from tests.real_data.jobs import Job, lay

MLP = Subject("tensorflow", "mlp")
COLOURS = ("blue", "green", "dark red")
VERBOSE = "application/json;verbose"


def lines(rows: int, seed: int) -> list[str]:
    """Class, weight, number with gaps, colour, which matters most."""
    random = np.random.default_rng(seed)
    found = []
    for row in range(rows):
        number, colour = random.normal(), int(random.integers(3))
        label = int(number + (2, -2, 0)[colour] > 0)
        cell = "" if row % 9 == 0 else f"{number:.3f}"
        found.append(f'{label},1,{cell},"{COLOURS[colour]}"\n')
    return found


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    base = tmp_path_factory.mktemp("mlp") / "ml"
    given = {
        "algorithm": "mlp", "hidden_layers": "8", "epochs": "15", "learning_rate": "0.03", "mini_batch_size": "32",
        "csv_weights": "1", "class_weights": "balanced",
    }  # fmt: skip
    channels = {"train": "".join(lines(300, 1)), "validation": "".join(lines(100, 2))}
    tree = lay(base, channels, given, "text/csv")
    (tree.channel_folder() / "categorical_index.json").write_text('{"cat_index_list": [3]}')
    exit_code, log = runtimes.run(runtimes.Processes(), ["train"], MLP, tree, {})
    assert exit_code == 0, log
    return Job(tree, log, json.loads((tree.output / "data" / "evaluation.json").read_text()))


@pytest.fixture(scope="module")
def endpoint(job: Job) -> Predictor:
    return Predictor.load(Settings(family="tensorflow", base=job.tree.base))


def asked(endpoint: Predictor, body: Any, content_type: str = "application/json", accept: str = VERBOSE) -> Any:
    sent = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return json.loads(endpoint(sent, content_type, accept).body)


def test_categories_that_are_texts_are_learned_and_asked_for_by_their_texts(job: Job, endpoint: Predictor) -> None:
    assert job.metrics()["accuracy"] > 0.8
    answer = asked(endpoint, '0.1,blue\n0.1,green\n0.1," dark red "\n', "text/csv")
    assert list(answer) == ["probabilities", "predicted_label"]
    first, second, _ = (row[1] for row in answer["probabilities"])
    assert first > 0.8 > 0.2 > second
    assert answer["predicted_label"][:2] == [1, 0]


def test_the_usual_answer_has_the_probabilities_of_both_classes(endpoint: Predictor) -> None:
    answer = asked(endpoint, {"instances": [{"features": [0.5, "blue"]}]}, accept="application/json")
    assert list(answer) == ["probabilities"]
    assert sum(answer["probabilities"][0]) == pytest.approx(1)


def test_unseen_and_missing_categories_and_numbers_are_answered(endpoint: Predictor) -> None:
    rows = [[0.5, "mauve"], [0.5, None], [0.5, "7"], [None, "blue"]]
    answer = asked(endpoint, {"instances": [{"features": row} for row in rows]})["probabilities"]
    assert answer[0] == answer[1] == answer[2], "no category was missing in training: all of these are unseen"
    assert answer[3] != answer[0]


def test_the_endpoint_answers_what_the_evaluation_says_byte_for_byte(job: Job, endpoint: Predictor) -> None:
    rows = "".join(line.split(",", 2)[2] for line in lines(100, 2))
    body = endpoint(rows.encode(), "text/csv", "application/json").body.decode()
    assert body in (job.tree.output / "data" / "evaluation.json").read_text()


def test_V12_a_row_alone_is_answered_as_in_a_batch(endpoint: Predictor) -> None:
    rows = [line.split(",", 2)[2] for line in lines(130, 5)]
    together = endpoint("".join(rows).encode(), "text/csv", "text/csv").body.splitlines()
    assert together == [endpoint(row.encode(), "text/csv", "text/csv").body.strip() for row in rows]


def test_the_log_tells_every_epoch_and_the_model(job: Job) -> None:
    told = [line for line in job.log.splitlines() if " validation_accuracy=" in line]
    best = job.evaluation["best_iteration"]
    assert [line.split(":")[0] for line in told[:-1]] == [f"Epoch {epoch}" for epoch in range(len(told) - 1)]
    assert told[-1].startswith(f"Epoch {best}: train_loss=")
    assert f" validation_auc={decimal(job.metrics()['auc'])} " in told[-1]
    (kept,) = (line for line in told[:-1] if line.startswith(f"Epoch {best}: "))
    for loss in ("train_loss", "validation_loss"):
        assert _values(loss, told[-1]) == _values(loss, kept), "a tuning job takes the last value"
    names = {definition["Name"] for definition in _definitions(job)}
    assert {"train:loss", "validation:loss", "validation:accuracy", "validation:auc"} <= names


def test_the_model_directory_holds_a_network_and_how_it_is_built(job: Job) -> None:
    assert {"network.keras", "mlp.json", "manifest.json"} <= job.tree.model_files()


def _values(metric: str, line: str) -> list[str]:
    return re.findall(rf" {metric}=(\S+)", line)


def _definitions(job: Job) -> list[dict[str, str]]:
    path: Path = job.tree.output / "data" / "metric_definitions.json"
    found: list[dict[str, str]] = json.loads(path.read_text())
    return found
