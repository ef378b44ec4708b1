"""What is wrong with an image is said before it is pushed: all of it, with the remedy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from launch import instances
from launch.registry import preflight
from launch.registry.image import LocalImage, Purpose
from launch.registry.programs import File

GOOD = LocalImage.of(
    "open-algorithms/toy:1.2.0",
    {
        "Id": "sha256:" + "51c22eb438e3" * 5 + "0000",
        "RepoTags": ["open-algorithms/toy:1.2.0"],
        "Os": "linux",
        "Architecture": "amd64",
        "Size": 460 * 10**6,
        "RootFS": {"Type": "layers", "Layers": [f"sha256:{'1' * 64}"]},
        "Config": {
            "Entrypoint": None,
            "Cmd": ["train"],
            "Env": ["PATH=/opt/venv/bin:/bin", "ALGORITHM_FAMILY=toy", "NVIDIA_VISIBLE_DEVICES="],
            "Labels": {
                "org.opencontainers.image.version": "1.2.0",
                "com.amazonaws.sagemaker.capabilities.accept-bind-to-port": "true",
            },
            "User": "",
        },
    },
)
PURPOSE = Purpose(family="toy", tag="1.2.0", instance_types=("ml.m5.xlarge",))
SCRIPT = File(0o755, b"#!/opt/venv/bin/python\nprint()\n")
PYTHON = File(0o755, b"\x7fELF" + bytes(14) + b"\x3e\x00")
FILES = {"/opt/venv/bin/train": SCRIPT, "/opt/venv/bin/serve": SCRIPT, "/opt/venv/bin/python": PYTHON}


def problems(image: LocalImage = GOOD, purpose: Purpose = PURPOSE, files: dict[str, File] = FILES) -> list[str]:
    return list(preflight.problems(image, purpose, files.get))


def only(found: list[str]) -> str:
    assert len(found) == 1, found
    return found[0]


def test_nothing_is_wrong_with_a_good_image() -> None:
    assert problems() == []
    assert list(preflight.notes(GOOD, PURPOSE)) == []


@pytest.mark.parametrize("kind", ["ml.c6g.xlarge", "ml.c7gn.large", "ml.m6gd.large", "ml.r6g.large", "ml.t4g.medium"])
def test_an_amd64_image_is_refused_for_graviton(kind: str) -> None:
    told = only(problems(purpose=replace(PURPOSE, instance_types=("ml.m5.xlarge", kind))))
    assert "linux/amd64" in told
    assert f"{kind} runs linux/arm64" in told
    assert problems(replace(GOOD, architecture="arm64"), replace(PURPOSE, instance_types=(kind,)), without_elf()) == []


@pytest.mark.parametrize("kinds", [(), ("ml.m5.xlarge",), ("ml.g4dn.xlarge",), ("ml.m7i-flex.large",)])
def test_an_arm64_image_is_refused_for_everything_else(kinds: tuple[str, ...]) -> None:
    told = only(problems(replace(GOOD, architecture="arm64"), replace(PURPOSE, instance_types=kinds), without_elf()))
    assert "linux/arm64" in told
    assert "DOCKER_DEFAULT_PLATFORM=linux/amd64" in told


def without_elf() -> dict[str, File]:
    return FILES | {"/opt/venv/bin/python": SCRIPT}


def test_types_with_gpus_and_other_chips_are_told_apart() -> None:
    assert [instances.has_gpu(kind) for kind in ("ml.g5.xlarge", "ml.gr6.4xlarge", "ml.p4d.24xlarge")] == [True] * 3
    assert not instances.has_gpu("ml.m6g.large")
    assert instances.architecture("ml.g5g.xlarge") == "arm64"
    assert instances.architecture("ml.g6e.xlarge") == "amd64"
    assert "Inferentia" in only(list(preflight.notes(GOOD, replace(PURPOSE, instance_types=("ml.inf2.xlarge",)))))


def test_a_gpu_without_use_and_a_gpu_image_without_gpu_are_noted() -> None:
    assert "has a GPU" in only(list(preflight.notes(GOOD, replace(PURPOSE, instance_types=("ml.p3.2xlarge",)))))
    with_gpu = replace(GOOD, environment=GOOD.environment | {"NVIDIA_VISIBLE_DEVICES": "all"})
    assert "has no GPU" in only(list(preflight.notes(with_gpu, PURPOSE)))


@pytest.mark.parametrize("verb", preflight.VERBS)
def test_I03_a_verb_that_is_not_on_the_path_is_named(verb: str) -> None:
    files = {path: file for path, file in FILES.items() if not path.endswith(verb)}
    assert f"`{verb}` does not start: no folder of PATH has it (/opt/venv/bin:/bin)" in only(problems(files=files))


def test_I03_a_verb_that_may_not_be_executed_needs_chmod() -> None:
    told = only(problems(files=FILES | {"/opt/venv/bin/serve": replace(SCRIPT, mode=0o644)}))
    assert "/opt/venv/bin/serve is not executable (mode 644): chmod 755" in told


def test_a_later_folder_of_the_path_is_looked_into_as_well() -> None:
    files = FILES | {"/opt/venv/bin/serve": replace(SCRIPT, mode=0o644), "/bin/serve": SCRIPT}
    assert problems(files=files) == []


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (b"#!/opt/venv/bin/python\r\nprint()\r\n", "Windows"),
        (b"#!/usr/bin/perl -w\n", "script of /usr/bin/perl, which is not in the image"),
        (b"\x7fELF" + bytes(14) + b"\xb7\x00", "built for arm64, the image says amd64"),
        (b"import train\n", "neither a program nor a script"),
    ],
)
def test_a_program_that_would_not_start_says_why(head: bytes, told: str) -> None:
    assert told in only(problems(files=FILES | {"/opt/venv/bin/train": File(0o755, head)}))


@pytest.mark.parametrize("shell", [("/bin/sh", "-c", "train"), ("bash", "-lc", "train")])
def test_I03_shell_forms_are_refused(shell: tuple[str, ...]) -> None:
    assert "CMD has the shell form" in only(problems(replace(GOOD, command=shell)))
    files = FILES | {shell[0]: SCRIPT, "/bin/bash": SCRIPT}
    assert "ENTRYPOINT has the shell form" in only(problems(replace(GOOD, entrypoint=shell), files=files))


@pytest.mark.parametrize("words", [("/usr/bin/tini",), ("dumb-init", "--"), ("tini", "-g", "--")])
def test_I04_an_init_alone_is_refused(words: tuple[str, ...]) -> None:
    files = FILES | {"/usr/bin/tini": SCRIPT, "/bin/tini": SCRIPT, "/bin/dumb-init": SCRIPT}
    assert "alone" in only(problems(replace(GOOD, entrypoint=words), files=files))
    assert problems(replace(GOOD, entrypoint=(*words, "dispatch")), files=files) == []


def test_of_an_entry_point_it_is_the_program_that_must_be_there() -> None:
    dispatching = replace(GOOD, entrypoint=("/dispatch",))
    assert problems(dispatching, files=FILES | {"/dispatch": SCRIPT}) == []
    assert "`/dispatch` does not start: there is no /dispatch" in only(problems(dispatching))
    assert "gets the verb as its argument" in only(list(preflight.notes(dispatching, PURPOSE)))


def test_an_image_that_fills_the_volume_is_refused_with_the_size_it_needs() -> None:
    told = only(problems(replace(GOOD, size=7 * 10**9), replace(PURPOSE, volume_gb=14)))
    assert "volume of 14 GB: give 15 GB or more in `training.volume_gb`" in told
    assert problems(replace(GOOD, size=7 * 10**9), replace(PURPOSE, volume_gb=15)) == []


def test_a_disk_that_comes_with_the_instance_is_large_enough_whatever_volume_is_asked_for() -> None:
    large, small = replace(GOOD, size=7 * 10**9), replace(PURPOSE, volume_gb=1)
    assert problems(large, replace(small, instance_types=("ml.g5.xlarge", "ml.p5.48xlarge"))) == []
    assert len(problems(large, replace(small, instance_types=("ml.g5.xlarge", "ml.m5.xlarge")))) == 1


@pytest.mark.parametrize(
    "series", ["g4dn", "g6e", "g7e", "p4d", "p5", "p5en", "p6-b200", "trn1n", "dl1", "r5d", "c6gd"]
)
def test_series_with_a_disk_of_their_own_are_known(series: str) -> None:
    assert instances.has_own_disk(f"ml.{series}.24xlarge")


@pytest.mark.parametrize("series", ["m5", "p3", "p2", "c7i-flex", "inf2", "r8g", "t3"])
def test_series_without_one_are_known(series: str) -> None:
    assert not instances.has_own_disk(f"ml.{series}.2xlarge")


def test_I12_a_serverless_endpoint_takes_10_GB() -> None:
    large = replace(GOOD, size=10 * 10**9 + 1)
    assert "10 GB at most" in only(problems(large, replace(PURPOSE, serverless=True)))
    assert problems(large) == []


def test_I11_labels_without_which_an_endpoint_is_refused_are_demanded_where_it_is_wanted() -> None:
    bare = replace(GOOD, labels={"org.opencontainers.image.version": "1.2.0"})
    assert problems(bare) == []
    found = problems(bare, replace(PURPOSE, pipeline=True, multi_model=True))
    assert [one.split("=true")[0].rpartition(".")[2] for one in found] == ["accept-bind-to-port", "multi-models"]


def test_the_version_that_an_image_says_is_the_tag_it_gets() -> None:
    assert "says 1.2.0, the tag would say 1.3.0" in only(problems(purpose=replace(PURPOSE, tag="1.3.0")))
    assert problems(purpose=replace(PURPOSE, tag="trial", labelled=False)) == []
    assert "has no label" in only(problems(replace(GOOD, labels={})))


def test_an_image_of_another_family_is_refused() -> None:
    assert "holds the family toy, not xgboost" in only(problems(purpose=replace(PURPOSE, family="xgboost")))


@pytest.mark.parametrize(("user", "noted"), [("", 0), ("0:0", 0), ("root", 0), ("1000", 1), ("sagemaker:users", 1)])
def test_a_user_other_than_root_is_noted(user: str, noted: int) -> None:
    assert len(list(preflight.notes(replace(GOOD, user=user), PURPOSE))) == noted
