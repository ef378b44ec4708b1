"""What hosts tell each other, seen from inside: each host is a thread here."""

from __future__ import annotations

import queue
import socket
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from contract.errors import AlgorithmError, ContainerError, PlatformError, UserError
from tests.training.jobs_of_hosts import address
from train.cluster import Cluster
from train.connection import PORT, Connection
from train.rendezvous import GREETING_BYTES, GREETINGS, Register, Timeouts

SECONDS = 30
"""How long a test waits for what must come."""
SHORT = Timeouts(silence=SECONDS, beat=0.05, cause=SECONDS, farewell=1.0)


@dataclass
class Host:
    """One host, and what ended it as its process would have been ended."""

    hosts: list[str]
    name: str
    timeouts: Timeouts = SHORT
    ended: queue.Queue[ContainerError] = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        self.cluster = Cluster(self.hosts, self.name, "job-1", self.ended.put, self.timeouts)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as threads:
        yield threads


@pytest.fixture
def three(pool: ThreadPoolExecutor) -> list[Host]:
    """Three hosts that have found each other."""
    names = [address(), "algo-2", "algo-3"]
    hosts = [Host(names, name) for name in names]
    list(pool.map(lambda host: host.cluster.join(), hosts, timeout=SECONDS))
    return hosts


@contextmanager
def _leader(pool: ThreadPoolExecutor, timeouts: Timeouts) -> Iterator[tuple[Host, Connection]]:
    """A leader, and the bare connection that it takes for its only other host."""
    name = address()
    leader = Host([name, "algo-2"], name, timeouts)
    joined = pool.submit(leader.cluster.join)
    line = Connection(_connected(name), SECONDS)
    line.send({"job": "job-1", "host": "algo-2"})
    while "welcome" not in line.receive():
        continue
    joined.result(SECONDS)
    yield leader, line
    line.close()


@pytest.fixture
def leader_and_line(pool: ThreadPoolExecutor) -> Iterator[tuple[Host, Connection]]:
    with _leader(pool, SHORT) as found:
        yield found


def _connected(name: str) -> socket.socket:
    while True:
        try:
            return socket.create_connection((name, PORT), SECONDS)
        except ConnectionRefusedError:  # the leader's thread has not come so far
            continue


def test_one_host_agrees_with_itself_in_the_form_that_several_would_get() -> None:
    alone = Host(["algo-1"], "algo-1").cluster
    alone.join()
    assert alone.agree({"shape": (1, 2)}) == [{"shape": [1, 2]}]
    alone.finish()


def test_D01_values_come_in_the_order_of_the_hosts_whoever_is_first(
    three: list[Host], pool: ThreadPoolExecutor
) -> None:
    def rounds(host: Host) -> list[list[Any]]:
        return [host.cluster.agree([host.name, number]) for number in range(20)]

    expected = [[[host.name, number] for host in three] for number in range(20)]
    assert list(pool.map(rounds, reversed(three), timeout=SECONDS)) == [expected] * 3
    list(pool.map(lambda host: host.cluster.finish(), three, timeout=SECONDS))
    assert all(host.ended.empty() for host in three)


def test_D08_the_reason_of_one_host_ends_all_others_as_the_same_fault(three: list[Host]) -> None:
    three[1].cluster.tell(UserError("channel 'train' is bad"))
    for host in (three[0], three[2]):
        error = host.ended.get(timeout=SECONDS)
        assert isinstance(error, UserError)
        assert str(error) == "host algo-2: channel 'train' is bad"
        host.cluster.tell(error)
    assert three[1].ended.empty()


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads take turns as often as they can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("hasty_threads")
@pytest.mark.parametrize("_time", range(20))
def test_D08_a_host_that_fails_while_the_leader_begins_to_listen_ends_all(pool: ThreadPoolExecutor, _time: int) -> None:
    names = [address(), "algo-2", "algo-3", "algo-4"]
    outcomes: queue.Queue[str] = queue.Queue()

    def end(error: ContainerError) -> None:
        try:
            leader.tell(error)
            outcomes.put(str(error))
        except RuntimeError as fault:  # of threads
            outcomes.put(str(fault))

    leader = Cluster(names, names[0], "job-1", end, replace(SHORT, farewell=0.0))
    joined = pool.submit(leader.join)
    with ExitStack() as stack:
        for name in names[1:]:
            line = Connection(_connected(names[0]), SECONDS)
            stack.callback(line.close)
            line.send({"job": "job-1", "host": name})
            line.send({"failed": "out of memory", "blame": "AlgorithmError"})
        joined.result(SECONDS)
        assert outcomes.get(timeout=SECONDS) == "out of memory"


