"""Sections V, B and L of the checklist, as far as an algorithm decides: what it reads, predicts, answers and loads."""

from __future__ import annotations

import base64
import json
import shutil
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.contract import runtime as runtimes
from tests.contract.conftest import Case, Trained
from tests.contract.records import UNREADABLE, WRITERS, Records, answers, invoke, records_of
from tests.contract.subject import Subject
from tests.contract.tree import Tree
from tests.endpoint import Endpoint
from tests.media_types import CSV, IMAGE, JSON, JSONLINES

MANY = 10_000


def test_V01_ping_answers_200_with_an_empty_body(endpoint: Endpoint) -> None:
    response = endpoint.ping()
    assert (response.status, response.body) == (200, b"")


@pytest.mark.parametrize("broken", ["empty", "truncated"])
def test_V03_a_broken_model_is_never_healthy_and_the_log_says_why(
    case: Case, tree: Tree, trained: Trained, broken: str
) -> None:
    if broken == "truncated":
        shutil.copytree(trained.tree.model, tree.model, dirs_exist_ok=True)
        for path in tree.model.iterdir():
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    exit_code, log = runtimes.run(case.runtime, ["serve"], case.subject, tree, {})
    assert exit_code != 0
    assert "model" in log
    assert "Traceback" not in log


def test_V04_each_content_type_gives_the_right_rows(endpoint: Endpoint, subject: Subject, records: Records) -> None:
    first = records.requests()[0]
    expected = answers(endpoint, first)
    for content_type in _types_of(records, subject):
        response = endpoint.invoke(first.body(content_type), content_type, JSONLINES)
        assert response.status == 200, (content_type, response.body)
        assert response.body.splitlines() == expected, content_type


def _types_of(records: Records, subject: Subject) -> list[str]:
    """The media types, besides their own, in which the records can be sent to the algorithm."""
    written = {CSV: list(WRITERS), IMAGE: ["image/png"]}.get(records.content_type, [])
    return [name for name in written if name.partition(";")[0] in subject.algorithm.input.request_types]


def test_V04_each_accept_is_answered_in_its_type(endpoint: Endpoint, records: Records, accepts: Sequence[str]) -> None:
    for accept in accepts:
        response = invoke(endpoint, records, accept)
        assert response.status == 200, (accept, response.body)
        assert response.content_type == accept


def test_V06_an_absent_content_type_means_the_documented_default(
    endpoint: Endpoint, subject: Subject, records: Records
) -> None:
    default = subject.algorithm.input.request_types[0]
    assert endpoint.invoke(records[:1].body(default), None).status == 200


UNFIT = {
    "too narrow": (b"1\n", CSV),
    "too wide": (b",".join([b"1"] * 99) + b"\n", CSV),
    "text": (b"a,b,c,d\n", CSV),
    "infinite": (b"inf,1,2,3\n", CSV),
    "JSON text in a feature": (b'{"instances": [{"features": ["a"]}]}', JSON),
    "no picture": (b"<svg/>", IMAGE),
    "a picture cut off": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x20", IMAGE),
}
"""Bodies that the formats allow, of which one is in the media type that most algorithms read."""


@pytest.mark.parametrize(("body", "content_type"), UNFIT.values(), ids=UNFIT.keys())
def test_V07_a_record_that_the_algorithm_cannot_use_is_400_and_the_server_lives_on(
    endpoint: Endpoint, subject: Subject, records: Records, body: bytes, content_type: str
) -> None:
    if records.content_type not in (CSV, IMAGE) or content_type not in subject.algorithm.input.request_types:
        pytest.skip("the algorithm does not read it")
    _assert_refused(endpoint, body, content_type)


def test_V07_V08_an_unreadable_or_empty_body_is_400_in_every_content_type(endpoint: Endpoint, subject: Subject) -> None:
    for content_type in subject.algorithm.input.request_types:
        for body in (UNREADABLE, b""):
            _assert_refused(endpoint, body, content_type)


