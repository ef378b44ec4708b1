"""Sections V, N and L of the checklist: the endpoint."""

from __future__ import annotations

import base64
import json
import shutil
import signal
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.contract import runtime as runtimes
from tests.contract.conftest import Case, Trained
from tests.contract.records import WRITERS, Records, answers, body, invoke, requests, type_of
from tests.contract.subject import Subject
from tests.contract.tree import Tree
from tests.endpoint import Endpoint
from tests.media_types import CSV, IMAGE, JSON, JSONLINES, RECORDIO

MANY = 10_000


@pytest.fixture
def accepts(endpoint: Endpoint, records: Records) -> list[str]:
    """What the endpoint can answer, as it tells whoever asks for something else."""
    told = invoke(endpoint, records, "application/x-unheard-of").json()["error"]
    return told.partition("ask for one of ")[2].split(", ")


@pytest.fixture
def _many_records_a_request(subject: Subject) -> None:
    if subject.algorithm.one_record:
        pytest.skip("a request is one record")


def test_V01_ping_answers_200_with_an_empty_body(endpoint: Endpoint) -> None:
    response = endpoint.ping()
    assert (response.status, response.body) == (200, b"")


@pytest.mark.parametrize("broken", ["missing", "empty", "truncated"])
def test_V03_a_broken_model_is_never_healthy_and_the_log_says_why(
    case: Case, tree: Tree, trained: Trained, broken: str
) -> None:
    if broken == "missing":
        tree.model.rmdir()
    if broken == "truncated":
        shutil.copytree(trained.tree.model, tree.model, dirs_exist_ok=True)
        for path in tree.model.iterdir():
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    exit_code, log = runtimes.run(case.runtime, ["serve"], case.subject, tree, {})
    assert exit_code != 0
    assert "model" in log
    assert "Traceback" not in log


@pytest.mark.parametrize("content_type", [CSV, *WRITERS, IMAGE, "image/png"])
def test_V04_each_content_type_gives_the_right_rows(
    endpoint: Endpoint, subject: Subject, records: Records, content_type: str
) -> None:
    if content_type.partition(";")[0] not in subject.algorithm.input.request_types:
        pytest.skip("the algorithm does not read it")
    (first, *_) = requests(records)
    response = endpoint.invoke(body(first, content_type), content_type, JSONLINES)
    assert response.status == 200, response.body
    assert response.body.splitlines() == answers(endpoint, first)


@pytest.mark.parametrize("accept", [CSV, JSON, JSONLINES, RECORDIO])
def test_V04_each_accept_is_answered_in_its_type(
    endpoint: Endpoint, records: Records, accepts: list[str], accept: str
) -> None:
    if accept not in accepts:
        pytest.skip("the algorithm does not write it")
    response = invoke(endpoint, records, accept)
    assert response.status == 200, response.body
    assert response.content_type == accept


@pytest.mark.parametrize("accept", [None, "", "*/*"])
def test_V05_without_a_wish_the_default_is_answered(endpoint: Endpoint, records: Records, accept: str | None) -> None:
    default = endpoint.invoke(body(records[:1]), type_of(records), None)
    response = endpoint.invoke(body(records[:1]), type_of(records), accept)
    assert response.status == 200
    assert (response.content_type, response.body) == (default.content_type, default.body)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("APPLICATION/JSON", JSON),
        ("application/json; charset=utf-8", JSON),
        ("application/x-unheard-of, application/jsonlines;q=0.3", JSONLINES),
        ("text/csv;q=0.2, application/json;q=0.9", JSON),
        ("application/x-unheard-of, */*;q=0.1", None),
    ],
)
def test_V05_lists_case_and_parameters_of_accept_are_understood(
    endpoint: Endpoint, records: Records, accept: str, expected: str | None
) -> None:
    default = endpoint.invoke(body(records[:1]), type_of(records), None).content_type
    response = endpoint.invoke(body(records[:1]), type_of(records), accept)
    assert response.status == 200, response.body
    assert response.content_type == (expected or default)


def test_V05_the_default_accept_can_be_set(case: Case, trained: Trained, records: Records) -> None:
    with case.serving(trained.tree, SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT=JSONLINES) as endpoint:
        assert invoke(endpoint, records).content_type == JSONLINES


