"""Networks that several hosts, or several devices of one, learn together: real processes, joined by TensorFlow."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from containers.tensorflow.engine.distribution import share
from containers.tensorflow.engine.learning import TrainedNetwork
from contract.context import Context
from tests.families import tensorflow_hosts as hosts
from tests.families.job_log import Log
from tests.families.tensorflow_networks import batches, options, trained

ROOT = Path(__file__).parents[2]
SECONDS = 240
"""No process may take longer; all together take a tenth of it."""


@dataclass(kw_only=True)
class Told(Log):
    """What a host learned and logged."""

    epoch: int
    epochs: int
    weights: Sequence[NDArray[Any]]


def told(folder: Path, what: str, rank: int) -> Told:
    with np.load(folder / f"{what}-{rank}.npz") as file:
        weights = [file[name] for name in file.files if name != "told"]
        return Told(weights=weights, **json.loads(str(file["told"])))


def started(rank: int, port: int, folder: Path, *asked: str) -> subprocess.Popen[str]:
    """A host as a process."""
    program = [sys.executable, "-W", "error", "-m", "tests.families.tensorflow_hosts"]
    return subprocess.Popen(
        [*program, str(rank), str(port), str(folder), *asked], cwd=ROOT, pass_fds=(port,) if rank == 0 else (),
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def together(folder: Path, *asked: str) -> list[tuple[int, str]]:
    """Runs two hosts; returns exit code and errors of each."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        places = (listener.fileno(), listener.getsockname()[1])
        processes = [started(rank, place, folder, *asked) for rank, place in enumerate(places)]
    try:
        errors = [process.communicate(timeout=SECONDS)[1] for process in processes]
    finally:
        for process in processes:
            process.kill()
    return [(process.returncode, error) for process, error in zip(processes, errors, strict=True)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two hosts left of their runs, in the last of which the first one dies."""
    made = tmp_path_factory.mktemp("hosts")
    (first, error), (second, end) = together(
        made, "halves", "uneven", "parted", "interrupted", "resumed", "empty", "structured", "structured_on_one",
        "unlabelled", "lost",
    )  # fmt: skip
    assert first == hosts.KILLED, error
    (made / "end").write_text(f"exit code {second}\n{end}")
    return made


@pytest.fixture(scope="module")
def devices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one host with two devices left of its runs."""
    made = tmp_path_factory.mktemp("devices")
    with started(2, 0, made, "halves", "statistics", "structured", "unlabelled") as process:
        error = process.communicate(timeout=SECONDS)[1]
    assert process.returncode == 0, error
    return made


def close(mine: Sequence[NDArray[Any]], others: Sequence[NDArray[Any]]) -> bool:
    return all(np.allclose(one, other, rtol=1e-4, atol=1e-5) for one, other in zip(mine, others, strict=True))


def test_two_hosts_learn_what_one_learns_with_batches_of_twice_the_size(folder: Path) -> None:
    """Gradients are clipped after they are added up, and the metrics are those of all records."""
    alone, mine = hosts.Host(), told(folder, "halves", 0)
    assert close(mine.weights, hosts.halves(alone, 16).model.get_weights())
    for channel in ("train", "validation"):
        assert mine.history("loss", channel) == pytest.approx(alone.log.history("loss", channel), rel=1e-3)
        assert mine.history("rmse", channel) == pytest.approx(alone.log.history("rmse", channel), rel=1e-3)


def test_two_devices_learn_what_one_learns_with_the_same_batches(devices: Path) -> None:
    """97 and 33 records in batches of 8: of the last ones, single records, one device has none."""
    alone, mine = hosts.Host(), told(devices, "halves", 2)
    assert close(mine.weights, hosts.halves(alone).model.get_weights())
    assert mine.history("loss", "validation") == pytest.approx(alone.log.history("loss", "validation"), rel=1e-3)


RUNS_OF_ROWS = ["halves", "uneven", "parted", "interrupted", "resumed", "empty"]


@pytest.mark.parametrize("what", [*RUNS_OF_ROWS, "structured", "structured_on_one", "unlabelled"])
def test_all_hosts_have_the_same_network_and_scores(folder: Path, what: str) -> None:
    """Moving statistics of batch normalisation included."""
    first, second = (told(folder, what, rank) for rank in (0, 1))
    assert all(np.array_equal(one, other) for one, other in zip(first.weights, second.weights, strict=True))
    assert first.rounds == second.rounds


def test_moving_statistics_of_two_devices_are_those_of_all_their_records(devices: Path) -> None:
    """Each device has seen half of the records; the means of the halves are averaged."""
    model = hosts.statistics(hosts.Host()).model
    place = [weight.path.endswith("moving_mean") for weight in model.weights].index(True)
    mean = model.get_weights()[place]
    assert np.abs(mean).min() > 0
    assert told(devices, "statistics", 2).weights[place] == pytest.approx(mean, rel=1e-4)


def test_a_host_with_fewer_records_holds_none_up(folder: Path) -> None:
    losses = told(folder, "uneven", 0).history("loss", "validation")
    assert len(losses) == 4
    assert losses[-1] < 0.5 * float(np.var(hosts.HELD_OUT.labels))


def test_moving_statistics_are_those_of_batches_that_a_host_had_itself(folder: Path) -> None:
    """The first host has two batches, the second one four: each host's part alone says what it must have gathered."""
    models = [hosts.still(hosts.part(rank), Context()).model for rank in (0, 1)]
    places = [place for place, weight in enumerate(models[0].weights) if "moving_" in weight.path]
    mine, alone = told(folder, "parted", 0).weights, [model.get_weights() for model in models]
    assert len(places) == 2
    for place in places:
        expected = (25 * alone[0][place] + 72 * alone[1][place]) / 97
        assert mine[place] == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_a_host_without_records_takes_part(folder: Path) -> None:
    """D-07: what is learned are the other host's records; its moving statistics are theirs."""
    host, mine = hosts.Host(), told(folder, "empty", 1)
    given = batches(hosts.DATA, 20)
    learned = trained(given, given, options(2), host.context())
    assert close(mine.weights, learned.model.get_weights())
    assert mine.history("loss", "validation") == pytest.approx(host.log.history("loss", "validation"), rel=1e-3)


@pytest.fixture(scope="module")
def alone() -> Mapping[str, Told]:
    """What one host with one device learns of pictures with boxes and of inputs alone, in batches of 16 and of 8."""
    return {
        f"{run.__name__}-{size}": alone_with(run, size)
        for run in (hosts.structured, hosts.unlabelled)
        for size in (16, 8)
    }


def alone_with(run: Callable[[hosts.Host, int], TrainedNetwork], size: int) -> Told:
    host = hosts.Host()
    learned = run(host, size)
    return Told(**vars(host.log), epoch=learned.epoch, epochs=learned.epochs, weights=learned.model.get_weights())


@pytest.mark.parametrize("what", ["structured", "unlabelled"])
def test_any_kind_of_records_is_shared_by_hosts_and_by_devices(
    folder: Path, devices: Path, alone: Mapping[str, Told], what: str
) -> None:
    """Labels of any number a picture, or none at all and a loss that the network brings itself."""
    for mine, whole in ((told(folder, what, 0), alone[f"{what}-16"]), (told(devices, what, 2), alone[f"{what}-8"])):
        assert close(mine.weights, whole.weights)
        for channel in ("train", "validation"):
            assert mine.history("loss", channel) == pytest.approx(whole.history("loss", channel), rel=1e-3)


def test_metrics_that_are_no_sums_are_those_of_all_records(
    folder: Path, devices: Path, alone: Mapping[str, Told]
) -> None:
    """The median over both hosts' records; the count of boxes is a sum as ever."""
    for mine, size in ((told(folder, "structured", 0), 16), (told(devices, "structured", 2), 8)):
        for channel in ("train", "validation"):
            whole = alone[f"structured-{size}"]
            assert mine.history("median", channel) == pytest.approx(whole.history("median", channel), rel=1e-3)
            assert mine.history("boxes", channel) == whole.history("boxes", channel)


def test_a_host_without_records_has_no_say_in_a_metric_that_is_no_sum(folder: Path, alone: Mapping[str, Told]) -> None:
    mine, whole = told(folder, "structured_on_one", 1), alone["structured-8"]
    assert close(mine.weights, whole.weights)
    assert mine.history("median") == pytest.approx(whole.history("median"), rel=1e-3)


def test_all_hosts_stop_at_the_same_step_when_one_is_asked_to(folder: Path) -> None:
    assert [told(folder, "interrupted", rank).epochs for rank in (0, 1)] == [2, 2]


def test_hosts_go_on_from_a_checkpoint_that_only_the_first_one_has(folder: Path) -> None:
    """S-04, D-10: the second host writes none; the result is that of an uninterrupted run."""
    assert not list((folder / "checkpoints-1").iterdir())
    mine, whole = (told(folder, what, 0) for what in ("resumed", "uneven"))
    assert "2 of 4 epochs are done" in mine.lines[0]
    assert mine.rounds == whole.rounds
    assert all(np.array_equal(one, other) for one, other in zip(mine.weights, whole.weights, strict=True))


def test_a_lost_host_ends_the_others_and_is_named(folder: Path) -> None:
    """D-08."""
    end = (folder / "end").read_text()
    assert end.startswith("exit code 1\n")
    assert f"PlatformError: lost {hosts.HOSTS[0]}" in end


def test_hosts_share_records_and_keep_their_shards() -> None:
    rows = np.arange(10)
    contexts = [Context(hosts=("b", "a", "c"), host=host) for host in ("b", "a", "c")]
    assert [share(rows, context).tolist() for context in contexts] == [[0, 3, 6, 9], [1, 4, 7], [2, 5, 8]]
    assert share(rows, Context(hosts=("b", "a"), host="a", sharded=True)).tolist() == rows.tolist()
