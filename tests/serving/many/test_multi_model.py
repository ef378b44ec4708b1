"""Many models behind one endpoint: names, pages, requests at once, and the users' own code."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.multi_model import MultiModel, assert_refused
from tests.server_process import ROOT, ServerProcess
from tests.serving.pipes import BLOCKING_RECORD, Pipes
from tests.serving.toy_models import csv_rows, unpack

StartServer = Callable[..., ServerProcess]
DEADLINE = 30.0
NAMES = ["0f" * 100, "plain", "two words", "50%2F50", "é?#&=+", ".hidden", "invoke"]


@pytest.mark.parametrize("name", NAMES)
def test_M03_M04_M05_a_model_may_have_any_name_that_a_folder_has(many: MultiModel, name: str) -> None:
    unpack(many.url(name))
    assert many.load(name).status == 200
    assert many.describe(name).json() == {"modelName": name, "modelUrl": many.url(name)}
    assert many.names() == [name]
    assert many.invoke(name, csv_rows(2), accept="text/csv").body.count(b"\n") == 2
    assert many.unload(name).status == 200
    assert many.names() == []


@pytest.mark.parametrize("limit", [None, 1, 2, 5])
def test_M03_pages_hold_every_model_once(many: MultiModel, limit: int | None) -> None:
    unpack(many.url("one"))
    names = [f"model-{number}" for number in range(5)]
    assert [many.load(name, "one").status for name in names] == [200] * 5
    assert many.names(limit) == names


def test_M03_a_page_stays_right_when_the_models_before_it_are_gone(many: MultiModel) -> None:
    unpack(many.url("one"))
    for number in range(4):
        many.load(f"model-{number}", "one")
    token = many.endpoint.request("GET", "/models?limit=2").json()["nextPageToken"]
    many.unload("model-0")
    rest = many.endpoint.request("GET", f"/models?limit=2&next_page_token={token}").json()
    assert [model["modelName"] for model in rest["models"]] == ["model-2", "model-3"]
    assert "nextPageToken" not in rest
    assert_refused(many.endpoint.request("GET", "/models?next_page_token=odd"), 400)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b'{"model_name": "a"}', b'{"model_name": "", "url": "/x"}', b'{"model_name": "a", "url": ""}',
        b'{"model_name": 5, "url": "/x"}', b'{"model_name": "a", "url": ["/x"]}',
    ],
)  # fmt: skip
def test_M02_a_request_to_load_nothing_in_particular_is_400(many: MultiModel, body: bytes) -> None:
    assert_refused(many.endpoint.request("POST", "/models", body), 400)


@pytest.mark.parametrize(("name", "url"), [("n" * 1025, "/x"), ("name", "/a" * 2048), ("name", "/a" * 100_000)])
def test_M02_names_and_paths_that_no_later_request_could_use_are_400(many: MultiModel, name: str, url: str) -> None:
    asked = json.dumps({"model_name": name, "url": url}).encode()
    assert_refused(many.endpoint.request("POST", "/models", asked), 400)
    assert many.names() == []


def test_M04_M05_the_longest_name_can_be_invoked_and_unloaded(many: MultiModel) -> None:
    unpack(many.url("one"))
    name = "é" * 512
    assert many.load(name, "one").status == 200
    assert many.invoke(name, csv_rows(1)).status == 200
    assert many.unload(name).status == 200


def test_M04_a_mistake_in_a_request_is_told_as_the_server_of_one_model_tells_it(
    many: MultiModel, server: ServerProcess
) -> None:
    unpack(many.url("one"))
    many.load("one")
    for body, content_type, accept in ((b"1,2\n", "text/csv", None), (b"x", "a/b", None), (b"1", "text/csv", "a/b")):
        told, expected = many.invoke("one", body, content_type, accept), server.invoke(body, content_type, accept)
        assert (told.status, told.body) == (expected.status, expected.body)


def test_V10_large_requests_and_answers_reach_the_process_of_a_model_and_come_back(many: MultiModel) -> None:
    unpack(many.url("one"))
    many.load("one")
    rows = 25_000_000 // 20
    answer = many.invoke("one", b"1000000,1000001,100\n" * rows, accept="text/csv")
    assert answer.status == 200
    assert answer.body.count(b"\n") == rows


def test_V15_custom_attributes_and_the_log_are_those_of_an_invocation(
    many: MultiModel, multi_model_server: ServerProcess
) -> None:
    before = len(multi_model_server.invocations)
    unpack(many.url("one"))
    many.load("one")
    headers = {"Content-Type": "text/csv", "X-Amzn-SageMaker-Custom-Attributes": "trace=1"}
    answer = many.endpoint.request("POST", "/models/one/invoke", csv_rows(3), headers)
    assert answer.headers["x-amzn-sagemaker-custom-attributes"] == "trace=1"
    (entry,) = multi_model_server.invocations[before:]
    assert (entry["model"], entry["status"], entry["rows"]) == ("one", 200, 3)


def test_the_code_of_two_models_may_have_modules_of_the_same_names(many: MultiModel) -> None:
    for name in ("left", "right"):
        unpack(many.url(name), "import words\ndef output_fn(predictions, accept): return words.WORD")
        (Path(many.url(name)) / "code" / "words.py").write_text(f"WORD = {name!r}")
        assert many.load(name).status == 200
    assert [many.invoke(name, csv_rows(1)).body for name in ("left", "right", "left")] == [b"left", b"right", b"left"]


def test_M02_code_that_cannot_be_imported_is_told_and_the_model_not_listed(many: MultiModel) -> None:
    unpack(many.url("one"), "import no_such_module")
    refused = many.load("one")
    assert_refused(refused, 400)
    assert "no_such_module" in refused.json()["message"]
    assert many.names() == []


def test_one_of_two_loads_at_once_finds_the_model_loaded(many: MultiModel) -> None:
    unpack(many.url("one"))
    with ThreadPoolExecutor(4) as pool:
        statuses = Counter(pool.map(lambda _: many.load("one").status, range(4)))
    assert statuses == {200: 1, 409: 3}


def test_loads_requests_and_deletes_at_once_never_fail_otherwise_than_by_absence(many: MultiModel) -> None:
    unpack(many.url("one"))
    expected = {"load": {200, 409}, "invoke": {200, 404}, "unload": {200, 404}}

    def trouble(number: int) -> set[tuple[str, int]]:
        name, seen = f"model-{number % 3}", set()
        for _ in range(10):
            seen.add(("load", many.load(name, "one").status))
            seen.add(("invoke", many.invoke(name, csv_rows(5)).status))
            seen.add(("unload", many.unload(name).status))
        return seen

    with ThreadPoolExecutor(6) as pool:
        seen = set().union(*pool.map(trouble, range(6)))
    assert {(call, status) for call, status in seen if status not in expected[call]} == set()
    assert many.names() == []


def test_M05_a_delete_waits_for_the_request_under_way_and_others_do_not(
    tmp_path: Path, pipes: Pipes, start_server: StartServer
) -> None:
    environ = {"SAGEMAKER_MULTI_MODEL": "true", "OMP_NUM_THREADS": "1", **pipes.environ}
    many = MultiModel(start_server("blocks", environ).endpoint, tmp_path / "models")
    for name in ("busy", "idle"):
        unpack(many.url(name), toy="blocks")
        assert many.load(name).status == 200
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(many.invoke, "busy", BLOCKING_RECORD)
        pipes.wait_for_prediction()
        deleted = pool.submit(many.unload, "busy")
        assert many.endpoint.ping().status == 200
        assert many.unload("idle").status == 200
        assert not deleted.done()
        pipes.release()
        assert (running.result(DEADLINE).status, deleted.result(DEADLINE).status) == (200, 200)


def test_a_server_of_one_model_loads_nothing_of_this() -> None:
    script = "import json, sys, serve.__main__, serve.one.server; print(json.dumps(list(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, cwd=ROOT).stdout
    assert not {"serve.many.models", "serve.many.fork_server", "multiprocessing.connection"} & set(json.loads(told))