def test_V06_an_unknown_accept_is_406_and_an_unknown_content_type_415(endpoint: Endpoint, records: Records) -> None:
    assert endpoint.invoke(body(records[:1]), type_of(records), "application/x-unheard-of").status == 406
    unknown = endpoint.invoke(body(records[:1]), "application/octet-stream")
    assert unknown.status == 415
    assert type_of(records).encode() in unknown.body


def test_V06_an_absent_content_type_means_the_documented_default(
    endpoint: Endpoint, subject: Subject, records: Records
) -> None:
    default = subject.algorithm.input.request_types[0]
    assert endpoint.invoke(body(records[:1], default), None).status == 200


MALFORMED = {
    "too narrow": (b"1\n", CSV),
    "too wide": (b",".join([b"1"] * 99) + b"\n", CSV),
    "text": (b"a,b,c,d\n", CSV),
    "ragged": (b"1,2,3,4\n1,2\n", CSV),
    "not JSON": (b"{", JSON),
    "JSON of another shape": (b'{"rows": 1}', JSON),
    "JSON text in a feature": (b'{"instances": [{"features": ["a"]}]}', JSON),
    "JSON bomb": (b"[" * 100_000, JSON),
    "broken line": (b'{"features": [1,2,3,4]}\n{', JSONLINES),
    "not RecordIO": (b"1,2,3,4", RECORDIO),
    "infinite": (b"inf,1,2,3\n", CSV),
    "not UTF-8": (b"\xff\xfe\xfd\n", CSV),
    "no picture": (b"<svg/>", IMAGE),
    "a picture cut off": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x20", IMAGE),
}


@pytest.mark.parametrize(("body", "content_type"), MALFORMED.values(), ids=MALFORMED.keys())
def test_V07_a_malformed_body_is_400_with_a_short_message_and_the_server_lives_on(
    endpoint: Endpoint, subject: Subject, body: bytes, content_type: str
) -> None:
    if content_type not in subject.algorithm.input.request_types:
        pytest.skip("the algorithm does not read it")
    response = endpoint.invoke(body, content_type)
    assert response.status == 400, response.body
    assert 0 < len(response.body) < 2000
    assert b"Traceback" not in response.body
    assert endpoint.ping().status == 200


@pytest.mark.parametrize("content_type", [CSV, JSON, JSONLINES, IMAGE])
def test_V08_an_empty_body_is_400(endpoint: Endpoint, subject: Subject, content_type: str) -> None:
    if content_type not in subject.algorithm.input.request_types:
        pytest.skip("the algorithm does not read it")
    assert endpoint.invoke(b"", content_type).status == 400


@pytest.mark.usefixtures("_many_records_a_request")
@pytest.mark.parametrize("megabytes", [6, 25])
def test_V10_large_requests_and_answers_work(endpoint: Endpoint, records: Records, megabytes: int) -> None:
    row = ",".join(f"{float(cell):.20f}" for cell in str(records[0]).split(","))
    count = megabytes * 1_000_000 // (len(row) + 1)
    response = endpoint.invoke(((row + "\n") * count).encode(), CSV, CSV)
    assert response.status == 200, response.body[:500]
    assert response.body.count(b"\n") == count


def test_V11_an_oversized_body_is_413(case: Case, trained: Trained, records: Records) -> None:
    allowed = body(records[:1])
    with case.serving(trained.tree, MAX_CONTENT_LENGTH=str(len(allowed) + 100)) as endpoint:
        assert endpoint.invoke(allowed * 100, type_of(records)).status == 413
        assert endpoint.invoke(allowed, type_of(records)).status == 200


@pytest.mark.usefixtures("_many_records_a_request")
@pytest.mark.parametrize("count", [1, 2, MANY])
def test_V12_there_is_one_answer_a_record_in_order(endpoint: Endpoint, records: Records, count: int) -> None:
    times = count // len(records) + 1
    asked = (list(records) * times)[:count]
    assert answers(endpoint, asked) == (answers(endpoint, records) * times)[:count]