@pytest.mark.parametrize("kind", [AlgorithmError, PlatformError])
def test_D08_an_error_of_a_library_that_follows_from_a_lost_host_is_told_as_that(
    three: list[Host], pool: ThreadPoolExecutor, kind: type[ContainerError]
) -> None:
    found = pool.submit(three[0].cluster.cause, kind("collective operation: peer is gone"))
    three[2].cluster.tell(AlgorithmError("out of memory"))
    assert str(found.result(SECONDS)) == "host algo-3: out of memory"


def test_a_mistake_of_the_user_is_told_without_waiting_for_another_reason(three: list[Host]) -> None:
    mistake = UserError("channel 'train' is bad")
    assert three[0].cluster.cause(mistake) is mistake
    three[0].cluster.tell(mistake)


def test_D08_a_host_that_is_silent_is_lost(pool: ThreadPoolExecutor) -> None:
    with _leader(pool, replace(SHORT, silence=0.6)) as (leader, _):
        error = leader.ended.get(timeout=SECONDS)
    assert str(error).startswith("host algo-2 is lost (nothing was heard from it for 1 seconds)")


def test_D08_a_host_that_only_gives_signs_of_life_is_not_lost(leader_and_line: tuple[Host, Connection]) -> None:
    leader, line = leader_and_line
    for _ in range(20):
        assert line.receive() == {"beat": True}
        line.send({"beat": True})
    line.send({"stage": "agree", "value": "still here"})
    assert leader.cluster.agree("me too") == ["me too", "still here"]
    assert leader.ended.empty()


@pytest.mark.parametrize(
    "nonsense",
    [b"\xff\xff\xff\xff", b"\0\0\0\2{]", b"\0\0\0\2[]", b"\0\1\0\0" + b"[" * 65536],
    ids=["length", "no JSON", "no object", "nested"],
)
def test_D08_a_host_that_talks_nonsense_is_lost(leader_and_line: tuple[Host, Connection], nonsense: bytes) -> None:
    leader, line = leader_and_line
    line._link.sendall(nonsense)
    assert "host algo-2 is lost (what came is no message of this program)" in str(leader.ended.get(timeout=SECONDS))


def test_D08_whoever_waits_for_a_value_of_a_lost_host_is_told_so(
    leader_and_line: tuple[Host, Connection], pool: ThreadPoolExecutor
) -> None:
    leader, line = leader_and_line
    waiting = pool.submit(leader.cluster.agree, 1)
    line.finish()
    with pytest.raises(AlgorithmError, match="host algo-2 is lost"):
        waiting.result(SECONDS)


def test_hosts_that_do_not_agree_equally_often_are_told_so(three: list[Host], pool: ThreadPoolExecutor) -> None:
    pool.submit(three[1].cluster.agree, 1)
    pool.submit(three[2].cluster.meet, "fitted")
    with pytest.raises(AlgorithmError, match="host algo-3 at 'fitted': every host must call agree equally often"):
        three[0].cluster.agree(1)
    three[0].cluster.tell(AlgorithmError("the test is over"))


