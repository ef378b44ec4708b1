"""The folder of data sets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.contract.subject import ROOT


@pytest.fixture(scope="session")
def data_folder() -> Path:
    folder = Path(os.environ.get("DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("no data sets: name their folder in the environment variable DATA")
    return folder