@pytest.mark.usefixtures("_many_records_a_request")
def test_V12_a_record_alone_is_answered_as_in_a_batch(endpoint: Endpoint, records: Records) -> None:
    alone = [answers(endpoint, records[at : at + 1])[0] for at in range(len(records))]
    assert alone == answers(endpoint, records)


def test_V13_parallel_requests_are_not_mixed_up(endpoint: Endpoint, records: Records) -> None:
    expected = answers(endpoint, records)
    places = [*range(len(records))] * 4
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda at: answers(endpoint, records[at : at + 1])[0], places))
    assert found == expected * 4


def test_V14_unknown_paths_and_wrong_methods_are_refused_without_a_page(endpoint: Endpoint) -> None:
    unknown, wrong = endpoint.request("GET", "/no-such-path"), endpoint.request("GET", "/invocations")
    assert unknown.status == 404
    assert wrong.status in (404, 405)
    assert b"<html" not in unknown.body.lower() + wrong.body.lower()


def test_V15_many_and_long_headers_are_harmless(endpoint: Endpoint, records: Records) -> None:
    headers = {f"X-Custom-{number}": "v" * 100 for number in range(40)} | {"X-Long": "x" * 4000}
    response = endpoint.invoke(body(records[:1]), type_of(records), **headers)
    assert response.status == 200


def test_V15_custom_attributes_come_back(endpoint: Endpoint, records: Records) -> None:
    sent = {"X-Amzn-SageMaker-Custom-Attributes": "trace=42"}
    response = endpoint.invoke(body(records[:1]), type_of(records), **sent)
    assert response.headers[next(iter(sent)).lower()] == "trace=42"


def test_V16_a_read_only_model_directory_is_served(case: Case, trained: Trained, tree: Tree, records: Records) -> None:
    shutil.copytree(trained.tree.model, tree.model, dirs_exist_ok=True)
    for path in tree.model.iterdir():
        path.chmod(0o444)
    tree.model.chmod(0o555)
    with case.serving(tree) as endpoint:
        assert invoke(endpoint, records).status == 200


def test_V17_sigterm_ends_the_server_with_exit_code_0_within_30_seconds(case: Case, trained: Trained) -> None:
    with case.serving(trained.tree) as endpoint:
        endpoint.program.signal(signal.SIGTERM)
        assert endpoint.program.wait(30) == 0


def test_V20_keep_alive_chunked_bodies_and_closing_connections_work(endpoint: Endpoint, records: Records) -> None:
    sent, content_type = body(records[:1]), type_of(records)
    expected = endpoint.invoke(sent, content_type, JSON).body
    headers = {"Content-Type": content_type, "Accept": JSON}
    assert endpoint.request("POST", "/invocations", iter([sent[:5], sent[5:]]), headers).body == expected
    with socket.create_connection(("127.0.0.1", endpoint.port)) as connection:
        head = (
            f"POST /invocations HTTP/1.0\r\nContent-Type: {content_type}\r\nAccept: {JSON}\r\n"
            f"Content-Length: {len(sent)}\r\n\r\n"
        )
        connection.sendall(head.encode() + sent)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.endswith(expected)


@pytest.mark.parametrize("strays", [("._model", ".DS_Store"), ("code/train.py",), ("model.tar.gz", "notes.txt")])
def test_V22_L02_stray_files_in_the_model_directory_are_ignored(
    case: Case, trained: Trained, tree: Tree, strays: tuple[str, ...]
) -> None:
    shutil.copytree(trained.tree.model, tree.model, dirs_exist_ok=True)
    for stray in strays:
        (tree.model / stray).parent.mkdir(exist_ok=True)
        (tree.model / stray).write_bytes(b"stray")
    with case.serving(tree) as endpoint:
        assert endpoint.ping().status == 200


def test_the_users_output_fn_takes_the_place_of_ours_and_the_rest_stays(
    case: Case, trained: Trained, tree: Tree, records: Records
) -> None:
    shutil.copytree(trained.tree.model, tree.model, dirs_exist_ok=True)
    (tree.model / "code").mkdir()
    program = "def output_fn(predictions, accept): return f'{accept} {len(predictions)}'"
    (tree.model / "code" / "inference.py").write_text(program)
    with case.serving(tree) as endpoint:
        response = invoke(endpoint, records, "text/x-own")
        assert response.body.decode() == f"text/x-own {len(requests(records)[0])}"
        assert endpoint.invoke(b"not,a,number\n", type_of(records)).status == 400


