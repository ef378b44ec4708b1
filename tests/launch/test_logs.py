"""The log's tail: every line once, of all hosts, whatever happens to single calls."""

from __future__ import annotations

import pytest

from launch.aws.cloud import Cloud
from launch.aws.logs import Tail, host
from tests.launch.account import Log
from tests.launch.refusals import Front, Refusal

GROUP = "/aws/sagemaker/TrainingJobs"
JOB = "seoul-bike-1f3a5b7c9d"


@pytest.fixture
def tail(front: Front) -> Tail:
    return Tail(Cloud(), GROUP, f"{JOB}/")


def test_before_the_first_line_there_is_no_group_and_that_is_no_fault(tail: Tail) -> None:
    assert tail.lines() == []
    Log(GROUP).write(f"{JOB}/algo-1-1700000000", "hello")
    assert tail.lines() == ["hello"]


def test_lines_of_the_same_moment_are_shown_once_each(tail: Tail) -> None:
    log = Log(GROUP)
    log.write(f"{JOB}/algo-1-1700000000", "one", "one")
    assert tail.lines() == ["one", "one"]
    log.write(f"{JOB}/algo-1-1700000000", "one")
    assert tail.lines() == ["one"]
    assert tail.lines() == []


def test_the_logs_of_other_jobs_are_not_shown(tail: Tail) -> None:
    log = Log(GROUP)
    log.write(f"{JOB}-2/algo-1-1700000000", "of another run")
    log.write(f"{JOB}/algo-1-1700000000", "ours")
    assert tail.lines() == ["ours"]


def test_of_several_hosts_each_line_says_whose_it_is(tail: Tail) -> None:
    log = Log(GROUP)
    log.write(f"{JOB}/algo-1-1700000000", "first")
    log.write(f"{JOB}/algo-2-1700000001", "second")
    assert sorted(tail.lines()) == ["algo-1: first", "algo-2: second"]


def test_a_host_that_comes_later_is_shown_too(tail: Tail) -> None:
    log = Log(GROUP)
    log.write(f"{JOB}/algo-1-1700000000", "first")
    tail.lines()
    log.write(f"{JOB}/algo-1-1700000999", "after the spot instance was taken away")
    assert tail.lines() == ["after the spot instance was taken away"]


@pytest.mark.parametrize("operation", ["DescribeLogStreams", "GetLogEvents"])
@pytest.mark.parametrize(
    "refusal", [Refusal("ThrottlingException", "Rate exceeded", times=1), Refusal("InternalFailure", "-", 500, times=1)]
)
def test_while_cloudwatch_refuses_nothing_is_lost_or_shown_twice(
    operation: str, refusal: Refusal, front: Front, tail: Tail
) -> None:
    log = Log(GROUP)
    log.write(f"{JOB}/algo-1-1700000000", "one", "two")
    log.write(f"{JOB}/algo-2-1700000000", "three")
    front.refusals[operation] = refusal
    assert sorted([*tail.lines(), *tail.lines()]) == ["algo-1: one", "algo-1: two", "algo-2: three"]
    assert tail.lines() == []


def test_without_the_right_to_read_it_one_note_says_so(
    front: Front, tail: Tail, capsys: pytest.CaptureFixture[str]
) -> None:
    front.refusals["DescribeLogStreams"] = Refusal("AccessDeniedException", "User: me is not authorized")
    assert [tail.lines(), tail.lines()] == [[], []]
    notes = capsys.readouterr().err
    assert notes.count("the log is not shown: logs:DescribeLogStreams is denied") == 1
    assert "train.json" in notes


@pytest.mark.parametrize(
    ("stream", "machine"),
    [
        (f"{JOB}/algo-1-1700000000", "algo-1"),
        (f"{JOB}/i-0abc-1700000000", "i-0abc"),
        (f"{JOB}/i-0abc-1700000000/data-log", "i-0abc/data-log"),
        ("AllTraffic/i-0abc", "i-0abc"),
        ("alone", "alone"),
    ],
)
def test_a_streams_name_says_which_host_wrote_it(stream: str, machine: str) -> None:
    assert host(stream) == machine
