"""A batch transform against a container of the tests: what it is asked, what is written, and how failures end."""

from __future__ import annotations

import gzip
import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local_test.batch.request import TransformRequest
from local_test.batch.result import TransformResult
from local_test.batch.transform import run_transform
from local_test.errors import EndpointError, InvalidArgument
from tests.local_test.container import Asked, Container, exclaimed, telling

Transform = Callable[..., TransformResult]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two files, one of them deeper."""
    (tmp_path / "data" / "deep").mkdir(parents=True)
    (tmp_path / "data" / "a.csv").write_text("a1\na2\na3")
    (tmp_path / "data" / "deep" / "b.csv").write_text("b1\n")
    return tmp_path / "data"


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "output"


@pytest.fixture
def container() -> Container:
    return Container()


@pytest.fixture
def transform(data: Path, output: Path, container: Container) -> Transform:
    """Runs a transform of lines; further arguments go to its request."""

    def run(log: Callable[[str], None] = print, **fields: Any) -> TransformResult:
        values = {"data": data, "split": "Line", "assemble": "Line", "retries": 1, **fields}
        return run_transform(TransformRequest(**values), container.serving, output, log, pause=0.0)

    return run


def written(output: Path) -> dict[str, str]:
    files = sorted(path for path in output.rglob("*.out") if path.is_file())
    return {path.relative_to(output).as_posix(): path.read_text() for path in files}


def refusing(marked: bytes, status: int) -> Callable[[bytes], bytes | tuple[int, bytes]]:
    """Refuses requests that hold something."""
    return lambda body: (status, b"no such thing") if marked in body else exclaimed(body)


def test_the_output_mirrors_the_keys_of_the_input(transform: Transform, output: Path) -> None:
    result = transform()
    assert written(output) == {"a.csv.out": "a1!\na2!\na3!\n", "deep/b.csv.out": "b1!\n"}
    assert result.files == [output / "a.csv.out", output / "deep/b.csv.out"]
    assert (result.status, result.failure_reason, result.records, result.requests) == ("Completed", "", 4, 2)


def test_a_single_file_is_its_own_key(transform: Transform, data: Path, output: Path) -> None:
    transform(data=data / "deep" / "b.csv")
    assert written(output) == {"b.csv.out": "b1!\n"}


def test_requests_carry_content_type_and_accept(transform: Transform, container: Container, data: Path) -> None:
    transform(data=data / "deep", accept="text/csv")
    transform(data=data / "deep", content_type="application/x-image", split="None", assemble="None")
    assert container.asked == [
        Asked(b"b1\n", "text/csv", "text/csv", chunked=False),
        Asked(b"b1\n", "application/x-image", None, chunked=False),
    ]


def test_B02_the_container_is_told_only_what_the_request_says(transform: Transform, container: Container) -> None:
    transform(environment={"COLOUR": "blue"})
    assert container.environment == {"SAGEMAKER_BATCH": "true", "COLOUR": "blue"}
    transform(strategy="SingleRecord", max_payload_mb=5, max_concurrent=2)
    assert container.environment == {
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_BATCH_STRATEGY": "SINGLE_RECORD",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": "5",
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": "2",
    }


@pytest.mark.parametrize(
    ("parameters", "fields", "line"),
    [
        ((404, b""), {}, "MaxConcurrentTransforms=1, MaxPayloadInMB=6, BatchStrategy=MULTI_RECORD"),
        ((200, b"no JSON"), {}, "MaxConcurrentTransforms=1, MaxPayloadInMB=6, BatchStrategy=MULTI_RECORD"),
        ((200, b"[1]"), {}, "MaxConcurrentTransforms=1, MaxPayloadInMB=6, BatchStrategy=MULTI_RECORD"),
        (telling(MaxConcurrentTransforms=3, MaxPayloadInMB=7, BatchStrategy="SINGLE_RECORD"), {},
         "MaxConcurrentTransforms=3, MaxPayloadInMB=7, BatchStrategy=SINGLE_RECORD"),
        (telling(MaxConcurrentTransforms=3, MaxPayloadInMB=7, BatchStrategy="SINGLE_RECORD"),
         {"max_concurrent": 2, "max_payload_mb": 1, "strategy": "MultiRecord"},
         "MaxConcurrentTransforms=2, MaxPayloadInMB=1, BatchStrategy=MULTI_RECORD"),
    ],
)  # fmt: skip
def test_B01_the_request_goes_before_the_container_and_that_before_the_defaults(
    transform: Transform, container: Container, parameters: tuple[int, bytes], fields: dict[str, Any], line: str
) -> None:
    lines: list[str] = []
    container.parameters = parameters
    transform(lines.append, **fields)
    assert lines == ["the model is loaded", f"[sagemaker logs]: {line}"]
    assert container.paths == ["/execution-parameters"]


def test_B06_payload_0_is_sent_in_chunks(transform: Transform, container: Container, data: Path) -> None:
    (data / "a.csv").write_bytes(b"x" * (3 << 20))
    transform(max_payload_mb=0)
    assert {asked.chunked for asked in container.asked} == {True}
    assert len(container.asked[0].body) == 3 << 20


def test_requests_are_under_way_at_once_and_answers_stay_in_order(
    transform: Transform, container: Container, data: Path, output: Path
) -> None:
    (data / "a.csv").write_text("".join(f"{number}\n" for number in range(20)))
    container.seconds = 0.05
    transform(strategy="SingleRecord", max_concurrent=4)
    assert container.most_at_once == 4
    assert written(output)["a.csv.out"] == "".join(f"{number}!\n" for number in range(20))


def test_without_a_limit_of_its_own_one_request_is_under_way(transform: Transform, container: Container) -> None:
    container.seconds = 0.02
    transform(strategy="SingleRecord")
    assert container.most_at_once == 1


def test_files_that_are_requests_are_under_way_at_once(transform: Transform, container: Container) -> None:
    container.seconds = 0.1
    transform(split="None", max_concurrent=2)
    assert container.most_at_once == 2


def test_assembled_with_line_every_answer_ends_with_one_newline(
    transform: Transform, container: Container, output: Path
) -> None:
    container.answer = bytes.upper
    transform(strategy="SingleRecord")
    assert written(output)["a.csv.out"] == "A1\nA2\nA3\n"


def test_B05_without_it_answers_stand_as_they_are(transform: Transform, container: Container, output: Path) -> None:
    container.answer = bytes.strip
    transform(strategy="SingleRecord", assemble="None")
    assert written(output)["a.csv.out"] == "a1a2a3"


def test_an_empty_file_has_an_empty_output(transform: Transform, data: Path, output: Path) -> None:
    (data / "a.csv").write_text("")
    assert transform().status == "Completed"
    assert written(output) == {"a.csv.out": "", "deep/b.csv.out": "b1!\n"}


def test_gzip_is_decompressed_and_keeps_its_name(transform: Transform, data: Path, output: Path) -> None:
    (data / "deep" / "b.csv.gz").write_bytes(gzip.compress(b"c1\n"))
    transform(data=data / "deep" / "b.csv.gz", compression="Gzip")
    assert written(output) == {"b.csv.gz.out": "c1!\n"}


def test_records_are_filtered_joined_and_filtered_again(
    transform: Transform, container: Container, data: Path, output: Path
) -> None:
    (data / "a.csv").write_text("id1,a,b\nid2,c,d")
    transform(data=data / "a.csv", input_filter="$[1:]", join=True, accept="text/csv", output_filter="$[0,-1]")
    assert container.bodies == [b"a,b\nc,d\n"]
    assert written(output) == {"a.csv.out": "id1,b!\nid2,d!\n"}


@pytest.mark.parametrize("output_filter", ["", "$"])
def test_only_filtered_on_their_way_in_records_have_answers_of_any_type_as_they_are(
    transform: Transform, container: Container, data: Path, output: Path, output_filter: str
) -> None:
    container.answer = lambda _: b'{"score": 0.50}'
    (data / "a.csv").write_text("id1,1\n")
    transform(data=data / "a.csv", input_filter="$[1:]", output_filter=output_filter, accept="application/jsonlines")
    assert container.bodies == [b"1\n"]
    assert written(output) == {"a.csv.out": '{"score": 0.50}\n'}


def test_a_refused_request_leaves_its_file_without_output_and_the_others_with_theirs(
    transform: Transform, container: Container, data: Path, output: Path
) -> None:
    container.answer = refusing(b"a2", 400)
    result = transform(strategy="SingleRecord")
    assert written(output) == {"deep/b.csv.out": "b1!\n"}
    assert (result.status, result.records) == ("Failed", 1)
    assert result.failure_reason == "ClientError: See job logs for more information"
    assert "a.csv: ClientError: 400\n" in result.ending()
    assert "a.csv: Message: no such thing" in result.ending()
    assert "[sagemaker logs]: a.csv: ClientError: 400" in result.log.read_text()
    assert json.loads((output / "transform.json").read_text())["TransformJobStatus"] == "Failed"


def test_a_fault_of_the_container_is_an_algorithm_error(transform: Transform, container: Container) -> None:
    container.answer = refusing(b"b1", 500)
    result = transform()
    assert result.failure_reason == "AlgorithmError: See job logs for more information"
    assert "deep/b.csv: Bad HTTP status received from algorithm: 500" in result.ending()


@pytest.mark.parametrize("retries", [0, 2])
def test_a_refused_request_is_sent_again_as_often_as_it_may_be(
    transform: Transform, container: Container, data: Path, retries: int
) -> None:
    container.answer = refusing(b"b1", 503)
    transform(data=data / "deep", retries=retries)
    assert container.bodies == [b"b1\n"] * (retries + 1)


def test_a_request_that_succeeds_when_it_is_sent_again_is_good(
    transform: Transform, container: Container, data: Path
) -> None:
    container.answer = lambda body: (503, b"busy") if len(container.asked) == 1 else body
    assert transform(data=data / "deep").status == "Completed"


def test_no_answer_in_time_fails_the_file(transform: Transform, container: Container, data: Path) -> None:
    container.seconds = 0.5
    result = transform(data=data / "deep", timeout=0.1, retries=0)
    assert "did not respond to /invocations request within 0.1 seconds" in result.ending()


def test_of_a_file_that_has_failed_no_more_is_sent(transform: Transform, container: Container, data: Path) -> None:
    (data / "a.csv").write_text("bad\n" * 50)
    container.answer = refusing(b"bad", 400)
    transform(data=data / "a.csv", strategy="SingleRecord", retries=0)
    assert len(container.asked) < 10


def test_a_file_that_fails_twice_is_told_once(transform: Transform, container: Container, data: Path) -> None:
    (data / "a.csv").write_text("bad\n" * 4 + "x" * (2 << 20))
    container.answer = refusing(b"bad", 400)
    result = transform(strategy="SingleRecord", max_payload_mb=1, retries=0)
    assert [next(one.lines()) for one in result.failed] == ["a.csv: ClientError: 400"]


def test_a_file_that_cannot_be_opened_fails_alone(transform: Transform, data: Path, output: Path) -> None:
    (data / "a.csv").unlink()
    (data / "a.csv").symlink_to("gone")
    assert "a.csv: ClientError: the file cannot be read" in transform().ending()
    assert written(output) == {"deep/b.csv.out": "b1!\n"}


def test_a_record_that_cannot_be_filtered_fails_its_file(transform: Transform, output: Path) -> None:
    result = transform(input_filter="$[7]")
    assert result.failure_reason == "ClientError: See job logs for more information"
    assert "a.csv: ClientError: a record has no $[7]: ['a1']" in result.ending()
    assert written(output) == {}


def test_an_answer_of_too_few_rows_cannot_be_joined(transform: Transform, container: Container) -> None:
    container.answer = lambda _: b"1\n"
    assert "3 records were sent, 1 answers came back" in transform(join=True, accept="text/csv").ending()


def test_many_failures_are_told_in_a_few_lines(transform: Transform, container: Container, data: Path) -> None:
    for number in range(20):
        (data / f"more-{number}.csv").write_text("bad\n")
    container.answer = refusing(b"bad", 400)
    ending = transform(retries=0).ending()
    assert "… and 15 more files" in ending
    assert len(ending.splitlines()) < 15


def test_long_work_tells_how_far_it_is(
    container: Container, data: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    monkeypatch.setattr("local_test.batch.transform.PROGRESS_SECONDS", 0.0)
    run_transform(TransformRequest(data, split="Line"), container.serving, output, progress=lines.append)
    assert lines == ["  3 records in 1 request so far", "  4 records in 2 requests so far"]


def test_a_server_that_has_gone_ends_the_transform_without_output(
    transform: Transform, container: Container, output: Path
) -> None:
    def end(_: bytes) -> bytes:
        threading.Thread(target=container.__exit__).start()
        return b""

    container.answer = end
    with pytest.raises(EndpointError, match="the server ended before all requests were answered"):
        transform(strategy="SingleRecord", retries=3)
    assert written(output) == {}


# An interrupt may come between the opening of a file and the block that closes it.
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupted_transform_leaves_no_output(transform: Transform, container: Container, output: Path) -> None:
    def interrupt(body: bytes) -> bytes:
        os.kill(os.getpid(), signal.SIGINT)
        return body

    container.answer = interrupt
    with pytest.raises(KeyboardInterrupt):
        transform()
    assert [path.name for path in output.iterdir()] == ["transform.log"]
    container.answer = exclaimed
    assert transform().status == "Completed"


def test_an_earlier_transform_is_replaced(transform: Transform, data: Path, output: Path) -> None:
    transform()
    (data / "a.csv").unlink()
    transform()
    assert written(output) == {"deep/b.csv.out": "b1!\n"}


def test_a_folder_of_the_data_may_be_named_as_an_output(transform: Transform, data: Path, output: Path) -> None:
    (data / "deep").rename(data / "deep.out")
    transform()
    assert written(output) == {"a.csv.out": "a1!\na2!\na3!\n", "deep.out/b.csv.out": "b1!\n"}


def test_a_transform_that_never_starts_leaves_the_earlier_one(
    transform: Transform, data: Path, output: Path, container: Container
) -> None:
    transform()
    before = written(output)

    def starting(*_: object) -> Any:
        raise EndpointError("no model")

    with pytest.raises(EndpointError, match="no model"):
        run_transform(TransformRequest(data), starting, output)
    assert written(output) == before
    assert json.loads((output / "transform.json").read_text())["Files"] == list(before)
    assert transform().status == "Completed"


def test_folders_of_an_earlier_transform_go_with_their_files(transform: Transform, data: Path, output: Path) -> None:
    transform()
    transform(data=data / "a.csv")
    assert sorted(path.name for path in output.iterdir()) == ["a.csv.out", "transform.json", "transform.log"]


def test_what_a_killed_transform_left_does_not_lock_the_folder(transform: Transform, output: Path) -> None:
    (output / ".transform-x" / "deep").mkdir(parents=True)
    (output / ".transform-x" / "deep" / "b.csv.out").write_text("b1!")
    (output / "deep" / "deeper").mkdir(parents=True)
    (output / "transform.log").write_text("")
    assert transform().status == "Completed"


def test_a_folder_with_something_else_is_not_touched(transform: Transform, output: Path) -> None:
    output.mkdir()
    (output / "thesis.tex").write_text("years of work")
    with pytest.raises(InvalidArgument, match="not empty and holds no earlier transform"):
        transform()


def test_output_in_the_data_is_refused(data: Path, container: Container) -> None:
    with pytest.raises(InvalidArgument, match="lies in the data"):
        run_transform(TransformRequest(data), container.serving, data / "output")


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"data": Path("/no/such")}, "data: no file or folder /no/such"),
        ({"split": "Comma"}, "split 'Comma' is none of None, Line"),
        ({"strategy": "Many"}, "strategy 'Many' is none of SingleRecord"),
        ({"retries": 4}, "4 retries"),
        ({"timeout": 3601}, "of 3601 s"),
        ({"max_payload_mb": 101}, "101 MB a request; 0 to 100"),
        ({"max_concurrent": 0}, "0 requests at once; 1 to 100"),
        ({"max_concurrent": 20}, "20 requests of 6 MB at once are more than 100 MB"),
        ({"environment": {f"V{number}": "" for number in range(17)}}, "17 environment variables"),
        ({"input_filter": "[1:]"}, "'[1:]' is no JSONPath"),
        ({"input_filter": "$" + "[1:]" * 16}, "longer than 63 characters"),
        ({"input_filter": "$[1:]", "content_type": "image/png"}, "filters and joins are for text/csv"),
        ({"join": True}, "to join, the answers have to be text/csv as the records: accept is not given"),
        ({"output_filter": "$[0]", "accept": "application/jsonlines"}, "to filter the output, the answers have to be"),
        ({"output_filter": "$[0]", "accept": "text/csv", "split": "None"}, "assemble has to be None as split"),
        ({"join": True, "accept": "application/json"}, "accept is application/json"),
        ({"join": True, "accept": "text/csv", "assemble": "None"}, "assemble has to be Line as split, not None"),
    ],
)
def test_what_the_service_would_refuse_is_refused_before_anything_starts(
    transform: Transform, container: Container, output: Path, fields: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InvalidArgument) as raised:
        transform(**fields)
    assert problem in str(raised.value)
    assert container.url == ""
    assert not output.exists()


def test_a_folder_without_files_is_refused(transform: Transform, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    with pytest.raises(InvalidArgument, match="no file in"):
        transform(data=tmp_path / "nothing")


def test_a_notebook_shows_a_transform_as_a_table_without_paths(transform: Transform, output: Path) -> None:
    result = transform()
    shown = result._repr_html_()
    assert "<td>records</td><td>4</td>" in shown
    assert str(output) not in shown
    assert repr(result).startswith("Completed after ")
    assert f"2 of 2 files, 4 records in 2 requests: {output}" in repr(result)
