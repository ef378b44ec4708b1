"""From this machine's Docker engine into a real registry, and back."""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from launch.__main__ import main
from launch.registry.manifests import CONFIGURATION, LAYER
from launch.version import VERSION
from tests.images.engine import find_image
from tests.launch import moto_iam
from tests.launch.conftest import Call
from tests.launch.policies import check_policy, policy
from tests.launch.push import oci_engine, toys
from tests.launch.push.conftest import Becoming, Engine
from tests.launch.push.ecr import REGISTRY
from tests.launch.push.toys import CLIENT, docker

pytestmark = [pytest.mark.image, pytest.mark.usefixtures("ecr")]

EXAMPLE = Path(__file__).parents[3] / "containers/lightgbm/example/lightgbm"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def push(name: str, *options: str) -> int:
    return main(["push", "--family", "lightgbm", "--image", f"{name}:{VERSION}", *options])


def registry(path: str) -> tuple[str, Any]:
    kinds = f"{DOCKER_MANIFEST}, {oci_engine.KIND}.index.v1+json"
    request = urllib.request.Request(f"http://{REGISTRY}/v2/{path}", headers={"Accept": kinds})
    with urllib.request.urlopen(request) as answer:
        return answer.headers.get_content_type(), json.load(answer)


def tags(name: str) -> set[str]:
    return set(registry(f"{name}/tags/list")[1]["tags"])


def assert_plain(name: str, reference: str = VERSION) -> None:
    kind, manifest = registry(f"{name}/manifests/{reference}")
    assert kind == manifest["mediaType"] == DOCKER_MANIFEST
    assert manifest["config"]["mediaType"] == CONFIGURATION
    assert {layer["mediaType"] for layer in manifest["layers"]} == {LAYER}


def test_an_image_of_the_project_is_pushed_pulled_back_and_run(
    name: str, monkeypatch: pytest.MonkeyPatch, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    moto_iam.become(monkeypatch, *policy("push"))
    docker("tag", find_image("open-algorithms/lightgbm:latest").id, f"{name}:{VERSION}")
    calls.clear()
    assert push(name, "--instance-type", "ml.m5.xlarge") == 0
    by_tag, by_digest = capsys.readouterr().out.split()
    assert by_tag == f"{REGISTRY}/{name}:{VERSION}"
    assert_plain(name)
    assert_plain(name, by_digest.partition("@")[2])
    check_policy("push", calls)

    docker("pull", "--quiet", by_digest)
    verbs = "cp -r /example /tmp/ml && train && serve --check"
    where = ("--network", "none", "--volume", f"{EXAMPLE}:/example:ro", "--env", "SAGEMAKER_BASE_DIR=/tmp/ml")
    docker("run", "--rm", *where, by_digest, "sh", "-c", verbs)
    docker("image", "rm", by_digest)


def test_the_same_image_again_moves_and_changes_nothing(
    name: str, engine: Engine, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    toys.load(f"{name}:{VERSION}")
    assert push(name) == 0
    first, there = capsys.readouterr().out, tags(name)
    assert len(there) == 2
    assert len(engine.changes()) == 3
    calls.clear()
    engine.log.unlink()
    assert push(name) == 0
    again = capsys.readouterr()
    assert again.out == first
    assert "nothing to do" in again.err
    assert tags(name) == there
    assert not [call for call in calls if call.operation.startswith(("Create", "Put"))]
    assert engine.changes() == []


def test_the_password_is_on_no_command_line_and_is_not_kept(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, becoming: Becoming
) -> None:
    own, used = tmp_path / "own", tmp_path / "used"
    own.mkdir()
    configuration = '{"auths": {"elsewhere": {}}, "proxies": {}}'
    (own / "config.json").write_text(configuration)
    monkeypatch.setenv("DOCKER_CONFIG", str(own))
    engine = becoming(f'echo "$DOCKER_CONFIG" >> {used}\nexec {CLIENT} "$@"')
    toys.load(f"{name}:{VERSION}")
    assert push(name) == 0
    login = f"login --username AWS --password-stdin {REGISTRY}"
    assert [line for line in engine.commands if "login" in line] == [login]
    assert (own / "config.json").read_text() == configuration
    assert [folder for folder in used.read_text().split() if Path(folder).exists()] == []


def test_the_password_does_not_go_into_the_keychain_of_the_machine(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keychain = tmp_path / "keychain"
    for program in ("pass", "docker-credential-pass", "docker-credential-secretservice"):
        (tmp_path / program).write_text(f'#!/bin/sh\necho "$0 $@" >> {keychain}\n')
        (tmp_path / program).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    toys.load(f"{name}:{VERSION}")
    assert push(name) == 0
    assert not keychain.exists()


def test_what_a_newer_engine_pushes_is_made_a_docker_manifest(
    name: str, becoming: Becoming, capsys: pytest.CaptureFixture[str]
) -> None:
    becoming(f'exec {sys.executable} {oci_engine.__file__} {CLIENT} "$@"')
    toys.load(f"{name}:{VERSION}")
    assert push(name) == 0
    told = capsys.readouterr()
    assert "image.index.v1+json, which hosting refuses" in told.err
    for tag in tags(name):
        assert_plain(name, tag)
    docker("pull", "--quiet", told.out.split()[-1])
    docker("image", "rm", told.out.split()[-1])


def test_another_image_under_a_tag_that_is_taken_is_refused_and_goes_under_one_of_its_own(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    toys.load(f"{name}:{VERSION}")
    assert push(name) == 0
    before = registry(f"{name}/manifests/{VERSION}")
    docker("image", "rm", f"{name}:{VERSION}")
    toys.load(f"{name}:{VERSION}", files=toys.FILES | {"more": b"\n"})
    assert push(name) == 1
    assert f"the tag {VERSION} of {REGISTRY}/{name} is another image" in capsys.readouterr().err
    assert push(name, "--tag", "trial") == 0
    assert registry(f"{name}/manifests/trial") != before
    assert registry(f"{name}/manifests/{VERSION}") == before


def test_what_a_failed_push_leaves_is_named_and_the_next_push_goes_on(
    name: str, becoming: Becoming, capsys: pytest.CaptureFixture[str]
) -> None:
    denied = "denied: not authorized to perform: ecr:PutImage"
    becoming(f'[ "$1" != push ] || {{ echo "{denied}" >&2; exit 1; }}\nexec {CLIENT} "$@"')
    toys.load(f"{name}:{VERSION}")
    assert push(name) == 1
    told = capsys.readouterr().err
    assert denied in told
    assert f"left in {name}: the new repository, empty" in told
    becoming(f'exec {CLIENT} "$@"')
    assert push(name) == 0
    assert_plain(name)
