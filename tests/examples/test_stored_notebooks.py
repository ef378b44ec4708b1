"""The notebooks as they are kept: whole, with their outputs, fit for a web page."""

from __future__ import annotations

import base64
import json
import re
import struct
from typing import Any

import pytest

from examples.scenario import FOLDER, Scenario, scenarios
from launch.description import read

LARGEST = 500_000
SCENARIOS = pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario.name)
DESCRIPTIONS = sorted(FOLDER.glob("*/*.yaml"))
ABSOLUTE = re.compile(r"(?<![\w.:/])/(?:home|root|tmp|work|Users|mnt|workspace|var|private)/")


def code(scenario: Scenario) -> list[Any]:
    return [cell for cell in scenario.notebook.cells if cell.cell_type == "code"]


def outputs(scenario: Scenario) -> list[Any]:
    return [output for cell in code(scenario) for output in cell.outputs]


def pictures(scenario: Scenario) -> list[bytes]:
    shown = [output.data for output in outputs(scenario) if "data" in output]
    return [base64.b64decode(data["image/png"]) for data in shown if "image/png" in data]


@SCENARIOS
def test_it_is_small_enough_for_a_web_page(scenario: Scenario) -> None:
    assert scenario.file.stat().st_size < LARGEST


@SCENARIOS
def test_it_was_run_from_its_first_cell_to_its_last(scenario: Scenario) -> None:
    assert [cell.execution_count for cell in code(scenario)] == list(range(1, len(code(scenario)) + 1))


@SCENARIOS
def test_it_ran_without_errors_and_warnings(scenario: Scenario) -> None:
    told = [output for output in outputs(scenario) if output.output_type == "error" or output.get("name") == "stderr"]
    assert told == []


@SCENARIOS
def test_it_holds_no_path_of_a_machine(scenario: Scenario) -> None:
    text = json.dumps(scenario.notebook, ensure_ascii=False)
    assert not ABSOLUTE.findall(text.replace("/opt/ml", ""))


@SCENARIOS
def test_it_shows_pictures_of_a_readable_size(scenario: Scenario) -> None:
    shown = pictures(scenario)
    assert shown
    for picture in shown:
        width, height = struct.unpack(">II", picture[16:24])
        assert width >= 300
        assert height >= 150


@SCENARIOS
def test_it_says_where_its_data_come_from_and_how_the_job_runs_on_sagemaker(scenario: Scenario) -> None:
    text = "\n".join(cell.source for cell in scenario.notebook.cells if cell.cell_type == "markdown")
    assert scenario.data
    for address in scenario.data.values():
        assert address in text
    assert "sdk_v2.estimator(job).fit(sdk_v2.inputs(job))" in text
    assert "sdk_v3.model_trainer(job).train(sdk_v3.input_data(job))" in text


@SCENARIOS
def test_what_it_links_to_is_there(scenario: Scenario) -> None:
    text = "\n".join(cell.source for cell in scenario.notebook.cells if cell.cell_type == "markdown")
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (FOLDER / target).exists(), target


@SCENARIOS
def test_every_job_description_of_its_folder_is_told_of(scenario: Scenario) -> None:
    text = "\n".join(cell.source for cell in scenario.notebook.cells)
    for description in (FOLDER / scenario.name).glob("*.yaml"):
        assert f"{scenario.name}/{description.name}" in text


@SCENARIOS
def test_both_tables_of_examples_link_to_it(scenario: Scenario) -> None:
    assert f"(examples/{scenario.file.name})" in (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    assert f"({scenario.file.name})" in (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", DESCRIPTIONS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_job_description_is_one_and_runs_here_and_on_sagemaker(path: Any) -> None:
    job = read(path)
    assert job.role
    assert job.output
    for name, channel in job.channels.items():
        assert channel.local is not None, name
        assert channel.s3 is not None, name