def test_a_model_packed_one_folder_too_deep_is_found(case: Case, trained: Trained, tree: Tree) -> None:
    shutil.copytree(trained.tree.model, tree.model / "model")
    with case.serving(tree) as endpoint:
        assert endpoint.ping().status == 200


def test_V23_a_model_of_a_newer_format_fails_with_the_versions(case: Case, trained: Trained, tree: Tree) -> None:
    shutil.copytree(trained.tree.model, tree.model, dirs_exist_ok=True)
    manifest = json.loads((tree.model / "manifest.json").read_text())
    (tree.model / "manifest.json").write_text(json.dumps(manifest | {"format": 99}))
    exit_code, log = runtimes.run(case.runtime, ["serve"], case.subject, tree, {})
    assert exit_code != 0
    assert "format 99" in log


def test_B01_execution_parameters_keep_to_the_limits(endpoint: Endpoint, subject: Subject) -> None:
    parameters = endpoint.request("GET", "/execution-parameters").json()
    assert parameters["BatchStrategy"] == ("SINGLE_RECORD" if subject.algorithm.one_record else "MULTI_RECORD")
    assert parameters["MaxConcurrentTransforms"] > 0
    assert 0 < parameters["MaxPayloadInMB"] * parameters["MaxConcurrentTransforms"] <= 100


@pytest.mark.parametrize("flag", ["true", "True"])
def test_B02_B07_a_batch_job_answers_as_an_endpoint_does(
    case: Case, trained: Trained, endpoint: Endpoint, records: Records, flag: str
) -> None:
    variables = {
        "SAGEMAKER_BATCH": flag,
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": "6",
        "SAGEMAKER_BATCH_STRATEGY": "MULTI_RECORD",
    }
    with case.serving(trained.tree, **variables) as batch:
        assert answers(batch, records) == answers(endpoint, records)
        assert batch.invoke(b"not,a,number\n", type_of(records)).status == 400
        assert batch.ping().status == 200


@pytest.mark.usefixtures("_many_records_a_request")
@pytest.mark.parametrize("accept", [CSV, JSONLINES])
def test_B03_B04_B05_every_record_gives_one_line_with_or_without_its_newline(
    endpoint: Endpoint, records: Records, accept: str
) -> None:
    for some in (records[:1], records[:7]):
        with_newline = endpoint.invoke(body(some), CSV, accept).body
        assert endpoint.invoke(body(some).rstrip(b"\n"), CSV, accept).body == with_newline
        assert with_newline.count(b"\n") == len(some)
        assert with_newline.endswith(b"\n")


def test_N01_the_server_listens_on_the_port_that_it_is_given_and_on_no_other(endpoint: Endpoint) -> None:
    assert endpoint.port != 8080
    assert endpoint.ping().status == 200
    assert ":8080" not in endpoint.program.log()


def test_the_endpoint_answers_as_the_evaluation_says_byte_for_byte(endpoint: Endpoint, trained: Trained) -> None:
    text = (trained.tree.output / "data" / "evaluation.json").read_text()
    for request in requests(trained.tree.records(trained.tree.held_out)):
        response = endpoint.invoke(body(request), type_of(request), JSON)
        assert response.status == 200
        assert response.body.decode() in text


def test_the_example_of_the_manifest_is_answered(endpoint: Endpoint, trained: Trained) -> None:
    example = json.loads((trained.tree.model / "manifest.json").read_text())["example"]
    body = base64.b64decode(example["body_base64"])
    assert endpoint.invoke(body, example["content_type"]).status == 200


def test_V09_the_log_has_one_json_line_a_request_and_none_for_pings(
    case: Case, trained: Trained, records: Records
) -> None:
    with case.serving(trained.tree) as endpoint:
        endpoint.invoke(body(records[:1]), type_of(records))
        runtimes.wait_for_text(endpoint.program, '"status"')
        log = endpoint.program.log()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert len(lines) == 1
    assert lines[0]["rows"] == 1
    assert {"decode_ms", "predict_ms", "encode_ms"} <= set(lines[0])
    assert "/ping" not in log
