"""The house: what every family folder holds, and that documents tell the truth."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from contract.documentation import current
from tests.contract.subject import Subject, subjects

ROOT = Path(__file__).parents[1]
FAMILIES = sorted(path.parent for path in ROOT.glob("containers/*/requirements.txt"))
PYTHON_FILES = [
    path
    for folder in ("contract", "containers", "train", "serve", "local_test", "launch", "examples")
    for path in (ROOT / folder).rglob("*.py")
]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_family_has_its_files(family: Path) -> None:
    assert {"__init__.py", "README.md", "demo.json", "requirements.in", "requirements.txt"} <= {
        path.name for path in family.iterdir()
    }


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_the_hyperparameter_table_of_a_family_is_current(family: Path) -> None:
    readme = (family / "README.md").read_text(encoding="utf-8")
    assert readme == current(readme, family.name), "run `make docs`"


@pytest.mark.parametrize("subject", list(subjects()), ids=str)
def test_an_algorithm_has_an_example_job(subject: Subject) -> None:
    assert (subject.example / "input" / "config" / "hyperparameters.json").is_file()


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_no_module_is_called_like_a_library_of_its_family(family: Path) -> None:
    names = re.findall(r"^([A-Za-z0-9_.-]+)==", (family / "requirements.txt").read_text(), re.MULTILINE)
    libraries = {name.replace("-", "_").removesuffix("_cpu").lower() for name in names}
    assert not libraries & {path.stem for path in family.glob("*.py")}


def test_modules_are_short_enough_to_read() -> None:
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in PYTHON_FILES}
    assert lines
    assert {path.relative_to(ROOT).as_posix(): count for path, count in lines.items() if count > 250} == {}


def test_every_target_of_the_makefile_has_its_line_in_help() -> None:
    text = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)[0].split())
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert targets == set(re.findall(r"^  make (\S+)", shown, re.MULTILINE))


@pytest.mark.parametrize(
    "document", ["README.md", "CONTRIBUTING.md", "launch/README.md", "local_test/README.md", "examples/README.md"]
)
def test_links_of_a_document_lead_to_files_that_exist(document: str) -> None:
    path = ROOT / document
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", path.read_text(encoding="utf-8"))
    assert not [link for link in links if not (path.parent / link).exists()]
