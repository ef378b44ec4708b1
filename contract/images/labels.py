"""Labels as they are written -> class numbers from 0, or columns of zeros and ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.data import Float32
from contract.errors import ChannelError
from contract.images.pictures import Labels


@dataclass(frozen=True)
class Expected:
    """The demands on labels. ``classes`` is their number where it is known, from a hyperparameter or the train channel.

    ``source`` says which of the two, for messages; ``complete`` that every class must occur.
    """

    channel: str
    multi_label: bool
    classes: int | None
    source: str
    complete: bool


def check(labels: Float32, expected: Expected, place: Callable[[int], str]) -> tuple[Labels, int]:
    """The labels (n, k) as an algorithm wants them, and the number of classes; ``place`` names a record.

    Raises ``ChannelError``.
    """
    if expected.multi_label:
        return _columns(labels, expected, place)
    return _numbers(labels, expected, place)


def _numbers(labels: Float32, expected: Expected, place: Callable[[int], str]) -> tuple[NDArray[np.int32], int]:
    if labels.shape[1] != 1:
        what = (
            f"{labels.shape[1]} labels an image; set the hyperparameter multi_label to 1 for images of several classes"
        )
        raise ChannelError(f"channel {expected.channel!r}: {what}")
    found = labels[:, 0]
    bad = ~((found >= 0) & (found < 1 << 24) & (found == np.floor(found)))
    _refuse(bad, expected, place, lambda row: f"the label {found[row]:.7g} is no class number (0, 1, 2 …)")
    count = int(found.max()) + 1 if expected.classes is None else expected.classes
    from_one = "; are the classes numbered from 1? They start at 0" if found.min() == 1 and found.max() == count else ""
    _refuse(found >= count, expected, place, lambda row: _beyond(int(found[row]), count, expected) + from_one)
    numbers = found.astype(np.int32)
    if expected.complete:
        _check_complete(numbers, count, expected)
    return numbers, count


def _beyond(label: int, count: int, expected: Expected) -> str:
    return f"the label {label} is too large: {expected.source} {count}, so the classes are 0 to {count - 1}"


def _check_complete(numbers: NDArray[np.int32], count: int, expected: Expected) -> None:
    present = np.unique(numbers)
    if present.size < count:
        missing = int((np.append(present, -1) != np.arange(present.size + 1)).argmax())
        raise ChannelError(
            f"channel {expected.channel!r}: no image of class {missing}; number the classes from 0 without gaps, up to "
            f"{count - 1}"
        )


def _columns(labels: Float32, expected: Expected, place: Callable[[int], str]) -> tuple[Float32, int]:
    width = labels.shape[1]
    if expected.classes is not None and width != expected.classes:
        what = f"{width} labels an image, but {expected.source} {expected.classes}"
        hint = "; multi_label=1 needs a 0 or 1 for each class" if width < expected.classes else ""
        raise ChannelError(f"channel {expected.channel!r}: {what}{hint}")
    bad = ((labels != 0) & (labels != 1)).any(axis=1)
    _refuse(bad, expected, place, lambda row: f"the labels {_shown(labels[row])} are not all 0 or 1 (multi_label=1)")
    return np.ascontiguousarray(labels), width


def _shown(labels: Float32) -> str:
    return ", ".join(f"{label:.7g}" for label in labels[:8]) + (" …" if labels.size > 8 else "")


def _refuse(
    bad: NDArray[np.bool_], expected: Expected, place: Callable[[int], str], what: Callable[[int], str]
) -> None:
    if bad.any():
        row = int(bad.argmax())
        raise ChannelError(f"channel {expected.channel!r}, {place(row)}: {what(row)}")
