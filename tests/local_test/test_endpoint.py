"""A hosted model: into service, requests, errors in the service's form, and the way down."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_test.docker_runtime import DockerRuntime
from local_test.endpoint import LocalEndpoint
from local_test.errors import EndpointError, InvalidArgument, ModelError
from local_test.invocation import invoke, ping
from local_test.process_runtime import ProcessRuntime
from local_test.runtime import Runtime
from tests.local_test.conftest import TOYS, Train


@pytest.fixture
def model(train: Train) -> Path:
    return train().model


@pytest.fixture
def endpoint(runtime: ProcessRuntime, model: Path) -> Iterator[LocalEndpoint]:
    with LocalEndpoint(runtime, model, ping_period=0.05, environment={"COLOUR": "blue"}) as endpoint:
        yield endpoint


def test_an_archive_is_unpacked_and_served(endpoint: LocalEndpoint) -> None:
    answer = endpoint.invoke(b"1\n2\n", "text/csv")
    assert (answer.status, answer.text, answer.content_type) == (200, "2.0\n2.0\n", "text/csv")


def test_the_accept_header_reaches_the_server(endpoint: LocalEndpoint) -> None:
    assert endpoint.invoke(b"1\n", "text/csv", accept="application/json").content_type == "application/json"


def test_a_model_folder_is_served_where_it_lies(runtime: ProcessRuntime, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "mean.txt").write_text("7")
    with LocalEndpoint(runtime, tmp_path, ping_period=0.05) as endpoint:
        assert endpoint.invoke(b"1\n", "text/csv").text == "7\n"


def test_the_log_passes_on_with_the_models_environment(runtime: ProcessRuntime, model: Path) -> None:
    lines: list[str] = []
    with LocalEndpoint(runtime, model, ping_period=0.05, environment={"COLOUR": "blue"}, log=lines.append):
        pass
    assert lines == ["serving the mean 2.0 with blue colour", "bye"]


def test_a_refused_request_is_a_model_error_with_the_original_status(endpoint: LocalEndpoint) -> None:
    with pytest.raises(ModelError) as raised:
        endpoint.invoke(b"x", "text/plain")
    assert json.loads(str(raised.value)) == {
        "ErrorCode": "CLIENT_ERROR_FROM_MODEL",
        "Message": 'Received client error (415) from primary with message "no text/plain: send text/csv".',
        "OriginalMessage": "no text/plain: send text/csv",
        "OriginalStatusCode": 415,
    }


def test_no_answer_in_time_is_a_model_error_with_status_0(endpoint: LocalEndpoint) -> None:
    with pytest.raises(ModelError, match="timed out") as raised:
        endpoint.invoke(b"x", "toy/hang", timeout=0.2)
    assert raised.value.status == 0
    assert endpoint.ping() == 200


def test_a_payload_over_the_limit_is_not_sent(endpoint: LocalEndpoint) -> None:
    with pytest.raises(InvalidArgument, match="send fewer rows"):
        endpoint.invoke(bytes(25 * 1024 * 1024 + 1), "text/csv")


def test_sigterm_ends_the_server_in_its_own_way(endpoint: LocalEndpoint) -> None:
    assert endpoint.stop() == 0


def test_a_server_that_ignores_sigterm_is_killed(runtime: ProcessRuntime, model: Path) -> None:
    with LocalEndpoint(runtime, model, ping_period=0.05, environment={"TOY": "ignore-sigterm"}) as endpoint:
        assert endpoint.stop(grace=0.1) == 137


def test_a_server_that_ends_by_itself_is_noticed(endpoint: LocalEndpoint) -> None:
    endpoint.invoke(b"x", "toy/end")
    assert endpoint.wait() == 9


def test_a_server_that_ends_before_it_is_ready_is_told_with_its_log(runtime: ProcessRuntime, model: Path) -> None:
    crashing = LocalEndpoint(runtime, model, ping_period=0.05, environment={"TOY": "crash"})
    with pytest.raises(EndpointError, match=r"exit code 5 .*\n.*the model was written by a later release"), crashing:
        pass


def test_a_server_that_never_passes_the_health_check_is_given_up(runtime: ProcessRuntime, model: Path) -> None:
    silent = LocalEndpoint(runtime, model, ping_period=0.05, startup_timeout=0.3, environment={"TOY": "never-ready"})
    with pytest.raises(EndpointError, match=r"did not pass the ping health check within 0\.3 s"), silent:
        pass
    assert ping(silent.url) is None


def test_the_port_asked_for_is_the_port_that_answers(runtime: ProcessRuntime, model: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("", 0))
        port = probe.getsockname()[1]
    with LocalEndpoint(runtime, model, ping_period=0.05, port=port) as endpoint:
        assert endpoint.url == f"http://127.0.0.1:{port}"


def test_a_taken_port_is_refused(runtime: ProcessRuntime, model: Path) -> None:
    with socket.socket() as other:
        other.bind(("", 0))
        other.listen()
        taken = LocalEndpoint(runtime, model, port=other.getsockname()[1])
        with pytest.raises(InvalidArgument, match="leave --port out"), taken:
            pass


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_V16_the_unpacked_model_cannot_be_written(endpoint: LocalEndpoint) -> None:
    assert "model:no" in endpoint.invoke(b"x", "toy/who").text


@pytest.mark.parametrize("either", [ProcessRuntime("toy", programs=TOYS), DockerRuntime("toy:1")])
def test_the_port_inside_is_not_the_callers_to_choose(either: Runtime, model: Path) -> None:
    told = LocalEndpoint(either, model, environment={"SAGEMAKER_BIND_TO_PORT": "abc"})
    with pytest.raises(InvalidArgument, match="SAGEMAKER_BIND_TO_PORT is the platform's own"), told:
        pass


def test_a_missing_model_is_refused(runtime: ProcessRuntime, tmp_path: Path) -> None:
    with (
        pytest.raises(InvalidArgument, match=r"give a model\.tar\.gz"),
        LocalEndpoint(runtime, tmp_path / "gone.tar.gz"),
    ):
        pass


def test_an_address_where_nothing_listens_is_told() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        with pytest.raises(EndpointError, match="nothing listens"):
            invoke(url, b"x", "text/csv")
