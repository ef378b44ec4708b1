"""What the documents show is true: keys, commands, descriptions, links and lines of Python."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from launch import description, options, reference
from launch.description import schema
from local_test.endpoint import LocalEndpoint
from local_test.job import run_job
from local_test.options import parser as local_test_parser
from local_test.process_runtime import ProcessRuntime
from local_test.request import LocalChannel, TrainingRequest
from tests.launch.conftest import ACCOUNT

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "local_test" / "README.md", *sorted((ROOT / "launch").rglob("*.md"))]
BASE = {"name": "a", "family": "xgboost", "hyperparameters": {"num_round": 1},
        "channels": {"train": {"s3": "s3://my-bucket/train/", "content_type": "text/csv"}}}  # fmt: skip
HERE = """\
name: a
family: xgboost
hyperparameters: {num_round: 2, objective: "reg:squarederror"}
channels:
  train: {local: rows.csv, content_type: text/csv}
  validation: {local: rows.csv, content_type: text/csv}
transform: {data: s3://my-bucket/in/, output: s3://my-bucket/out/}
"""
PARSERS = {"launch": options.parser, "local_test": local_test_parser}


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a page, without what they are indented by."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, text in found]


def commands() -> Iterator[tuple[Path, str, list[str]]]:
    """Every ``python -m launch`` and ``local_test`` of the pages, as a program and its arguments."""
    for page in PAGES:
        for block in blocks(page, "sh"):
            for line in block.replace("\\\n", " ").splitlines():
                found = re.match(r"python -m (launch|local_test) (.*)", line)
                if found:
                    words = shlex.split(found[2], comments=True)
                    yield page, found[1], words[: words.index("|")] if "|" in words else words


def told(value: Any) -> str:
    if isinstance(value, Path):
        return value.relative_to(ROOT).as_posix()
    return " ".join(value) if isinstance(value, list) else str(value)


def test_the_reference_is_current() -> None:
    written = reference.FILE.read_text(encoding="utf-8")
    assert written == reference.document(), "run `make docs`"


def test_every_key_that_is_required_shows_what_it_looks_like() -> None:
    for name, part in schema.root()["$defs"].items():
        for key in part.get("required", ()):
            assert reference.value(part["properties"][key]), (name, key)


@pytest.mark.parametrize(("page", "program", "arguments"), list(commands()), ids=told)
def test_every_command_is_one_that_the_program_takes(page: Path, program: str, arguments: list[str]) -> None:
    assert PARSERS[program]().parse_args(arguments).verb == arguments[0]


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "yaml")], ids=told)
def test_every_description_and_every_part_of_one_is_right(page: Path, tmp_path: Path) -> None:
    for block in blocks(page, "yaml"):
        content = yaml.safe_load(block)
        (tmp_path / "job.yaml").write_text(block if "name" in content else yaml.safe_dump(BASE | content))
        assert description.read(tmp_path / "job.yaml")


@pytest.mark.parametrize("page", PAGES, ids=told)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        file, _, heading = target.partition("#")
        if "://" not in target:
            linked = (page.parent / file).resolve() if file else page
            assert linked.exists(), target
            assert not heading or heading in headings(linked), target


def headings(page: Path) -> set[str]:
    """The anchors of a page, as Markdown makes them."""
    lines = re.findall(r"^#+ (.*)", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in lines}


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=told)
def test_every_line_of_python_can_be_read(page: Path) -> None:
    for block in blocks(page, "python"):
        ast.parse(block)


def test_the_lines_of_python_that_make_a_request_do_so(
    aws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = ROOT / "launch" / "README.md"
    [job] = blocks(page, "yaml")
    (tmp_path / "job.yaml").write_text(job)
    monkeypatch.chdir(tmp_path)
    [code] = [block for block in blocks(page, "python") if "training_job" in block]
    request = ran(code, {})["request"]
    assert request["TrainingJobName"].startswith("seoul-bike-")
    assert request["AlgorithmSpecification"]["TrainingImage"].startswith(f"{ACCOUNT}.dkr.ecr.")


def test_the_lines_of_python_that_train_and_serve_here_do_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rows.csv").write_text("1,1,2,3\n2,2,3,4\n" * 20)
    monkeypatch.chdir(tmp_path)
    [code] = [block for block in blocks(ROOT / "local_test" / "README.md", "python") if "DockerRuntime(" in block]
    names = {"run_job": run_job, "TrainingRequest": TrainingRequest}
    names |= {"LocalEndpoint": LocalEndpoint, "LocalChannel": LocalChannel}
    ran(code, {**names, "Path": Path, "DockerRuntime": lambda image: ProcessRuntime("xgboost")})
    assert capsys.readouterr().out.startswith('{"predictions"')


def test_the_lines_of_python_that_take_a_description_do_as_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rows.csv").write_text("1,1,2,3\n2,2,3,4\n" * 20)
    (tmp_path / "many.csv").write_text("1,2,3\n2,3,4\n" * 20)
    (tmp_path / "job.yaml").write_text(HERE)
    monkeypatch.chdir(tmp_path)
    [code] = [block for block in blocks(ROOT / "local_test" / "README.md", "python") if "import serve, train" in block]
    left = ran(code, {"frame": pd.DataFrame([[1, 2, 3]])})
    assert len(left["answers"]) == 1
    assert (left["batch"].records, left["batch"].files[0].name) == (40, "many.csv.out")


def ran(code: str, names: Mapping[str, Any]) -> dict[str, Any]:
    """The names that lines of Python leave."""
    left = dict(names)
    exec(compile(code, "README.md", "exec"), left)
    return left
