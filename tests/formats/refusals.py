"""What a reader says when it refuses bytes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contract.errors import Malformed


def refusal(action: Callable[[], object]) -> str:
    """The message of the ``Malformed`` that ``action`` must raise."""
    with pytest.raises(Malformed) as caught:
        action()
    return str(caught.value)
