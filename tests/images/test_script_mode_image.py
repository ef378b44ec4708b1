"""The user's Python of every image (script mode): AWS's toolkit behind the algorithm's packages, and none before."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest
from docker.models.images import Image

from tests.images.engine import (
    ALGORITHM_PYTHON,
    CONTAINERS,
    FAMILIES,
    SCRIPT_PYTHON,
    family_of,
    find_image,
    lock_of,
    python,
    run,
)

pytestmark = pytest.mark.image

FOLDER, TOOLKIT = "/opt/script-mode", "/opt/script-mode/toolkit"
LARGEST = 90e6  # bytes that script mode may add to an image
CLIENTS = ["s3", "sts", "codeartifact", "sagemaker", "logs", "secretsmanager"]
MISSING = re.compile(r"^\S+ \S+ requires (\S+), which is not installed\.$")
# botocore knows no release of python-dateutil after 2; what it uses of it is tested here.
KNOWN = re.compile(r"^botocore \S+ has requirement python-dateutil")
INSTALLED = (
    "import importlib.metadata as m, importlib.util as u, json",
    "spec = lambda name: str(getattr(u.find_spec(name), 'origin', None))",
    "found = {d.name: [d.version, str(d.locate_file(''))] for d in reversed(list(m.distributions()))}",
    "modules = {name: spec(name) for name in m.packages_distributions() if name.isidentifier()}",
    "print(json.dumps([found, modules]))",
)


def installed(image: Image, interpreter: str) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Version and place of each distribution, and the file of each top-level module, that a Python finds."""
    distributions, modules = json.loads(python(image, *INSTALLED, interpreter=interpreter))
    return distributions, modules


@pytest.fixture(scope="module")
def algorithms(image: Image) -> tuple[dict[str, list[str]], dict[str, str]]:
    """What the algorithm's Python finds."""
    return installed(image, ALGORITHM_PYTHON)


@pytest.fixture(scope="module")
def users(image: Image) -> tuple[dict[str, list[str]], dict[str, str]]:
    """What the user's Python finds."""
    return installed(image, SCRIPT_PYTHON)


def test_script_mode_adds_at_most_90_megabytes(image: Image) -> None:
    (layer,) = [layer for layer in image.history() if f"COPY {FOLDER} " in layer["CreatedBy"]]
    assert 0 < layer["Size"] <= LARGEST
    kilobytes = run(image, "du", "--summarize", "--block-size=1000", FOLDER).log.split()[0]
    assert 0 < int(kilobytes) * 1000 <= LARGEST


def test_script_mode_is_the_same_layer_in_every_image() -> None:
    images = [find_image(f"open-algorithms/{family}:latest") for family in FAMILIES]
    assert len({tuple(image.attrs["RootFS"]["Layers"][:2]) for image in images}) == 1


def test_the_users_python_has_the_algorithms_packages_from_the_same_place(
    algorithms: tuple[dict[str, list[str]], dict[str, str]], users: tuple[dict[str, list[str]], dict[str, str]]
) -> None:
    for theirs, same in zip(algorithms, users, strict=True):
        assert theirs
        assert {name: same.get(name) for name in theirs} == theirs


def test_the_algorithms_python_sees_nothing_of_the_toolkit(
    image: Image,
    algorithms: tuple[dict[str, list[str]], dict[str, str]],
    users: tuple[dict[str, list[str]], dict[str, str]],
) -> None:
    assert {"sagemaker_training", "boto3", "pip"} <= users[1].keys() - algorithms[1].keys()
    assert FOLDER not in json.dumps(algorithms)
    assert FOLDER not in python(image, "import sys", "print(sys.path, sys.prefix)")


def test_train_and_serve_are_ours_and_no_other_is_there(image: Image) -> None:
    outcome = run(image, "sh", "-c", "which -a train serve && head -qn 1 /opt/venv/bin/train /opt/venv/bin/serve")
    assert outcome.log.split() == ["/opt/venv/bin/train", "/opt/venv/bin/serve", *2 * [f"#!{ALGORITHM_PYTHON}"]]
    assert run(image, "find", FOLDER, "-name", "train").log == ""


