"""Local mode of the SageMaker Python SDKs: what their users run must run on our images without a change."""

import csv
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.subject import Subject
from tests.sdk.conftest import ROWS

# the first test of each SDK also installs it
pytestmark = [pytest.mark.image, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def v2(results: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = results["v2"]
    return found


@pytest.fixture(scope="module")
def v3(results: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = results["v3"]
    return found


def manifest(archive: str) -> dict[str, Any]:
    """The manifest at the root of a model archive, given as a path or file:// address."""
    with tarfile.open(archive.removeprefix("file://")) as tar:
        member = tar.extractfile("manifest.json")
        assert member is not None
        content: dict[str, Any] = json.load(member)
        return content


def numbers(answer: Any) -> Iterator[float]:
    """Every number of a JSON answer, whatever its shape."""
    if isinstance(answer, dict):
        answer = list(answer.values())
    if isinstance(answer, list):
        for part in answer:
            yield from numbers(part)
    else:
        yield float(answer)


def test_L01_v2_estimator_trains_a_model_archive_that_describes_itself(v2: dict[str, Any], subject: Subject) -> None:
    assert manifest(v2["model_data"])["algorithm"] == subject.name


def test_v2_endpoint_answers_csv_with_one_line_a_row(v2: dict[str, Any]) -> None:
    assert len(v2["csv"]) == ROWS
    assert len({tuple(line) for line in v2["csv"]}) > 1, "all rows have one answer"


def test_v2_endpoint_answers_json_with_the_numbers_of_its_csv(v2: dict[str, Any]) -> None:
    assert sorted(numbers(v2["json"])) == sorted(numbers(v2["csv"]))


def lines(files: list[str]) -> list[list[str]]:
    """The cells of the one file of a batch; blank lines left out."""
    (text,) = files
    return [cells for cells in csv.reader(text.splitlines()) if cells]


def test_B04_v2_batch_transform_writes_the_endpoints_lines(v2: dict[str, Any]) -> None:
    assert lines(v2["batch"]) == v2["csv"]


def test_L01_I05_v3_model_trainer_trains_with_the_command_of_the_image(v3: dict[str, Any], subject: Subject) -> None:
    assert [Path(archive).name for archive in v3["archives"]] == ["model.tar.gz", "output.tar.gz"]
    assert manifest(v3["archives"][0])["algorithm"] == subject.name


def test_C04_both_sdks_spell_hyperparameters_differently_and_train_the_same_model(
    v2: dict[str, Any], v3: dict[str, Any]
) -> None:
    assert manifest(v2["model_data"])["metrics"] == manifest(v3["archives"][0])["metrics"]


def test_both_sdks_endpoints_answer_alike(v2: dict[str, Any], v3: dict[str, Any]) -> None:
    assert v3["csv"] == v2["csv"]


def test_B04_v3_batch_transform_writes_the_endpoints_lines(v3: dict[str, Any]) -> None:
    assert lines(v3["batch"]) == v3["csv"]