def _assert_refused(endpoint: Endpoint, body: bytes, content_type: str) -> None:
    """400 with a short message."""
    response = endpoint.invoke(body, content_type)
    assert response.status == 400, (content_type, response.body)
    assert 0 < len(response.body) < 2000
    assert b"Traceback" not in response.body
    assert endpoint.ping().status == 200


@pytest.mark.parametrize("count", [2, MANY])
def test_V12_there_is_one_answer_a_record_in_order(endpoint: Endpoint, records: Records, count: int) -> None:
    if records.one:
        pytest.skip("a request is one record")
    expected = answers(endpoint, records)
    asked = records.repeated(count)
    assert answers(endpoint, asked) == (expected * (count // len(records) + 1))[:count]


def test_V12_a_record_alone_is_answered_as_in_a_batch(endpoint: Endpoint, records: Records) -> None:
    if records.one:
        pytest.skip("a request is one record")
    assert [answers(endpoint, record)[0] for record in records.alone()] == answers(endpoint, records)


def test_V13_parallel_requests_are_not_mixed_up(endpoint: Endpoint, records: Records) -> None:
    expected = answers(endpoint, records)
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda record: answers(endpoint, record)[0], records.alone() * 4))
    assert found == expected * 4


def test_V16_V22_L02_T03_the_unpacked_archive_is_all_that_serve_needs_and_stray_files_are_ignored(
    case: Case, trained: Trained, endpoint: Endpoint, tree: Tree, records: Records
) -> None:
    archive = shutil.make_archive(str(tree.base.parent / "model"), "gztar", trained.tree.model)
    elsewhere = Tree(tree.base.parent / "elsewhere")
    shutil.unpack_archive(archive, elsewhere.model, filter="data")
    for stray in ("._model", ".DS_Store", "code/train.py", "model.tar.gz", "notes.txt"):
        (elsewhere.model / stray).parent.mkdir(exist_ok=True)
        (elsewhere.model / stray).write_bytes(b"stray")
    for path in elsewhere.model.iterdir():
        path.chmod(0o555 if path.is_dir() else 0o444)
    elsewhere.model.chmod(0o555)
    with case.serving(elsewhere) as other:
        assert answers(other, records[:3]) == answers(endpoint, records[:3])


def test_B01_execution_parameters_keep_to_the_limits(endpoint: Endpoint, subject: Subject) -> None:
    parameters = endpoint.request("GET", "/execution-parameters").json()
    assert parameters["BatchStrategy"] == ("SINGLE_RECORD" if subject.algorithm.one_record else "MULTI_RECORD")
    assert parameters["MaxConcurrentTransforms"] > 0
    assert 0 < parameters["MaxPayloadInMB"] * parameters["MaxConcurrentTransforms"] <= 100


def test_the_endpoint_answers_as_the_evaluation_says_byte_for_byte(
    endpoint: Endpoint, subject: Subject, trained: Trained, accepts: Sequence[str]
) -> None:
    if JSON not in accepts:
        pytest.skip("the algorithm does not write JSON")
    text = (trained.tree.output / "data" / "evaluation.json").read_text()
    for request in records_of(subject, trained.tree, trained.tree.held_out).requests():
        response = invoke(endpoint, request, JSON)
        assert response.status == 200
        answer = response.body.decode()
        if request.one:  # there the channel's records stand in one document
            answer = answer.removeprefix('{"predictions":[').removesuffix("]}")
        assert answer in text


def test_the_example_of_the_manifest_is_answered(endpoint: Endpoint, trained: Trained) -> None:
    example = json.loads((trained.tree.model / "manifest.json").read_text())["example"]
    body = base64.b64decode(example["body_base64"])
    assert endpoint.invoke(body, example["content_type"]).status == 200


def test_V17_sigterm_ends_the_server_with_exit_code_0_within_30_seconds(case: Case, trained: Trained) -> None:
    with case.serving(trained.tree) as endpoint:
        endpoint.program.signal(signal.SIGTERM)
        assert endpoint.program.wait(30) == 0
