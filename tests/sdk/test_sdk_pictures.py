"""Pictures through the local mode of the SageMaker Python SDK."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.subject import Subject, subjects
from tests.sdk.conftest import ROWS, check_local_mode, run_in_sdk, tidy, write_job

# the first test of each SDK also installs it
pytestmark = [pytest.mark.image, pytest.mark.timeout(1200)]

OF_PICTURES = [subject for subject in subjects() if subject.algorithm.one_record and not subject.is_toy]


@pytest.fixture(scope="module", params=OF_PICTURES, ids=str)
def v2(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    subject: Subject = request.param
    check_local_mode(subject.image)
    folder: Path = tmp_path_factory.mktemp("v2")
    write_job(folder, subject)
    yield run_in_sdk("v2", "v2_pictures.py", subject.image, folder)[0]
    tidy(folder, subject.image)


def test_v2_endpoint_answers_a_picture_with_the_probabilities_of_its_classes(v2: dict[str, Any]) -> None:
    assert len(v2["answers"]) == ROWS
    assert [sum(answer) for answer in v2["answers"]] == pytest.approx([1] * ROWS, abs=1e-5)
    assert len({json.dumps(answer) for answer in v2["answers"]}) > 1, "all pictures have one answer"


def test_B04_v2_batch_transform_writes_the_endpoints_answer_to_each_picture(v2: dict[str, Any]) -> None:
    assert v2["batch"] == [{"prediction": answer} for answer in v2["answers"]]
