"""How a test steers the toy ``blocks``."""

from __future__ import annotations

import os
from pathlib import Path

BLOCKING_RECORD = b"-1,0,0\n"


class Pipes:
    """The two named pipes of the toy, made in a folder of the test; ``environ`` tells a server where they are."""

    def __init__(self, folder: Path) -> None:
        self._started, self._release = folder / "started", folder / "release"
        os.mkfifo(self._started)
        os.mkfifo(self._release)
        self.environ = {"BLOCKS_STARTED": str(self._started), "BLOCKS_RELEASE": str(self._release)}

    def wait_for_prediction(self) -> None:
        """Until a prediction has started to wait."""
        assert self._started.read_bytes() == b"."

    def release(self) -> None:
        """Lets the waiting prediction go on."""
        self._release.write_bytes(b"")
