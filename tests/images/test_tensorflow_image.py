"""The TensorFlow image works without what only building, debugging and TPUs need, on one host and on two."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import docker
import pytest
from docker.models.images import Image

from tests.images.engine import CONTAINERS, find_image, python, run

pytestmark = pytest.mark.image

EXAMPLES = sorted((CONTAINERS / "tensorflow" / "example").iterdir())
HOSTS = ["algo-1", "algo-2"]


@pytest.fixture(scope="module")
def tensorflow() -> Image:
    """The image for processors."""
    return find_image("open-algorithms/tensorflow:latest")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_each_algorithm_trains_and_serves(tensorflow: Image, example: Path) -> None:
    outcome = run(
        tensorflow,
        *("sh", "-c", "cp -r /example /tmp/ml && train && serve --check && cat /tmp/ml/model/manifest.json"),
        volumes=[f"{example}:/example:ro"],
        environment={"SAGEMAKER_BASE_DIR": "/tmp/ml", "ALGORITHM": example.name},
    )
    assert outcome.exit_code == 0, outcome.log
    assert f'"algorithm": "{example.name}"' in outcome.log


def test_nothing_that_only_a_compiler_reads_is_inside(tensorflow: Image) -> None:
    assert run(tensorflow, "find", "/opt/venv/lib", "-regextype", "egrep", "-regex", r".*\.(h|hpp|inc|cc)").log == ""


def test_keras_runs_on_tensorflow_and_asks_for_no_gpu(tensorflow: Image) -> None:
    lines = ["import keras, os", "print(keras.backend.backend(), repr(os.environ['NVIDIA_VISIBLE_DEVICES']))"]
    assert python(tensorflow, *lines, environment={"TF_CPP_MIN_LOG_LEVEL": "3"}).splitlines()[-1] == "tensorflow ''"


@pytest.fixture
def network() -> Iterator[str]:
    """A network of containers, without the world."""
    with closing(docker.from_env()) as engine:
        network = engine.networks.create("open-algorithms-test-hosts", internal=True)
        yield network.name
        network.remove()


def write_host(folder: Path, example: Path, host: str) -> Path:
    """The base directory of one host of two, with the example as its data."""
    shutil.copytree(example, folder)
    resources = {"current_host": host, "hosts": HOSTS, "network_interface_name": "eth0"}
    (folder / "input" / "config" / "resourceconfig.json").write_text(json.dumps(resources))
    return folder


def test_two_containers_train_one_network(tensorflow: Image, network: str, tmp_path: Path) -> None:
    example = next(example for example in EXAMPLES if example.name == "mlp")
    with closing(docker.from_env()) as engine:
        containers = [
            engine.containers.create(
                tensorflow,
                ["sh", "-c", "cp -r /job /tmp/ml && train && echo /tmp/ml/model/*"],
                hostname=host,
                networking_config={network: engine.api.create_endpoint_config(aliases=[host])},
                network=network,
                volumes=[f"{write_host(tmp_path / host, example, host)}:/job:ro"],
                environment={"SAGEMAKER_BASE_DIR": "/tmp/ml", "ALGORITHM": "mlp"},
            )
            for host in HOSTS
        ]
        try:
            for container in containers:
                container.start()
            ended = [container.wait(timeout=300)["StatusCode"] for container in containers]
            logs = [container.logs().decode() for container in containers]
        finally:
            for container in containers:
                container.remove(force=True)
    assert ended == [0, 0], "\n".join(logs)
    assert "manifest.json" in logs[0]
    assert "manifest.json" not in logs[1]
