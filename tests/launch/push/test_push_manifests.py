"""What arrived in a registry is brought into the one form that SageMaker takes, or refused with the remedy."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from launch.errors import PushFailed
from launch.registry import manifests
from launch.registry.distribution import DOCKER, DOCKER_LIST, OCI, OCI_INDEX, ImageManifest, Login, Tags

NOWHERE = Tags(Login("http://127.0.0.1:1", "AWS", "secret"), "open-algorithms/toy")
CONFIG = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": f"sha256:{'a' * 64}", "size": 1062}
GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"


def manifest(media_type: str, **content: Any) -> ImageManifest:
    return ImageManifest(media_type, json.dumps({"schemaVersion": 2, "mediaType": media_type} | content).encode())


def layer(media_type: str, size: int = 65_356) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": f"sha256:{'b' * 64}", "size": size, "annotations": {"made": "today"}}


def test_a_docker_manifest_stays_as_it_is() -> None:
    config = CONFIG | {"mediaType": manifests.CONFIGURATION}
    pushed = manifest(DOCKER, config=config, layers=[layer(manifests.LAYER)])
    assert manifests.plain(pushed, NOWHERE, "amd64") is pushed


def test_an_oci_manifest_is_written_anew_over_the_same_layers() -> None:
    pushed = manifest(OCI, config=CONFIG, layers=[layer(GZIP, 3), layer(GZIP, 4)], annotations={"of": "the builder"})
    made = manifests.plain(pushed, NOWHERE, "amd64")
    assert made.media_type == made.content["mediaType"] == DOCKER
    assert made.content["config"] == CONFIG | {"mediaType": manifests.CONFIGURATION}
    assert [part["digest"] for part in made.content["layers"]] == [f"sha256:{'b' * 64}"] * 2
    assert {part["mediaType"] for part in made.content["layers"]} == {manifests.LAYER}
    assert manifests.compressed_size(made) == 7
    assert "annotations" not in made.body.decode()


def test_writing_it_anew_gives_the_same_bytes_each_time() -> None:
    pushed = manifest(OCI, config=CONFIG, layers=[layer(GZIP)])
    assert manifests.plain(pushed, NOWHERE, "amd64").digest == manifests.plain(pushed, NOWHERE, "amd64").digest


@pytest.mark.parametrize("kind", ["application/vnd.oci.image.layer.v1.tar+zstd", "application/vnd.in-toto+json"])
def test_layers_that_cannot_be_had_as_gzip_are_refused_with_the_remedy(kind: str) -> None:
    with pytest.raises(PushFailed, match="make build") as caught:
        manifests.plain(manifest(OCI, config=CONFIG, layers=[layer(GZIP), layer(kind)]), NOWHERE, "amd64")
    assert kind in str(caught.value)


@pytest.mark.parametrize("kind", [OCI_INDEX, DOCKER_LIST])
def test_an_index_without_an_image_for_the_platform_is_refused(kind: str) -> None:
    unknown = {"digest": f"sha256:{'c' * 64}", "platform": {"os": "unknown", "architecture": "unknown"}}
    arm = {"digest": f"sha256:{'d' * 64}", "platform": {"os": "linux", "architecture": "arm64"}}
    with pytest.raises(PushFailed, match="0 images for linux/amd64"):
        manifests.plain(manifest(kind, manifests=[unknown, arm]), NOWHERE, "amd64")


def test_a_manifest_of_another_kind_is_refused() -> None:
    with pytest.raises(PushFailed, match="v1\\+prettyjws, which SageMaker does not take"):
        manifests.plain(manifest("application/vnd.docker.distribution.manifest.v1+prettyjws"), NOWHERE, "amd64")


def test_a_registry_that_cannot_be_reached_is_named() -> None:
    with pytest.raises(PushFailed, match=r"http://127\.0\.0\.1:1/v2/open-algorithms/toy/manifests cannot be reached"):
        NOWHERE.get("1.2.0")


@pytest.mark.parametrize(
    "answer",
    [b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", b""],
    ids=["no HTTP", "cut off", "closed"],
)
def test_a_registry_that_answers_nonsense_is_named(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        answered = pool.submit(answer_once, server, answer)
        with pytest.raises(PushFailed, match=address):
            Tags(Login(address, "AWS", "secret"), "open-algorithms/toy").get("1.2.0")
        answered.result()


def answer_once(server: socket.socket, answer: bytes) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(4096)
        connection.sendall(answer)
