"""Several containers behind one address: what passes between them, what is told of a failure, and the way down."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import local_test
from local_test import description
from local_test.docker_runtime import DockerRuntime
from local_test.endpoint import LocalEndpoint
from local_test.errors import EndpointError, InvalidArgument, ModelError
from local_test.hosting import host
from local_test.invocation import get, invoke, ping, post
from local_test.pipeline import LocalPipeline
from local_test.process_runtime import ProcessRuntime
from local_test.result import JobResult
from tests.local_test.conftest import ROOT, Train

Toys = Callable[..., LocalPipeline]
CSV = {"Content-Type": "text/csv"}


@pytest.fixture
def toys(runtime: ProcessRuntime, train: Train) -> Toys:
    """A pipeline of toys, a behaviour each; the toy answers each row with 2.0."""
    model = train().model

    def pipeline(*behaviours: str, log: Callable[[str], None] = print, port: int = 0) -> LocalPipeline:
        return LocalPipeline(
            [
                LocalEndpoint(
                    runtime, model, environment={"TOY": behaviour}, ping_period=0.05, startup_timeout=5, log=log,
                    name=f"container-{number}",
                )
                for number, behaviour in enumerate(behaviours, 1)
            ],
            port=port,
        )  # fmt: skip

    return pipeline


def test_what_one_container_answers_is_the_request_of_the_next(toys: Toys) -> None:
    with toys("", "") as pipeline:
        answer = pipeline.invoke(b"1\n7\n", "text/csv")
        outside = invoke(pipeline.url, b"1\n7\n", "text/csv")
    assert (answer.status, answer.text, answer.content_type) == (200, "2.0\n2.0\n", "text/csv")
    assert (outside.text, outside.content_type) == (answer.text, answer.content_type)


def test_the_callers_accept_is_for_the_last_container_and_its_content_type_for_the_first(toys: Toys) -> None:
    with toys("", "") as pipeline:
        last = invoke(pipeline.url, b"1\n", "text/csv", accept="application/json")
        with pytest.raises(ModelError, match=r"container-2 with message .*send text/csv"):
            invoke(pipeline.url, b"x", "toy/who")  # container-1 answers this with text/plain
    assert last.content_type == "application/json"


@pytest.mark.parametrize(("behaviours", "name"), [(("refuse", ""), "container-1"), (("", "refuse"), "container-2")])
def test_a_failure_names_its_container_in_the_services_words(
    toys: Toys, behaviours: tuple[str, str], name: str
) -> None:
    with toys(*behaviours) as pipeline:
        with pytest.raises(ModelError) as told:
            pipeline.invoke(b"1\n", "text/csv")
        answer = post(pipeline.url, b"1\n", CSV, 10)
        with pytest.raises(ModelError) as outside:
            invoke(pipeline.url, b"1\n", "text/csv")
    assert (told.value.status, told.value.container) == (400, name)
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (424, "ModelError")
    assert json.loads(answer.body) == {
        "ErrorCode": "CLIENT_ERROR_FROM_MODEL",
        "Message": f'Received client error (400) from {name} with message "told to refuse".',
        "OriginalMessage": "told to refuse",
        "OriginalStatusCode": 400,
    }
    assert str(outside.value) == str(told.value)


def test_a_container_that_does_not_answer_in_time_is_named(toys: Toys) -> None:
    with (
        toys("", "hang") as pipeline,
        pytest.raises(ModelError, match="waiting for a response from container container-2"),
    ):
        pipeline.invoke(b"1\n", "text/csv", timeout=0.5)


def test_ping_is_200_when_all_containers_answer(toys: Toys) -> None:
    with toys("", "") as pipeline:
        assert (pipeline.ping(), ping(pipeline.url)) == (200, 200)
        pipeline._containers[1].stop()
        assert pipeline.ping() == 503
        with pytest.raises(ModelError, match="from container-2"):
            pipeline.invoke(b"1\n", "text/csv")
        assert pipeline.wait() == 0  # that of the container that ended
    assert ping(pipeline.url) is None


def test_the_execution_parameters_are_those_of_the_first_container(toys: Toys) -> None:
    with toys("parameters", "") as pipeline:
        answer = get(pipeline.url, "/execution-parameters", 10)
    assert (answer.status, json.loads(answer.body)) == (200, {"MaxConcurrentTransforms": 3})


def test_other_requests_are_refused(toys: Toys) -> None:
    with toys("", "") as pipeline:
        assert get(pipeline.url, "/invocations", 10).status == 404
        connection = http.client.HTTPConnection(urlsplit(pipeline.url).netloc)
        connection.putrequest("POST", "/invocations")
        connection.putheader("Content-Length", str(101 << 20))
        connection.endheaders()
        assert connection.getresponse().status == 413
        connection.close()


def test_a_body_that_comes_in_chunks_and_one_of_many_megabytes_pass(toys: Toys) -> None:
    with toys("", "") as pipeline:
        assert post(pipeline.url, iter([b"1\n2", b"\n3\n"]), CSV, 10).body == b"2.0\n" * 3
        large = post(pipeline.url, b"1234567\n" * (30 << 17), CSV, 60)
    assert len(large.body) == len("2.0\n") * (30 << 17)


def test_a_connection_serves_several_requests(toys: Toys) -> None:
    with toys("", "") as pipeline:
        connection = http.client.HTTPConnection(urlsplit(pipeline.url).netloc)
        for _ in range(3):
            connection.request("POST", "/invocations", b"1\n", CSV)
            assert connection.getresponse().read() == b"2.0\n"
        connection.close()


def test_a_container_that_does_not_come_into_service_is_named_and_the_others_are_stopped(toys: Toys) -> None:
    lines: list[str] = []
    with (
        pytest.raises(EndpointError, match=r"serve of container-2 ended with exit code 5"),
        toys("", "crash", log=lines.append),
    ):
        pass
    assert "bye" in lines


def test_every_container_is_stopped_and_tells_its_exit_code(toys: Toys) -> None:
    with toys("", "") as pipeline:
        assert pipeline.stop() == 0


def test_a_log_that_cannot_be_read_any_more_ends_the_waiting(toys: Toys) -> None:
    def gone(_: str) -> None:
        raise BrokenPipeError("as in `local_test serve pipeline.yaml | head`")

    noticed = False
    with suppress(BrokenPipeError), toys("", "", log=gone) as pipeline:  # leaving tells it as well
        with pytest.raises(BrokenPipeError):
            pipeline.wait()
        noticed = True
    assert noticed


def test_a_taken_port_is_told_before_anything_starts(toys: Toys) -> None:
    lines: list[str] = []
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = toys("", "", log=lines.append, port=other.getsockname()[1])
        with pytest.raises(InvalidArgument, match="leave --port out"), taken:
            pass
    assert lines == []


@pytest.mark.parametrize(
    ("image", "process", "docker"),
    [
        ("open-algorithms/sklearn:0.1.0", ProcessRuntime("sklearn"), "open-algorithms/sklearn:0.1.0"),
        (
            "open-algorithms/sklearn-linear-learner:0.1.0",
            ProcessRuntime("sklearn", algorithm="linear-learner"),
            "open-algorithms/sklearn-linear-learner:0.1.0",
        ),
        ("team/xgboost-gpu", ProcessRuntime("xgboost"), "team/xgboost-gpu"),
        ("lightgbm@sha256:12", ProcessRuntime("lightgbm"), "lightgbm@sha256:12"),
    ],
)
def test_the_address_of_an_image_says_what_runs(image: str, process: ProcessRuntime, docker: str) -> None:
    address = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/{image}"
    assert ProcessRuntime("xgboost").beside(address) == process
    assert DockerRuntime("own:1", user="1051").beside(address) == DockerRuntime(docker, user="1051")


# Real containers: components of three columns, of which the second container learned a line.

IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/open-algorithms/sklearn:0.1.0"
FIRST = """\
name: axes
family: sklearn
algorithm: pca
hyperparameters: {feature_dim: 3, num_components: 1, mini_batch_size: 10}
channels: {train: {local: raw.csv, content_type: text/csv;label_size=0}}
"""
SECOND = f"""\
name: sums
family: xgboost
hyperparameters: {{num_round: 30, objective: "reg:squarederror"}}
channels: {{train: {{local: components.csv, content_type: text/csv}}}}
endpoint:
  pipeline:
    before:
      - image: {IMAGE}
        local: first/model.tar.gz
        environment: {{SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT: text/csv}}
