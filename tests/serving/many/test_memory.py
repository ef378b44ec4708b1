"""What models take of the memory that they share."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from serve.many.errors import InsufficientMemory
from serve.many.memory import Memory, foreseen_bytes
from tests.server_process import ROOT

MEGABYTE = 1 << 20


def test_M06_what_does_not_fit_is_refused_with_the_figures_and_a_remedy() -> None:
    memory = Memory(100 * MEGABYTE)
    memory.take(60 * MEGABYTE, "the model takes")
    with pytest.raises(InsufficientMemory, match=r"the model takes 50 MB, but 60 of 100 MB .* unload some"):
        memory.take(50 * MEGABYTE, "the model takes")
    memory.take(40 * MEGABYTE, "the model takes")
    assert memory.taken == memory.capacity


def test_M05_what_is_released_can_be_taken_again() -> None:
    memory = Memory(100)
    memory.take(100, "")
    memory.release(100)
    memory.take(100, "")
    assert memory.taken == 100


def test_what_was_measured_takes_the_place_of_what_was_foreseen() -> None:
    memory = Memory(100)
    memory.take(10, "")
    memory.correct(10, 70)
    assert memory.taken == 70
    memory.take(10, "")
    with pytest.raises(InsufficientMemory, match="once loaded, the model takes"):
        memory.correct(10, 40)
    assert memory.taken == 70


def test_a_model_is_foreseen_to_take_at_least_what_its_files_do(tmp_path: Path) -> None:
    (tmp_path / "nested").mkdir()
    (tmp_path / "nested" / "model.bin").touch()
    os.truncate(tmp_path / "nested" / "model.bin", 1000)
    (tmp_path / "manifest.json").write_text("{}")
    assert foreseen_bytes(tmp_path) == 8 * MEGABYTE + 1002


def test_private_memory_grows_with_what_a_process_holds() -> None:
    script = """
from serve.many.memory import private_bytes
before = private_bytes()
held = b"x" * (64 << 20)
print(private_bytes() - before)
"""
    grown = int(subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True).stdout)
    assert 64 * MEGABYTE <= grown < 80 * MEGABYTE
