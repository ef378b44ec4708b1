"""Section D of the checklist: jobs of two and three hosts."""

from __future__ import annotations

import shutil
import signal
import socket
import struct
import subprocess
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from tests.contract.forks import PATIENCE
from tests.contract.runtime import wait_for_text
from tests.contract.tree import Tree
from tests.training.jobs_of_hosts import MEAN, Held, Job, address, job_of
from train.connection import PORT, listen


def _labels(tree: Tree) -> list[float]:
    return [float(line.split(",")[0]) for line in tree.channel_file().read_text().splitlines()]


def _shard(job: Job) -> float:
    """Gives every host other records; returns the mean label of all."""
    for number, tree in enumerate(job.trees.values()):
        lines = tree.channel_file().read_text().splitlines(keepends=True)
        tree.channel_file().write_text("".join(lines[number : number + 1 + number]))
        tree.set_channels(S3DistributionType="ShardedByS3Key")
    return float(np.mean([label for tree in job.trees.values() for label in _labels(tree)]))


def _failures(job: Job) -> dict[str, str]:
    return {name: tree.failure or "" for name, tree in job.trees.items()}


def test_D01_D04_the_rank_is_the_place_in_the_list_and_only_the_leader_leaves_files(tmp_path: Path) -> None:
    with job_of(tmp_path, "algo-10", "algo-2-x7k2p") as job:
        mean = _shard(job)
        job.run()
        assert [f"rank {rank} of 3, sharded True" in job.log(name) for rank, name in enumerate(job.names)] == [True] * 3
        assert job.level() == pytest.approx(mean)
        assert "manifest.json" in job.leader.model_files()
        assert (job.leader.output / "data" / "seen-by-0").is_file()
        for name in job.names[1:]:
            assert job.trees[name].model_files() == set()
            assert list(job.trees[name].output.iterdir()) == []
        assert list(job.temporary.iterdir()) == []


def test_the_rounds_of_several_hosts_are_printed_once(tmp_path: Path) -> None:
    with job_of(tmp_path, "algo-2") as job:
        job.run()
        assert "round 1: train:level=" in job.log(job.names[0])
        assert "train:level=" not in job.log("algo-2")
        assert "rank 1 of 2, sharded False" in job.log("algo-2")


def test_D02_a_leader_that_starts_last_is_waited_for_and_its_port_may_be_closed_till_then(tmp_path: Path) -> None:
    with job_of(tmp_path, "algo-2", "algo-3") as job:
        for name in ("algo-3", "algo-2"):
            wait_for_text(job.start(name), f"{name} waits for {job.names[0]}: Connection refused")
        job.start(job.names[0])
        assert set(job.ends().values()) == {0}, job.logs()


def test_D02_others_that_start_late_are_waited_for_by_name(tmp_path: Path) -> None:
    with job_of(tmp_path, "algo-2", "algo-3") as job:
        leader = job.start(job.names[0])
        wait_for_text(leader, "waits for algo-2, algo-3")
        job.start("algo-3")
        job.start("algo-2")
        assert set(job.ends().values()) == {0}, job.logs()


def test_D02_a_name_that_is_not_known_yet_is_tried_again_until_the_job_is_stopped(tmp_path: Path) -> None:
    with job_of(tmp_path, "algo-2", leader="no-such-host.invalid") as job:
        program = job.start("algo-2")
        wait_for_text(program, "algo-2 waits for no-such-host.invalid")
        program.signal(signal.SIGTERM)
        assert program.wait() == 128 + signal.SIGTERM
        assert "told to stop" in (job.trees["algo-2"].failure or "")


def test_D02_a_host_that_comes_again_before_all_are_there_takes_its_old_place(tmp_path: Path) -> None:
    with job_of(tmp_path, "algo-2", "algo-3") as job:
        wait_for_text(job.start(job.names[0]), "waits for algo-2, algo-3")
        with socket.create_connection((job.names[0], PORT), PATIENCE) as first:
            first.sendall(_message('{"job": "job-1", "host": "algo-2"}'))
            assert b"algo-3" in first.recv(100)
            job.start("algo-2")
            assert first.recv(100) == b""
            job.start("algo-3")
            assert set(job.ends().values()) == {0}, job.logs()


