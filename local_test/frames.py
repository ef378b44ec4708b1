"""Records and answers as pandas frames; pandas is imported when one is asked for."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

from local_test.errors import InvalidArgument, ModelError
from local_test.invocation import InvocationResponse

REQUEST_BYTES = 4 << 20
"""Approximate size of one request: an endpoint answers it within seconds, and accepts 25 MB at most."""

Invoke = Callable[[bytes, str, str], InvocationResponse]


def predict(invoke: Invoke, records: Any, accept: str = "text/csv") -> Any:
    """Sends records as CSV without a header and gives back a frame with a row of answers for each.

    ``records``: a frame, or rows of cells such as an array (n, d). They go in requests of some megabytes. ``accept`` is
    ``text/csv`` or ``application/jsonlines``: columns are numbered, or have the names of the answers. The answers have
    the records' index. Raises ModelError where an answer has not as many rows as its request.
    """
    import pandas as pd

    if accept not in _READERS:
        raise InvalidArgument(
            f"accept {accept!r} is none of {', '.join(_READERS)}: use `invoke` for answers of other kinds"
        )
    frame = pd.DataFrame(records)
    answers = []
    for part in _parts(frame):
        body = part.to_csv(header=False, index=False).encode()
        answer = invoke(body, "text/csv", accept)
        read = _READERS[accept](pd, answer.text)
        if len(read) != len(part):
            raise ModelError(answer.status, f"{len(part)} records were sent, {len(read)} answers came back")
        answers.append(read)
    return pd.concat(answers).set_axis(frame.index) if answers else pd.DataFrame(index=frame.index)


def _parts(frame: Any) -> Iterator[Any]:
    """Frames of about the size of a request, told by the first rows."""
    if frame.empty:
        return
    head = frame.head(100)
    rows = max(1, REQUEST_BYTES * len(head) // len(head.to_csv(header=False, index=False).encode()))
    for start in range(0, len(frame), rows):
        yield frame.iloc[start : start + rows]


def _csv(pd: Any, text: str) -> Any:
    """Texts stay what they are, also those that look like a missing value; a cell is missing where it is empty."""
    if not text.strip():
        return pd.DataFrame()
    return pd.read_csv(io.StringIO(text), header=None, keep_default_na=False, na_values=[""])


def _jsonlines(pd: Any, text: str) -> Any:
    return pd.DataFrame([json.loads(line) for line in text.splitlines() if line.strip()])


_READERS = {"text/csv": _csv, "application/jsonlines": _jsonlines}
