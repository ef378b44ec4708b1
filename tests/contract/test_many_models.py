"""Section M of the checklist: many models behind one endpoint."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.conftest import Case, Trained
from tests.contract.logs import expecting
from tests.contract.records import UNREADABLE, Records
from tests.contract.tree import Tree
from tests.endpoint import Endpoint
from tests.media_types import JSONLINES
from tests.multi_model import MultiModel, assert_refused

TERABYTE = 1 << 40
REFUSALS = ("is loaded already", "no model .* is loaded", "model directory is damaged", "holds no model", "memory")
"""What the log of a server of many models says of requests that it refuses."""


@pytest.fixture(scope="module")
def many(case: Case, trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MultiModel]:
    """A server without models, which tests leave as they found it, and models unpacked for it."""
    tree = Tree(tmp_path_factory.mktemp("many") / "ml")
    for name in ("first", "second", "broken", "huge"):
        shutil.copytree(trained.tree.model, tree.base / "models" / name / "model")
    break_model(tree.base / "models" / "broken" / "model")
    (tree.base / "models" / "huge" / "model" / "hole").touch()
    os.truncate(tree.base / "models" / "huge" / "model" / "hole", TERABYTE)
    with expecting(*REFUSALS), case.serving(tree, SAGEMAKER_MULTI_MODEL="true") as endpoint:
        yield MultiModel(endpoint, case.runtime.base(tree) / "models")


def break_model(model: Path) -> None:
    for path in model.iterdir():
        os.truncate(path, path.stat().st_size // 2)


@pytest.mark.any_algorithm
def test_M01_N01_without_a_model_the_server_is_healthy_and_its_list_empty(many: MultiModel) -> None:
    assert many.endpoint.ping().status == 200
    assert many.endpoint.request("GET", "/models").json() == {"models": []}


@pytest.mark.any_algorithm
def test_M02_M03_a_model_is_loaded_once_and_then_listed_and_described(many: MultiModel) -> None:
    assert many.load("first").status == 200
    assert_refused(many.load("first"), 409)
    described = {"modelName": "first", "modelUrl": many.url("first")}
    assert many.describe("first").json() == described
    assert many.endpoint.request("GET", "/models").json() == {"models": [described]}
    assert_refused(many.describe("unheard-of"), 404)
    assert many.unload("first").status == 200


@pytest.mark.any_algorithm
def test_M02_a_model_that_cannot_be_read_is_refused_and_not_listed(many: MultiModel) -> None:
    assert_refused(many.load("broken"), 400)
    assert_refused(many.load("missing"), 400)
    assert many.names() == []


def test_M04_a_model_answers_as_the_server_of_that_model_alone(
    many: MultiModel, endpoint: Endpoint, records: Records
) -> None:
    assert many.load("first").status == 200
    asked = [(request.body(), request.content_type, JSONLINES) for request in records.requests()]
    expected = [endpoint.invoke(*request).body for request in asked]
    answered = [many.invoke("first", *request) for request in asked]
    assert [(answer.status, answer.body) for answer in answered] == [(200, lines) for lines in expected]
    assert many.invoke("first", UNREADABLE, records.content_type).status == 400
    assert_refused(many.invoke("second", *asked[0]), 404)
    assert many.unload("first").status == 200


def test_M05_an_unloaded_model_is_gone_and_can_be_loaded_again(many: MultiModel, records: Records) -> None:
    for _ in range(2):
        assert many.load("second").status == 200
        assert many.invoke("second", records.requests()[0].body(), records.content_type).status == 200
        assert many.unload("second").status == 200
        assert_refused(many.unload("second"), 404)
        assert_refused(many.invoke("second", b"x"), 404)


@pytest.mark.any_algorithm
def test_M06_a_model_beyond_the_memory_is_507_and_the_loaded_one_survives(many: MultiModel, records: Records) -> None:
    assert many.load("first").status == 200
    assert_refused(many.load("huge"), 507)
    assert many.names() == ["first"]
    assert many.invoke("first", records.requests()[0].body(), records.content_type).status == 200
    assert many.unload("first").status == 200