def test_python_and_pip_on_the_path_are_the_users(image: Image) -> None:
    outcome = run(
        image, "sh", "-c", "which python python3 pip pip3; echo $SCRIPT_MODE_PYTHON; python -m pip --version; pip -V"
    )
    names = ["python", "python3", "pip", "pip3", "python"]
    assert outcome.log.splitlines()[:5] == [f"{FOLDER}/bin/{name}" for name in names]
    assert [f"from {TOOLKIT}/pip" in line for line in outcome.log.splitlines()[5:]] == [True, True]


def test_a_users_program_imports_its_neighbours(image: Image) -> None:
    program = (
        "cd /tmp && echo 'ANSWER = 42' > neighbour.py && echo 'import neighbour; print(neighbour.ANSWER)' > program.py"
    )
    assert run(image, "sh", "-c", f"{program} && cd / && python /tmp/program.py").log == "42\n"


def test_algorithms_train_and_serve_without_loading_a_module_of_the_toolkit(image: Image) -> None:
    example = next((CONTAINERS / family_of(image) / "example").iterdir())
    outcome = run(
        image,
        *("sh", "-c", "cp -r /example /tmp/ml && train && serve --check"),
        volumes=[f"{example}:/example:ro"],
        environment={
            "SAGEMAKER_BASE_DIR": "/tmp/ml",
            "ALGORITHM": example.name,
            "PYTHONVERBOSE": "1",  # tells of every module that is loaded
        },
    )
    assert outcome.exit_code == 0, outcome.log
    assert "/opt/venv/lib/python3.13/site-packages/serve/" in outcome.log
    assert FOLDER not in outcome.log


def test_the_toolkit_and_the_clients_of_aws_work_on_the_algorithms_packages(image: Image) -> None:
    printed = python(
        image,
        "import sagemaker_training.trainer, sagemaker_training.mpi, boto3, botocore.utils",
        f"for name in {CLIENTS}: boto3.client(name, region_name='eu-west-1')",
        "for time in ('2026-01-02T03:04:05Z', 'Fri, 02 Jan 2026 03:04:05 GMT', 1767323045):",
        "    print(botocore.utils.parse_timestamp(time).timestamp())",
        interpreter=SCRIPT_PYTHON,
    )
    assert printed.split() == ["1767323045.0"] * 3


def test_what_pip_misses_is_what_was_left_out_on_purpose(image: Image) -> None:
    sources = [CONTAINERS / "script-mode-overrides.in", lock_of(image).with_name("overrides.in")]
    lines = [line for source in sources if source.exists() for line in source.read_text().splitlines()]
    left_out = {line.split(" ;")[0] for line in lines if " ;" in line}
    told = [line for line in run(image, "pip", "check").log.splitlines() if not KNOWN.match(line)]
    assert [line for line in told if not (missing := MISSING.match(line)) or missing[1] not in left_out] == []


def write_wheel(folder: Path, name: str, version: str) -> Path:
    """A distribution of one module that only knows its version."""
    file = folder / f"{name}-{version}-py3-none-any.whl"
    information = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr(f"{name}.py", f"__version__ = {version!r}\n")
        wheel.writestr(f"{information}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{information}/RECORD", "")
    return file


def test_what_a_user_installs_is_the_programs_alone(image: Image, tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "orjson", "99.0")
    show = "-c 'import orjson; print(orjson.__version__)'"
    outcome = run(
        image,
        *("sh", "-c", f"pip install -q --no-index /{wheel.name} && python {show} && {ALGORITHM_PYTHON} {show}"),
        volumes=[f"{wheel}:/{wheel.name}:ro"],
    )
    assert outcome.exit_code == 0, outcome.log
    (locked,) = re.findall(r"^orjson==(\S+)", lock_of(image).read_text(), re.MULTILINE)
    assert outcome.log.split()[-2:] == ["99.0", locked]


def test_no_module_of_the_toolkit_has_to_be_compiled_at_start(image: Image) -> None:
    printed = python(
        image,
        "import importlib.util, pathlib",
        f"for module in pathlib.Path('{TOOLKIT}').rglob('*.py'):",
        "    if not pathlib.Path(importlib.util.cache_from_source(module)).exists(): print(module)",
    )
    assert printed == ""
    assert run(image, "find", FOLDER, "!", "-readable", user="1051:1051").log == ""