"""
ROWS = [[n, 2.0 * n, -n] for n in range(40)]


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> JobResult:
    """The job of a model that answers a component with the first column, in a folder with both descriptions."""
    folder = tmp_path_factory.mktemp("pipeline")
    (folder / "raw.csv").write_text("".join(",".join(map(str, row)) + "\n" for row in ROWS))
    (folder / "first.yaml").write_text(FIRST)
    (folder / "second.yaml").write_text(SECOND)
    first = local_test.train(folder / "first.yaml", folder / "first", quiet=True)
    with local_test.serve(folder / "first.yaml", first.model) as endpoint:
        components = endpoint.predict(ROWS)
    components.insert(0, "label", [row[0] for row in ROWS])
    components.to_csv(folder / "components.csv", header=False, index=False)
    return local_test.train(folder / "second.yaml", folder / "second", quiet=True)


def test_N01_N02_N03_two_images_of_a_description_answer_as_one(second: JobResult) -> None:
    folder = second.output.parent
    log: list[str] = []
    with local_test.serve(folder / "second.yaml", second.model, log=log.append) as pipeline:
        answers = pipeline.predict(ROWS)
        described = pipeline.invoke(b"3,6,-3\n", "text/csv", accept="application/json")
        with pytest.raises(ModelError, match=r"error \(400\) from container-1"):
            pipeline.invoke(b"1,2\n", "text/csv")
        parameters = get(pipeline.url, "/execution-parameters", 10)
    assert answers[0].tolist() == pytest.approx([row[0] for row in ROWS], abs=1)
    assert json.loads(described.body)["predictions"][0]["score"] == pytest.approx(3, abs=1)
    assert "MaxPayloadInMB" in json.loads(parameters.body)
    assert {line.partition(":")[0] for line in log} == {"container-1", "container-2"}


@pytest.fixture
def toy_job(train: Train, tmp_path: Path) -> Path:
    """A description whose containers both serve the mean 2.0."""
    (tmp_path / "job.yaml").write_text(SECOND.replace("first/model.tar.gz", str(train().model)))
    return tmp_path / "job.yaml"


def test_serve_hosts_the_pipeline_of_a_description(python: Path, toy_job: Path) -> None:
    command = [str(python), "-m", "local_test", "serve", str(toy_job), "--model", str(toy_job.parent / "job")]
    command[-1] += "/model.tar.gz"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        line = next(line for line in serving.stdout if "in service at" in line)
        url = line.partition("in service at ")[2].split()[0]
        assert invoke(url, b"3\n", "text/csv").text == "2.0\n"
        serving.send_signal(signal.SIGINT)
        log = serving.stdout.read()
    assert serving.returncode == 0
    assert {"container-1: bye", "container-2: bye"} <= {line.strip(" |") for line in log.splitlines()}
    assert ping(url) is None


def test_variables_of_a_batch_transform_are_set_in_every_container(toy_job: Path, runtime: ProcessRuntime) -> None:
    log: list[str] = []
    model, colour = toy_job.parent / "job" / "model.tar.gz", {"COLOUR": "blue"}
    with host(description.read(toy_job), model, runtime, everywhere=colour, log=log.append):
        pass
    told = {line for line in log if "blue" in line}
    assert told == {f"container-{number}: serving the mean 2.0 with blue colour" for number in (1, 2)}


@pytest.mark.parametrize(
    ("local", "told"),
    [
        ("", r"endpoint\.pipeline\.before\.0 has no model on this machine: write its `local`"),
        ("local: gone.tar.gz", r"endpoint\.pipeline\.before\.0\.local: no file or folder .*/gone\.tar\.gz; train"),
    ],
)
def test_a_container_whose_model_is_not_here_is_named_by_its_key(tmp_path: Path, local: str, told: str) -> None:
    (tmp_path / "job.yaml").write_text(SECOND.replace("local: first/model.tar.gz", local))
    with pytest.raises(InvalidArgument, match=told):
        local_test.serve(tmp_path / "job.yaml", tmp_path)
