"""A user's own program through the local mode of both SDKs, on real data."""

from __future__ import annotations

import json
import os
import re
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.images.engine import family_of, find_image
from tests.sdk.conftest import HERE, check_local_mode, run_side_by_side, tidy

# the first test of each SDK also installs it
pytestmark = [pytest.mark.image, pytest.mark.timeout(1200)]

SDKS = ["v2", "v3"]
WHEEL = "metric_lines-1.0-py3-none-any.whl"
METRIC_LINES = 'def write(name, value):\n    print(f"{name}={value:.4f}")\n'


@dataclass(frozen=True)
class Script:
    """A program of the folder `programs`, its data and the model that it must come to."""

    files: tuple[str, ...]
    data: tuple[str, ...]
    metric: str
    at_least: float
    model: str
    hyperparameters: dict[str, Any] = field(default_factory=dict)
    requires_a_package: bool = False


SCRIPTS = {
    "sklearn": Script(
        files=("sklearn_train.py", "examination.py"),
        data=("cardio/cardio_train.csv.gz",),
        metric="validation:accuracy",
        at_least=0.72,
        model="model.joblib",
        hyperparameters={"max-iter": 30, "learning-rate": 0.2},
        requires_a_package=True,
    ),
    "tensorflow": Script(
        files=("keras_train.py",),
        data=("traffic-signs/training.npz", "traffic-signs/validation.npz"),
        metric="validation:accuracy",
        at_least=0.65,
        model="model.keras",
        hyperparameters={"epochs": 8},
    ),
    "xgboost": Script(
        files=("xgboost_train.py",),
        data=("seoul-bike/SeoulBikeData.csv",),
        metric="validation:r2",
        at_least=0.85,
        model="model.ubj",
        hyperparameters={"num-round": 60},
    ),
}


@dataclass(frozen=True)
class Trained:
    """What a run of an SDK left."""

    script: Script
    model: Path
    log: str


@pytest.fixture(scope="module", params=sorted(SCRIPTS))
def image(request: pytest.FixtureRequest) -> str:
    """The image of a family that a script is written for."""
    tag = os.environ.get("IMAGE_TAG") or f"open-algorithms/{request.param}:latest"
    check_local_mode(tag)
    if family_of(find_image(tag)) != request.param:
        pytest.skip(f"{tag} is not the image that this script is for")
    return tag


@pytest.fixture(scope="module")
def runs(image: str, data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Trained]]:
    """What the image's script came to, by SDK."""
    script = SCRIPTS[family_of(find_image(image))]
    folders = {sdk: tmp_path_factory.mktemp("script") for sdk in SDKS}
    for folder in folders.values():
        write_files(script, folder, data_folder)
    done = run_side_by_side({sdk: f"{sdk}_script_mode.py" for sdk in SDKS}, image, folders)
    yield {
        sdk: Trained(script, Path(result["model"].removeprefix("file://")), log) for sdk, (result, log) in done.items()
    }
    for folder in folders.values():
        tidy(folder, image)


@pytest.fixture(params=SDKS)
def trained(request: pytest.FixtureRequest, runs: dict[str, Trained]) -> Trained:
    return runs[request.param]


def write_files(script: Script, folder: Path, data_folder: Path) -> None:
    """The files of a user: script.json, `source`, and the channel `train`."""
    source, train = folder / "source", folder / "train"
    source.mkdir()
    train.mkdir()
    for name in script.files:
        shutil.copy(HERE / "programs" / name, source)
    for name in script.data:
        shutil.copy(data_folder / name, train)
    if script.requires_a_package:
        write_wheel(source / WHEEL)
        (source / "requirements.txt").write_text(f"--no-index\n./{WHEEL}\n")
    job = {
        "entry_point": script.files[0],
        "hyperparameters": script.hyperparameters,
        "requirements": script.requires_a_package,
    }
    (folder / "script.json").write_text(json.dumps(job))


def write_wheel(path: Path) -> None:
    """A package of one function, which pip can install without an index."""
    name, version = WHEEL.split("-")[:2]
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", METRIC_LINES)
        wheel.writestr(f"{name}-{version}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(
            f"{name}-{version}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{name}-{version}.dist-info/RECORD", "")


def test_the_metric_of_the_program_is_in_the_log_and_good(trained: Trained) -> None:
    found = re.findall(rf"{trained.script.metric}=(\d\.\d+)", trained.log)
    assert len(found) == 1, trained.log[-4000:]
    assert float(found[0]) >= trained.script.at_least


def test_L01_the_archive_holds_the_model_of_the_program_and_nothing_else(trained: Trained) -> None:
    with tarfile.open(trained.model) as tar:
        files = {member.name: member.size for member in tar.getmembers() if member.isfile()}
    assert files.keys() == {trained.script.model}
    assert files[trained.script.model] > 10_000
