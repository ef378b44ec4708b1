"""The algorithm ``mean``, killed while it loads as the kernel kills what takes too much memory."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.toys.mean.averaging import Mean, MeanModel


class KilledInLoad(Mean):
    def load(self, directory: Path) -> MeanModel:
        os.kill(os.getpid(), signal.SIGKILL)
        return super().load(directory)


ALGORITHM = KilledInLoad()
