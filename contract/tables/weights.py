"""The rules for the weights of training records."""

from __future__ import annotations

import numpy as np

from contract.errors import ChannelError
from contract.tables.data import Table


def check(table: Table, channel: str) -> None:
    """Raises ``ChannelError`` for weights below 0, and for weights that leave nothing to learn from."""
    weight = table.weight
    if weight is None:
        return
    negative = np.flatnonzero(weight < 0)
    if negative.size:
        raise ChannelError(f"channel {channel!r}, record {negative[0] + 1}: its weight is below 0")
    if not weight.any():
        raise ChannelError(f"channel {channel!r}: every record has weight 0, so there is nothing to learn from")
