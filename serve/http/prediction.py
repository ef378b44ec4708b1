"""The answer of a model."""

from __future__ import annotations

from typing import NamedTuple


class Prediction(NamedTuple):
    """An answer ready to send, and what the log says about it. ``rows`` is None where only the user's code knows."""

    body: bytes
    media_type: str
    bytes_in: int
    rows: int | None
    decode_ms: float
    predict_ms: float
    encode_ms: float
