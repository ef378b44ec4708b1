from __future__ import annotations

import os
from pathlib import Path

from contract.process.resources import memory_bytes, peak_memory_bytes, processors

USABLE = len(os.sched_getaffinity(0))


def tree(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def meminfo(folder: Path, kibibytes: int) -> Path:
    return tree(folder, {"meminfo": f"MemTotal:       {kibibytes} kB\nMemFree:  1 kB\n"}) / "meminfo"


def test_without_a_control_group_the_affinity_counts(tmp_path: Path) -> None:
    assert processors(tmp_path) == USABLE


def test_a_quota_of_one_processor_is_one_processor(tmp_path: Path) -> None:
    assert processors(tree(tmp_path, {"cpu.max": "100000 100000\n"})) == 1


def test_part_of_a_processor_still_counts_as_one(tmp_path: Path) -> None:
    assert processors(tree(tmp_path, {"cpu.max": "20000 100000\n"})) == 1


def test_a_quota_above_the_affinity_gives_no_processors(tmp_path: Path) -> None:
    assert processors(tree(tmp_path, {"cpu.max": f"{(USABLE + 5) * 100000} 100000\n"})) == USABLE


def test_no_quota_is_written_as_max(tmp_path: Path) -> None:
    assert processors(tree(tmp_path, {"cpu.max": "max 100000\n"})) == USABLE


def test_the_older_control_groups_are_read_too(tmp_path: Path) -> None:
    files = {"cpu/cpu.cfs_quota_us": "50000\n", "cpu/cpu.cfs_period_us": "100000\n"}
    assert processors(tree(tmp_path, files)) == 1


def test_the_older_control_groups_write_no_quota_as_minus_one(tmp_path: Path) -> None:
    files = {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}
    assert processors(tree(tmp_path, files)) == USABLE


def test_memory_is_the_limit_of_the_control_group(tmp_path: Path) -> None:
    assert memory_bytes(tree(tmp_path, {"memory.max": "1073741824\n"}), meminfo(tmp_path, 4 << 20)) == 1 << 30


def test_memory_without_a_limit_is_that_of_the_host(tmp_path: Path) -> None:
    assert memory_bytes(tree(tmp_path, {"memory.max": "max\n"}), meminfo(tmp_path, 4 << 20)) == 4 << 30
    assert memory_bytes(tmp_path / "nothing", meminfo(tmp_path, 4 << 20)) == 4 << 30


def test_the_older_memory_limit_is_read_and_its_no_limit_is_above_the_host(tmp_path: Path) -> None:
    limited = tree(tmp_path / "limited", {"memory/memory.limit_in_bytes": "536870912\n"})
    unlimited = tree(tmp_path / "unlimited", {"memory/memory.limit_in_bytes": "9223372036854771712\n"})
    assert memory_bytes(limited, meminfo(tmp_path, 4 << 20)) == 512 << 20
    assert memory_bytes(unlimited, meminfo(tmp_path, 4 << 20)) == 4 << 30


def test_the_real_machine_has_processors_and_memory() -> None:
    assert processors() >= 1
    assert memory_bytes() > 64 << 20


def test_the_peak_of_memory_is_what_the_kernel_kept(tmp_path: Path) -> None:
    status = tree(tmp_path, {"status": "Name:\ttrain\nVmHWM:\t  2048 kB\nVmRSS:\t  1024 kB\n"}) / "status"
    assert peak_memory_bytes(status) == 2048 * 1024


def test_the_peak_of_memory_stays_when_the_memory_is_given_back() -> None:
    taken = bytearray(b"x" * (64 << 20))
    size = len(taken)
    peak = peak_memory_bytes()
    del taken
    assert size < peak <= peak_memory_bytes()


def test_a_kernel_that_keeps_no_peak_in_the_status_tells_it_elsewhere(tmp_path: Path) -> None:
    assert peak_memory_bytes(tmp_path / "status") > 1 << 20
    assert peak_memory_bytes(tree(tmp_path, {"status": "Name:\ttrain\n"}) / "status") > 1 << 20