def test_D02_hosts_that_do_not_come_are_named_on_both_sides(pool: ThreadPoolExecutor) -> None:
    names = [address(), "algo-2", "algo-3"]
    leader, other = (Host(names, name, Timeouts(join=3.0)) for name in names[:2])
    joined = pool.submit(other.cluster.join)
    with pytest.raises(PlatformError, match="in vain for algo-3; see their logs"):
        leader.cluster.join()
    with pytest.raises(PlatformError, match="in vain for algo-3"):
        joined.result(SECONDS)


def test_D02_a_leader_that_does_not_come_is_named_with_its_port() -> None:
    names = [address(), "algo-2"]
    with pytest.raises(PlatformError, match=f"algo-2 did not reach {names[0]}, port {PORT}, .*Connection refused"):
        Host(names, "algo-2", Timeouts(join=0.5)).cluster.join()


def test_D02_an_error_of_accepting_does_not_keep_a_host_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    register = Register(["algo-2"], "job-1", replace(SHORT, accept=0.05))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)  # so that accepting fails until somebody is there
        with register.accepting(listener):
            while "a connection cannot be taken" not in caplog.text:
                continue
            line = Connection(socket.create_connection(listener.getsockname(), SECONDS), SECONDS)
            line.send({"job": "job-1", "host": "algo-2"})
            assert register.wait(SECONDS) == ""
            line.close()
    register.dismiss("the test is over")


def test_D02_many_silent_strangers_neither_take_a_thread_each_nor_keep_a_host_out(pool: ThreadPoolExecutor) -> None:
    name = address()
    leader = Host([name, "algo-2"], name, replace(SHORT, greeting=0.3))
    joined = pool.submit(leader.cluster.join)
    with ExitStack() as strangers:
        for _ in range(2 * GREETINGS):
            strangers.enter_context(_connected(name))
        assert sum(thread.name == "admit" for thread in threading.enumerate()) <= GREETINGS
        other = Host([name, "algo-2"], "algo-2")
        pool.submit(other.cluster.join)
        joined.result(SECONDS)
    leader.cluster.tell(AlgorithmError("the test is over"))


def test_D02_the_names_of_many_missing_hosts_are_counted_so_that_a_greeting_stays_short(
    pool: ThreadPoolExecutor,
) -> None:
    name = address()
    others = [f"algo-{number}-{'x' * 60}" for number in range(2, 202)]
    joined = pool.submit(Host([name, *others], name, Timeouts(join=1.0)).cluster.join)
    line = Connection(_connected(name), SECONDS)
    line.send({"job": "job-1", "host": others[-1]})
    assert str(line.receive(GREETING_BYTES)["waiting"]).endswith(f"{others[4]} and 194 more")
    with pytest.raises(PlatformError, match=f"in vain for {others[0]}, .*{others[4]} and 194 more"):
        joined.result(SECONDS)
    line.close()


def test_D02_a_leader_that_is_lost_while_others_wait_is_not_waited_for_like_one_that_is_late(
    pool: ThreadPoolExecutor,
) -> None:
    name = address()
    with socket.create_server((name, PORT)) as listener:
        joined = pool.submit(Host([name, "algo-2"], "algo-2", replace(SHORT, again=0.2)).cluster.join)
        line = Connection(listener.accept()[0], SECONDS)
        assert line.receive() == {"job": "job-1", "host": "algo-2"}
        line.send({"waiting": ""})
    line.close()
    with pytest.raises(PlatformError, match=f"did not reach {name}, port {PORT}, again within 0 seconds"):
        joined.result(SECONDS)


def test_a_value_that_is_too_large_to_agree_on_is_refused_where_it_is_told() -> None:
    with pytest.raises(ValueError, match="too many"):
        Host(["algo-1"], "algo-1").cluster.agree("x" * (1 << 26))


def test_a_port_that_is_taken_is_named(pool: ThreadPoolExecutor) -> None:
    name = address()
    with socket.create_server((name, PORT)), pytest.raises(PlatformError, match=f"cannot listen on port {PORT}"):
        Host([name, "algo-2"], name).cluster.join()
