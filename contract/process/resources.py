"""The resources of the container: processors and memory after the limits of its control group, not of the host."""

from __future__ import annotations

import math
import os
import resource
from collections.abc import Callable
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def processors(cgroup: Path = CGROUP) -> int:
    """Counts the threads that can run at once: by CPU affinity or the control group's quota if smaller, at least 1."""
    usable = len(os.sched_getaffinity(0))
    quota = _cpu_quota_v2(cgroup) or _cpu_quota_v1(cgroup)
    return max(1, min(usable, math.ceil(quota))) if quota else usable


def granted_threads(name: str, asked: int, available: int, log: Callable[[str], None]) -> int:
    """Returns how many threads a library may start: what the hyperparameter ``name`` asks for, 0 or less being all.

    Never more than are available, which ``log`` tells: more are slower, and very many end the whole process.
    """
    if asked > available:
        log(f"{name}: {asked} threads are more than the {available} processors, {available} are started")
    return min(asked, available) if asked > 0 else available


def memory_bytes(cgroup: Path = CGROUP, meminfo: Path = Path("/proc/meminfo")) -> int:
    """Returns the bytes that the whole container may use: the control group's limit or the host's RAM."""
    total = int(meminfo.read_text().split("MemTotal:")[1].split()[0]) * 1024
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        text = _read(cgroup / name)
        if text.isdigit():
            return min(total, int(text))
    return total


def peak_memory_bytes(status: Path = Path("/proc/self/status")) -> int:
    """Returns the most bytes that this process has held in memory so far, resident parts of mapped files included."""
    _, found, rest = _read(status).partition("VmHWM:")
    # getrusage may also count the memory of the process that started this one
    return int(rest.split()[0] if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * 1024


def _cpu_quota_v2(cgroup: Path) -> float | None:
    quota, _, period = _read(cgroup / "cpu.max").partition(" ")
    return int(quota) / int(period) if quota.isdigit() else None


def _cpu_quota_v1(cgroup: Path) -> float | None:
    quota, period = _read(cgroup / "cpu/cpu.cfs_quota_us"), _read(cgroup / "cpu/cpu.cfs_period_us")
    return int(quota) / int(period) if quota.isdigit() and period.isdigit() else None


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
