"""What is true of every image before it trains or serves anything."""

import json
import re
from pathlib import Path

import pytest
from docker.errors import APIError
from docker.models.images import Image
from packaging.requirements import Requirement

from tests.images.engine import FAMILIES, family_of, lock_of, python, run, title_of

pytestmark = pytest.mark.image

ROOT = Path(__file__).parents[2]
ABILITY = "com.amazonaws.sagemaker.capabilities."
ROOT_USER, STRANGER = "0", "1051:1051"
IMAGE_PYTHON = {"sys_platform": "linux", "python_version": "3.13", "python_full_version": "3.13.0"}
LARGEST = {"catboost": 830e6, "sklearn": 580e6, "tensorflow": 1.7e9, "tensorflow-gpu": 7e9}  # bytes, as docker counts
LARGEST_OTHER = 520e6
PLOTTING = {"graphviz", "matplotlib", "plotly"}
HEAVY = {"pandas", "scikit-learn", "nvidia-nccl-cu12", "pyarrow", "boto3"} | PLOTTING
TOOLS = {"pip", "setuptools", "hatchling"}
# Heavy, but the family's library imports it.
NEEDED = {"catboost": {"pandas"}, "sklearn": {"scikit-learn"}, "tensorflow-gpu": {"nvidia-nccl-cu12"}}
COMPILERS = ["cc", "gcc", "g++", "c++", "clang", "ld", "make"]
SECRET = re.compile(r"(?i)password|passwd|token|credential|index[-_]url|https?://[^ ]*@|/home/|/Users/|/root/")


def test_I03_I04_no_entry_point_stands_between_the_platform_and_the_programs(image: Image) -> None:
    assert not image.attrs["Config"]["Entrypoint"]
    assert image.attrs["Config"]["Cmd"] == ["train"]


@pytest.mark.parametrize("user", [ROOT_USER, STRANGER])
@pytest.mark.parametrize("program", ["train", "serve"])
def test_I03_both_programs_are_on_the_path_of_any_user(image: Image, program: str, user: str) -> None:
    outcome = run(image, program, "--help", user=user)
    assert outcome.exit_code == 0, outcome.log
    assert outcome.log.startswith(f"usage: {program}")


@pytest.mark.parametrize("program", ["train", "serve"])
def test_I06_an_unknown_argument_ends_with_the_usage(image: Image, program: str) -> None:
    outcome = run(image, program, "no-such-argument")
    assert outcome.exit_code != 0
    assert f"usage: {program}" in outcome.log


def test_I06_an_unknown_program_does_not_start(image: Image) -> None:
    with pytest.raises(APIError, match="no-such-program"):
        run(image, "no-such-program")


def test_I08_nothing_of_the_image_lies_under_opt_ml(image: Image) -> None:
    assert run(image, "test", "-e", "/opt/ml").exit_code == 1


@pytest.mark.parametrize("program", ["train", "serve"])
def test_I08_an_empty_mount_over_opt_ml_hides_nothing_that_is_needed(image: Image, program: str) -> None:
    outcome = run(image, program, "--help", tmpfs={"/opt/ml": ""})
    assert outcome.exit_code == 0, outcome.log


def test_I09_I10_a_stranger_without_rights_network_home_or_writable_root_trains_and_serves(image: Image) -> None:
    example = next((ROOT / "containers" / family_of(image) / "example").iterdir())
    outcome = run(
        image,
        *("sh", "-c", "cp -r /example /tmp/ml && train && serve --check"),
        volumes=[f"{example}:/example:ro"],
        environment={"SAGEMAKER_BASE_DIR": "/tmp/ml", "ALGORITHM": example.name, "HOME": "/nonexistent"},
        user=STRANGER,
        read_only=True,
        tmpfs={"/tmp": "mode=1777"},
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
    )
    assert outcome.exit_code == 0, outcome.log


def test_I11_labels_claim_what_is_implemented_and_nothing_else(image: Image) -> None:
    claimed = {name: value for name, value in image.labels.items() if name.startswith(ABILITY)}
    assert claimed == {f"{ABILITY}{name}": "true" for name in ("accept-bind-to-port", "multi-models")}


