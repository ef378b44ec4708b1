"""Finds in a local image what SageMaker would refuse later."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from launch import instances
from launch.registry import programs
from launch.registry.image import ABILITY, VERSION_LABEL, LocalImage, Purpose

VERBS = ("train", "serve")
SHELLS = {"sh", "bash", "dash", "ash", "zsh"}
INITS = {"tini", "tini-static", "dumb-init", "catatonit"}
SHELL_FORM = re.compile("-[a-z]*c")
GB = 10**9
ROOM = 1 * GB
"""Space that must be left on the volume for data and model."""
SERVERLESS_LIMIT = 10 * GB


def problems(image: LocalImage, purpose: Purpose, look: programs.Look) -> Iterator[str]:
    """Everything for which the image must not be pushed, a line each."""
    yield from _content(image, purpose)
    yield from _platform(image, purpose)
    yield from _form(image)
    yield from _programs(image, look)
    yield from _size(image, purpose)
    yield from _labels(image, purpose)


def notes(image: LocalImage, purpose: Purpose) -> Iterator[str]:
    """Notes on what may be intended and should be known."""
    for kind in purpose.instance_types:
        if chip := instances.other_chip(kind):
            yield f"{kind} has {chip} chips, which no image of this project uses"
        elif instances.has_gpu(kind) and not image.for_gpu:
            yield f"{kind} has a GPU, which this image does not use: build it with GPU=1, or take a type without"
        elif image.for_gpu and not instances.has_gpu(kind):
            yield f"{kind} has no GPU: the image for GPUs works there, but is far larger"
    if image.user.partition(":")[0] not in ("", "0", "root"):
        yield f"it runs as the user {image.user}: SageMaker's folders under /opt/ml are root's, writing there may fail"
    if image.entrypoint:
        yield f"its ENTRYPOINT {list(image.entrypoint)} gets the verb as its argument"


def _content(image: LocalImage, purpose: Purpose) -> Iterator[str]:
    inside = image.environment.get("ALGORITHM_FAMILY", "")
    if inside != purpose.family:
        said = f"it holds the family {inside}" if inside else "it names no family (ALGORITHM_FAMILY in its environment)"
        yield f"{said}, not {purpose.family}: give another --family or --image"


def _platform(image: LocalImage, purpose: Purpose) -> Iterator[str]:
    built_for = f"{image.system}/{image.architecture}"
    if image.system != "linux":
        yield f"it is built for {built_for}; SageMaker runs Linux"
        return
    wanted: dict[str, list[str]] = {}
    for kind in purpose.instance_types:
        wanted.setdefault(instances.architecture(kind), []).append(kind)
    for architecture, kinds in (wanted or {"amd64": ["every type without Graviton"]}).items():
        if architecture != image.architecture:
            yield (
                f"it is built for {built_for}, but {', '.join(kinds)} runs linux/{architecture} "
                f"(`exec format error`): build it with DOCKER_DEFAULT_PLATFORM=linux/{architecture}"
            )


def _form(image: LocalImage) -> Iterator[str]:
    for name, words in (("ENTRYPOINT", image.entrypoint), ("CMD", image.command)):
        if len(words) > 1 and PurePosixPath(words[0]).name in SHELLS and SHELL_FORM.fullmatch(words[1]):
            yield (
                f"its {name} has the shell form ({' '.join(words)}), so that no signal reaches the program: "
                f'write it as a list, {name} ["train"]'
            )
    if image.entrypoint and PurePosixPath(image.entrypoint[0]).name in INITS:
        after = [word for word in image.entrypoint[1:] if not word.startswith("-")]
        if not after:
            yield (
                f"its ENTRYPOINT is {image.entrypoint[0]} alone, which SageMaker documents as not working: "
                "leave ENTRYPOINT out, or name the program after it"
            )


def _programs(image: LocalImage, look: programs.Look) -> Iterator[str]:
    wanted = image.entrypoint[:1] or VERBS
    for program in wanted:
        if told := programs.problem(program, look, image.path, image.architecture):
            yield f"`{program}` does not start: {told}"


def _size(image: LocalImage, purpose: Purpose) -> Iterator[str]:
    at_most = 2 * image.size  # unpacked, and the compressed layers beside it until they are
    fixed = purpose.instance_types and all(map(instances.has_own_disk, purpose.instance_types))  # hundreds of GB
    if not fixed and at_most + ROOM > purpose.volume_gb * GB:
        yield (
            f"it takes up to {at_most / GB:.1f} GB (unpacked {image.size / GB:.1f} GB, and its compressed layers), "
            f"and leaves no room for data on a volume of {purpose.volume_gb} GB: "
            f"give {-(-(at_most + ROOM) // GB)} GB or more in `training.volume_gb`"
        )
    if purpose.serverless and image.size > SERVERLESS_LIMIT:
        yield f"it has {image.size / GB:.1f} GB; a serverless endpoint takes 10 GB at most"


def _labels(image: LocalImage, purpose: Purpose) -> Iterator[str]:
    for wanted, ability, why in (
        (purpose.pipeline, "accept-bind-to-port", "a pipeline"),
        (purpose.multi_model, "multi-models", "a multi-model endpoint"),
    ):
        if wanted and image.labels.get(f"{ABILITY}{ability}") != "true":
            yield f"the label {ABILITY}{ability}=true is missing, without which {why} is refused"
    version = image.labels.get(VERSION_LABEL, "")
    if purpose.labelled and version != purpose.tag:
        said = f"its label {VERSION_LABEL} says {version}" if version else f"it has no label {VERSION_LABEL}"
        yield f"{said}, the tag would say {purpose.tag}: build it anew (`make build`), or choose a tag with --tag"
