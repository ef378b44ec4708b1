from __future__ import annotations

from serve.one.crashes import Crashes


def test_V18_single_deaths_are_forgiven() -> None:
    crashes = Crashes(workers=1)
    assert not any(crashes.add(now) for now in range(0, 1000, 30))


def test_many_deaths_within_a_minute_end_the_server() -> None:
    crashes = Crashes(workers=1)
    assert [crashes.add(now) for now in (0, 1, 2, 3, 4)] == [False, False, False, False, True]
    assert "5 workers died within 60 s" in crashes.verdict


def test_many_workers_are_allowed_more_deaths() -> None:
    crashes = Crashes(workers=4)
    assert [crashes.add(0) for _ in range(12)] == [False] * 11 + [True]
