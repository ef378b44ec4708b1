"""Local mode of the SageMaker Python SDKs: what their users run must run on our image without a change."""

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.conftest import Run

# the first test of each SDK also installs it
pytestmark = [pytest.mark.image, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def v2(run_sdk_program: Run) -> dict[str, Any]:
    return run_sdk_program("v2", "v2_estimator.py")


@pytest.fixture(scope="module")
def v3(run_sdk_program: Run) -> dict[str, Any]:
    return run_sdk_program("v3", "v3_model_trainer.py")


def manifest(archive: str) -> dict[str, Any]:
    """The manifest at the root of a model archive, given as a path or file:// address."""
    with tarfile.open(archive.removeprefix("file://")) as tar:
        member = tar.extractfile("manifest.json")
        assert member is not None
        content: dict[str, Any] = json.load(member)
        return content


def numbers(answers: list[Any]) -> list[float]:
    return [float(answer) for answer in answers]


def test_L01_v2_estimator_trains_a_model_archive_that_describes_itself(v2: dict[str, Any]) -> None:
    assert manifest(v2["model_data"])["algorithm"] == "xgboost"


def test_v2_endpoint_answers_csv_with_one_number_per_row_in_order(v2: dict[str, Any]) -> None:
    assert [len(row) for row in v2["csv"]] == [1] * v2["rows"]
    scores = numbers([row[0] for row in v2["csv"]])
    assert scores == sorted(scores)
    assert scores[0] < scores[-1]


def test_v2_endpoint_answers_json_with_the_numbers_of_its_csv(v2: dict[str, Any]) -> None:
    scores = [prediction["score"] for prediction in v2["json"]["predictions"]]
    assert scores == numbers([row[0] for row in v2["csv"]])


def test_B04_v2_batch_transform_writes_the_endpoints_numbers(v2: dict[str, Any]) -> None:
    assert numbers(v2["batch"]) == numbers([row[0] for row in v2["csv"]])


def test_L01_I05_v3_model_trainer_trains_with_the_command_of_the_image(v3: dict[str, Any]) -> None:
    assert [Path(archive).name for archive in v3["archives"]] == ["model.tar.gz", "output.tar.gz"]
    assert manifest(v3["archives"][0])["algorithm"] == "xgboost"


def test_C04_both_sdks_spell_hyperparameters_differently_and_train_the_same_model(
    v2: dict[str, Any], v3: dict[str, Any]
) -> None:
    assert manifest(v2["model_data"])["metrics"] == manifest(v3["archives"][0])["metrics"]
