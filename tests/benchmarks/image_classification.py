"""A small ResNet on traffic signs beside the published reference: ``python -m tests.benchmarks.image_classification``.

Reads ``../shared/data/traffic-signs``, or that folder below the one in the environment variable DATA. Takes
about four minutes of processor time.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from tests.contract import runtime as runtimes
from tests.contract.subject import ROOT
from tests.endpoint import free_port
from tests.real_data.test_image_classification_scores import IMAGES, accuracy, lay_signs, traffic_signs, tree

REFERENCE = 0.869
"""Three convolutional layers with batch normalisation and dropout, 10 epochs."""

LONGEST = 1800
"""Seconds."""


def main() -> None:
    data = Path(os.environ.get("DATA") or ROOT.parent / "shared" / "data")
    with tempfile.TemporaryDirectory() as folder:
        job = tree(
            Path(folder) / "ml", "application/x-image", num_classes="43", num_training_samples="3449",
            image_shape="3,32,32", num_layers="20", epochs="12", lr_scheduler_step="8,11", weight_decay="0.0005",
        )  # fmt: skip
        lay_signs(job, data)
        started = time.monotonic()
        program = runtimes.Processes().start(["train"], IMAGES, job, {}, free_port())
        try:
            assert program.wait(LONGEST) == 0, program.log()
        finally:
            program.stop()
        seconds = time.monotonic() - started
        found = accuracy(job, traffic_signs(data, "test"))
        print(f"test accuracy {found:.3f} (reference {REFERENCE}), {seconds:.0f} s")
        assert found >= REFERENCE


if __name__ == "__main__":
    sys.exit(main())
