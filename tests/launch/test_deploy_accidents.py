"""Deployments whose answers are lost, that others cross, or whose cleaning up fails: nothing in use is removed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from moto.applicationautoscaling.exceptions import AWSValidationException
from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
from moto.sagemaker.models import SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse

from tests.launch.account import backend, furnish
from tests.launch.hosting_jobs import MODEL, job_file, moved
from tests.launch.moto_endpoints import failing, remaining
from tests.launch.test_deploy_failures import PING, LimitExceeded, deploy, left, refuse


@pytest.fixture(autouse=True)
def account(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    furnish()
    monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", "http://127.0.0.1:9")


def test_a_refused_look_while_the_update_goes_on_takes_nothing_from_under_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_file(tmp_path)
    deploy(job)
    look = SageMakerModelBackend.describe_endpoint_config

    def look_at_rest(kept: SageMakerModelBackend, name: str) -> Any:
        if kept.endpoints["bikes"].endpoint_status == "Updating":
            raise LimitExceeded("not now")
        return look(kept, name)

    monkeypatch.setattr(SageMakerModelBackend, "describe_endpoint_config", look_at_rest)
    assert deploy(job, "--model", moved(MODEL)) == 0
    assert backend().endpoints["bikes"].endpoint_config_name in backend().endpoint_configs


@pytest.mark.parametrize("verb", ["create", "update"])
def test_a_request_that_was_taken_on_although_its_answer_was_lost_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    job = job_file(tmp_path)
    if verb == "update":
        deploy(job)
    place = SageMakerModelBackend if verb == "create" else SageMakerResponse
    send = getattr(place, f"{verb}_endpoint")

    def sent_twice(*given: Any, **named: Any) -> Any:  # botocore tries again after a lost answer
        send(*given, **named)
        return send(*given, **named)

    monkeypatch.setattr(place, f"{verb}_endpoint", sent_twice)
    assert deploy(job, "--model", moved(MODEL)) == 0
    serving = backend().endpoints["bikes"]
    assert (serving.endpoint_status, [serving.endpoint_config_name]) == ("InService", list(backend().endpoint_configs))


def test_what_may_be_in_use_is_not_removed_where_nobody_can_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    create = SageMakerModelBackend.create_endpoint

    def created_and_silent(*given: Any, **named: Any) -> Any:
        create(*given, **named)
        refuse(monkeypatch, "describe_endpoint", "not now")
        raise LimitExceeded("lost")

    monkeypatch.setattr(SageMakerModelBackend, "create_endpoint", created_and_silent)
    assert deploy(job_file(tmp_path)) == 1
    assert "whether bikes is on its way all the same is not known" in capsys.readouterr().err
    assert [len(things) for things in left()] == [1, 1, 1]


def test_an_endpoint_that_somebody_else_has_updated_meanwhile_is_not_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def others(endpoint: Any) -> None:
        endpoint.endpoint_status, endpoint.endpoint_config_name = "InService", "theirs"

    backend().endpoint_ending = others
    assert deploy(job_file(tmp_path)) == 1
    assert "the endpoint bikes serves another configuration, theirs" in capsys.readouterr().err
    assert list(backend().endpoints) == ["bikes"]


def test_an_endpoint_that_cannot_be_deleted_is_named_and_not_called_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    backend().endpoint_ending = failing(PING)
    monkeypatch.setattr(SageMakerModelBackend, "delete_endpoint", remaining)
    assert deploy(job_file(tmp_path)) == 1
    printed = capsys.readouterr()
    assert "endpoint bikes is deleted" not in printed.out
    assert "the endpoint bikes is left, it is Failed" in printed.err
    assert PING in printed.err


def test_autoscaling_that_cannot_be_put_back_does_not_hide_why_the_update_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def denied(*given: Any, **named: Any) -> None:
        raise AWSValidationException("no such variant")

    deploy(job_file(tmp_path, autoscaling={"max": 4}))
    backend().endpoint_ending = failing("no capacity")
    monkeypatch.setattr(ApplicationAutoscalingBackend, "register_scalable_target", denied)
    assert deploy(job_file(tmp_path, autoscaling={"max": 4}, instance_type="ml.m5.xlarge")) == 1
    told = capsys.readouterr().err
    assert "the old model serves on: no capacity" in told
    assert "bikes is without its autoscaling: " in told