def test_D03_a_leader_listens_where_its_name_leads_to_or_on_all_interfaces() -> None:
    own = address()
    for name, expected in ((own, own), ("localhost", "0.0.0.0"), ("no-such-host.invalid", "0.0.0.0")):
        with listen(name, 0) as listener:
            assert listener.getsockname()[0] == expected


def test_D05_a_shared_model_directory_gives_the_same_model_as_private_ones(tmp_path: Path) -> None:
    with job_of(tmp_path / "private", "algo-2") as private, job_of(tmp_path / "shared", "algo-2") as shared:
        private.run()
        for tree in shared.trees.values():
            shutil.rmtree(tree.model)
            tree.model.symlink_to(tmp_path / "model", target_is_directory=True)
        (tmp_path / "model").mkdir()
        shared.run()
        assert shared.level() == private.level()
        assert shared.leader.model_files() == private.leader.model_files()


def test_D05_a_host_that_fails_leaves_alone_what_lies_in_a_shared_model_directory(tmp_path: Path) -> None:
    with job_of(tmp_path, "algo-2") as job:
        follower = job.trees["algo-2"]
        (follower.model / "of-the-leader").write_text("kept")
        (follower.model / ".partial").mkdir()
        follower.channel_file().write_text("no number,1\n")
        for name in job.names:
            job.start(name)
        assert set(job.ends().values()) == {2}, job.logs()
        assert follower.model_files() == {"of-the-leader", ".partial"}


def test_D06_no_host_ends_before_the_leader_has_published(tmp_path: Path) -> None:
    held = Held(tmp_path, "save")
    with job_of(tmp_path, "algo-2") as job:
        job.start(job.names[0], **held.variables)
        other = job.start("algo-2")
        held.wait()
        wait_for_text(other, "waits until it is published")
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(0.5)
        held.release()
        assert set(job.ends().values()) == {0}, job.logs()
        assert "has published the model" in job.log("algo-2")


def test_D06_a_leader_that_is_lost_before_it_has_published_fails_the_others(tmp_path: Path) -> None:
    held = Held(tmp_path, "save")
    with job_of(tmp_path, "algo-2") as job:
        leader = job.start(job.names[0], **held.variables)
        job.start("algo-2")
        held.wait()
        leader.signal(signal.SIGKILL)
        assert job.ends()["algo-2"] == 1, job.logs()
        assert f"host {job.names[0]} is lost" in (job.trees["algo-2"].failure or "")


def test_D07_a_host_with_an_empty_shard_fails_all_hosts_and_is_named(tmp_path: Path) -> None:
    with job_of(tmp_path, "algo-2", "algo-3") as job:
        _shard(job)
        job.trees["algo-3"].channel_file().unlink()
        for name in job.names:
            job.start(name)
        assert set(job.ends().values()) == {2}, job.logs()
        for name, failure in _failures(job).items():
            assert ("host algo-3: " in failure) == (name != "algo-3")
            assert "ShardedByS3Key" in failure
            assert "'train'" in failure


@pytest.mark.parametrize("lost", [0, 2])
def test_D08_hosts_that_compute_end_and_name_the_one_that_was_killed(tmp_path: Path, lost: int) -> None:
    held = Held(tmp_path, "fit")
    with job_of(tmp_path, "algo-2", "algo-3") as job:
        programs = [job.start(name, **held.variables) for name in job.names]
        held.wait(3)
        programs[lost].signal(signal.SIGKILL)
        ends = job.ends()
        assert ends.pop(job.names[lost]) == -signal.SIGKILL
        assert set(ends.values()) == {1}, job.logs()
        for name in ends:
            assert f"host {job.names[lost]} is lost" in (job.trees[name].failure or "")
        survivors = [job.trees[name] for name in ends]
        assert [tree.model_files() for tree in survivors] == [set(), set()]


