"""A pushed image in the one form that all of SageMaker takes: a Docker manifest of version 2, for one platform.

Docker pushes what it keeps. An engine with containerd's image store keeps OCI manifests, often in an index with an
attestation of where the image comes from, and hosting refuses both: `Unsupported manifest media type
application/vnd.oci.image.index.v1+json`. The layers and the configuration are the same bytes in both forms, so another
manifest over them is all that is needed.
"""

from __future__ import annotations

import json
from typing import Any

from launch.errors import PushFailed
from launch.registry.distribution import DOCKER, DOCKER_LIST, OCI, OCI_INDEX, ImageManifest, Tags

CONFIGURATION = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
OCI_NAMES = {
    "application/vnd.oci.image.config.v1+json": CONFIGURATION,
    "application/vnd.oci.image.layer.v1.tar+gzip": LAYER,
}
REMEDY = "build it with `make build`, or with `docker buildx build --provenance=false --output type=docker`"


def plain(pushed: ImageManifest, tags: Tags, architecture: str) -> ImageManifest:
    """The manifest itself where it is plain, else one over the same layers. Raises ``PushFailed`` where none can be."""
    manifest = _of_platform(pushed, tags, architecture) if pushed.media_type in (OCI_INDEX, DOCKER_LIST) else pushed
    if manifest.media_type == OCI:
        manifest = _as_docker(manifest)
    _check(manifest)
    return manifest


def compressed_size(manifest: ImageManifest) -> int:
    """Bytes of all layers, as they are moved."""
    return sum(layer["size"] for layer in manifest.content["layers"])


def _of_platform(index: ImageManifest, tags: Tags, architecture: str) -> ImageManifest:
    """The one image of an index that is for a platform; attestations are for none."""
    entries = [
        entry
        for entry in index.content["manifests"]
        if (entry.get("platform", {}).get("os"), entry.get("platform", {}).get("architecture"))
        == ("linux", architecture)
    ]
    found = tags.get(entries[0]["digest"]) if len(entries) == 1 else None
    if found is None:
        raise PushFailed(f"the pushed index has {len(entries)} images for linux/{architecture}, not one: {REMEDY}")
    return found


def _as_docker(manifest: ImageManifest) -> ImageManifest:
    content = {
        "schemaVersion": 2,
        "mediaType": DOCKER,
        "config": _described(manifest.content["config"]),
        "layers": [_described(layer) for layer in manifest.content["layers"]],
    }
    return ImageManifest(DOCKER, json.dumps(content, indent=3).encode())


def _described(part: dict[str, Any]) -> dict[str, Any]:
    kind = part["mediaType"]
    return {"mediaType": OCI_NAMES.get(kind, kind), "size": part["size"], "digest": part["digest"]}


def _check(manifest: ImageManifest) -> None:
    if manifest.media_type != DOCKER:
        raise PushFailed(f"the pushed manifest is a {manifest.media_type}, which SageMaker does not take: {REMEDY}")
    kinds = {layer["mediaType"] for layer in manifest.content["layers"]} - {LAYER}
    if manifest.content["config"]["mediaType"] != CONFIGURATION:
        kinds.add(manifest.content["config"]["mediaType"])
    if kinds:
        raise PushFailed(
            f"the pushed image has parts that SageMaker does not take, {', '.join(sorted(kinds))}: {REMEDY}"
        )