def test_labels_name_the_software_that_is_inside(image: Image) -> None:
    installed = python(image, "import importlib.metadata as m", "print(m.version('sagemaker-open-algorithms'))")
    kind = "org.opencontainers.image."
    assert image.labels[f"{kind}title"] in {f"open-algorithms/{family_of(image)}{gpu}" for gpu in ("", "-gpu")}
    assert image.labels[f"{kind}version"] == installed.strip()
    assert image.labels[f"{kind}licenses"] == "Apache-2.0"
    assert image.labels[f"{kind}revision"]


def test_I12_the_image_is_small(image: Image) -> None:
    assert image.attrs["Size"] < LARGEST.get(title_of(image), LARGEST_OTHER)


def test_the_server_port_is_declared(image: Image) -> None:
    assert list(image.attrs["Config"]["ExposedPorts"]) == ["8080/tcp"]


@pytest.mark.parametrize("package", ["containers", "train", "serve"])
def test_one_distribution_owns_each_of_our_packages(image: Image, package: str) -> None:
    printed = python(
        image,
        "import importlib.metadata, json",
        f"import {package}",
        f"owners = importlib.metadata.packages_distributions()['{package}']",
        f"print(json.dumps([owners, {package}.__file__]))",
    )
    owners, file = json.loads(printed)
    assert owners == ["sagemaker-open-algorithms"]
    assert file.endswith(f"/site-packages/{package}/__init__.py")


def test_a_stray_script_in_the_working_directory_is_not_taken_for_a_program(image: Image) -> None:
    strays = "cd /tmp && echo 'raise SystemExit(9)' | tee train.py serve.py containers.py"
    outcome = run(image, "sh", "-c", f"{strays} && train --help && serve --help")
    assert outcome.exit_code == 0, outcome.log


def test_only_the_family_of_the_image_is_inside(image: Image) -> None:
    printed = python(image, "import containers, os", "print(*os.listdir(os.path.dirname(containers.__file__)))")
    assert set(FAMILIES).intersection(printed.split()) == {family_of(image)}


def test_the_environment_holds_exactly_the_lock_and_our_distribution(image: Image) -> None:
    entries = [line.removesuffix("\\") for line in lock_of(image).read_text().splitlines() if "==" in line]
    requirements = [Requirement(entry) for entry in entries]
    here = [it for it in requirements if it.marker is None or it.marker.evaluate(IMAGE_PYTHON)]
    pinned = {it.name: str(it.specifier).removeprefix("==") for it in here}
    printed = python(
        image,
        "import importlib.metadata as m",
        "for d in m.distributions(): print(d.name.lower().replace('_', '-'), d.version)",
    )
    installed = dict(line.split() for line in printed.splitlines())
    assert installed.pop("sagemaker-open-algorithms")
    assert installed == pinned


def test_nothing_heavy_and_no_build_tool_is_installed(image: Image) -> None:
    printed = python(
        image, "import importlib.metadata as m", "for d in m.distributions(): print(d.name.lower().replace('_', '-'))"
    )
    assert set(printed.split()) & (HEAVY | TOOLS) == NEEDED.get(title_of(image), set())
    assert run(image, "which", *COMPILERS).log == ""


def test_every_user_can_read_what_is_installed(image: Image) -> None:
    assert run(image, "find", "/opt/venv", "!", "-readable", user=STRANGER).log == ""


def test_no_module_has_to_be_compiled_at_start(image: Image) -> None:
    printed = python(
        image,
        "import importlib.util, pathlib, sysconfig",
        "site = pathlib.Path(sysconfig.get_path('purelib'))",
        "for module in site.rglob('*.py'):",
        "    if not pathlib.Path(importlib.util.cache_from_source(module)).exists(): print(module)",
    )
    assert printed == ""


def test_the_history_tells_no_secret_and_no_place_of_the_builder(image: Image) -> None:
    recorded = [layer["CreatedBy"] for layer in image.history()] + image.attrs["Config"]["Env"]
    assert [line for line in recorded if SECRET.search(line)] == []