def test_D08_an_error_of_the_library_on_one_host_is_told_by_all(tmp_path: Path) -> None:
    held = Held(tmp_path, "fit")
    with job_of(tmp_path, "algo-2", "algo-3") as job:
        job.start(job.names[0], **held.variables)
        job.start("algo-2", **held.variables)
        job.start("algo-3", TOGETHER_FAILS="no convergence")
        assert set(job.ends().values()) == {1}, job.logs()
        for name, failure in _failures(job).items():
            assert "together failed: ArithmeticError: no convergence" in failure
            assert ("host algo-3: " in failure) == (name != "algo-3")


def test_a_bad_record_on_one_host_ends_all_with_its_place(tmp_path: Path) -> None:
    with job_of(tmp_path, "algo-2", "algo-3") as job:
        job.trees["algo-2"].channel_file().write_text("1,2,3\n4,five,6\n")
        for name in job.names:
            job.start(name)
        assert set(job.ends().values()) == {2}, job.logs()
        for name, failure in _failures(job).items():
            assert failure.startswith("ClientError: " if name == "algo-2" else "ClientError: host algo-2: ")
            assert "line 2" in failure


def test_S01_a_stop_of_one_host_outside_fit_ends_all(tmp_path: Path) -> None:
    with job_of(tmp_path, "algo-2") as job:
        leader = job.start(job.names[0])
        wait_for_text(leader, "waits for algo-2")
        leader.signal(signal.SIGTERM)
        assert leader.wait() == 128 + signal.SIGTERM


def test_D09_an_algorithm_for_one_host_refuses_several_at_once(tmp_path: Path) -> None:
    with job_of(tmp_path, "algo-2", subject=MEAN) as job:
        for name in job.names:
            job.start(name)
        assert set(job.ends().values()) == {3}, job.logs()
        assert all("set the instance count to 1" in failure for failure in _failures(job).values())


def test_D10_the_warning_about_checkpoints_is_for_algorithms_that_write_none(tmp_path: Path) -> None:
    with job_of(tmp_path / "a") as resuming, job_of(tmp_path / "b", subject=MEAN) as other:
        for job in (resuming, other):
            (job.leader.base / "checkpoints").mkdir()
            job.run()
        assert "starts anew" not in resuming.logs()
        assert "starts anew" in other.logs()


def test_a_host_that_is_not_in_the_list_is_an_error_of_the_platform(tmp_path: Path) -> None:
    with job_of(tmp_path) as job:
        job.leader.write_config("resourceconfig", {"current_host": "algo-9", "hosts": ["algo-1"]})
        job.start(job.names[0])
        assert job.ends() == {job.names[0]: 3}
        assert "algo-9" in (job.leader.failure or "")


def test_strangers_on_the_port_are_sent_away_and_break_nothing(tmp_path: Path) -> None:
    with job_of(tmp_path, "algo-2") as job, ExitStack() as strangers:
        leader = job.start(job.names[0])
        wait_for_text(leader, "waits for algo-2")
        for said in STRANGERS:
            link = strangers.enter_context(socket.create_connection((job.names[0], PORT)))
            link.sendall(said)
        link.shutdown(socket.SHUT_WR)
        wait_for_text(leader, "refused: this is the job 'job-1', not 'job-2'")
        wait_for_text(leader, "host 'algo-9' at 127.0.0.1 was refused: it is no host of this job")
        wait_for_text(leader, "who is no host of this job, was sent away")
        job.start("algo-2")
        assert set(job.ends().values()) == {0}, job.logs()
        assert "Traceback" not in job.logs()


def _message(text: str) -> bytes:
    return struct.pack("!I", len(text)) + text.encode()


STRANGERS = [
    b"GET /ping HTTP/1.1\r\nHost: algo-1\r\n\r\n",
    b"",
    b"\x00",
    b"\xff\xff\xff\xff" + bytes(100),
    b"\x00\x00\x00\x00",
    _message("[" * 4000),
    _message("[]"),
    _message("{}"),
    _message('{"job": ["job-1"], "host": {"algo-2": 1}}'),
    _message('{"job": "job-1", "host": ["algo-2"]}'),
    _message('{"job": "job-2", "host": "algo-2"}'),
    _message('{"job": "job-1", "host": "algo-9"}'),
    b"",
]
"""What a health check, a port scan, another job and somebody of bad will may say; the last one closes at once."""
