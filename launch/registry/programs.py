"""Checks in the image's files whether a container can start a program; nothing of the image runs.

So the answer is the same for an image of another architecture, one without a shell, and one that nobody trusts yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

ELF = b"\x7fELF"
ELF_ARCHITECTURES = {0x3E: "amd64", 0xB7: "arm64"}
"""``e_machine`` of an ELF file's head, at byte 18; little endian."""


@dataclass(frozen=True)
class File:
    """A file of an image, links followed: its permissions and its first bytes."""

    mode: int
    head: bytes


Look: TypeAlias = Callable[[str], File | None]
"""Finds a file by its absolute path; None where there is no such file."""


def problem(program: str, look: Look, folders: Iterable[str], architecture: str) -> str:
    """Why the program would not start; empty where it would."""
    path = [folder.rstrip("/") for folder in folders]
    places = [program] if "/" in program else [f"{folder}/{program}" for folder in path]
    found = [(place, file) for place in places if (file := look(place)) is not None]
    runnable = next(((place, file) for place, file in found if file.mode & 0o111), None)
    if runnable is not None:
        return "; ".join(_starts(*runnable, look, architecture))
    if found:
        place, file = found[0]
        return f"{place} is not executable (mode {file.mode & 0o777:o}): chmod 755 it in the Dockerfile"
    return f"there is no {program}" if "/" in program else f"no folder of PATH has it ({':'.join(path)})"


def _starts(place: str, file: File, look: Look, architecture: str) -> Iterator[str]:
    if file.head.startswith(b"#!"):
        line = file.head.partition(b"\n")[0]
        interpreter = line[2:].strip().partition(b" ")[0].decode(errors="replace")
        if line.endswith(b"\r"):
            yield f"the first line of {place} ends as in Windows (CR LF), so that it does not start: save it with LF"
        elif look(interpreter) is None:
            yield f"{place} is a script of {interpreter}, which is not in the image"
    elif file.head.startswith(ELF):
        built_for = ELF_ARCHITECTURES.get(int.from_bytes(file.head[18:20], "little"), "another architecture")
        if built_for != architecture:
            yield f"{place} is built for {built_for}, the image says {architecture}"
    else:
        yield f"{place} is neither a program nor a script whose first line names its interpreter (#!/bin/sh)"
