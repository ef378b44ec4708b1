"""What runs the notebooks: from the command line, with clear errors, and without traces of the machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from examples import __main__, notebook, scenario
from examples.errors import ExampleError
from examples.scenario import Scenario, data_folder

Make = Callable[..., Scenario]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a scenario of some cells of code."""

    def make(*cells: str, **data: str) -> Scenario:
        content = new_notebook(metadata={"data": data, "author": "me"})
        content.cells = [new_markdown_cell("# A walk\n\nText."), *map(new_code_cell, cells)]
        nbformat.write(content, tmp_path / "walk.ipynb")
        return Scenario(tmp_path / "walk.ipynb")

    return make


def test_a_run_gives_the_scores_and_the_notebook_with_its_outputs(make: Make, tmp_path: Path) -> None:
    walked = make("import os\nprint(os.environ['DATA'], os.environ['RUNTIME'])", "scores = {'r2': 0.5}")
    seen: list[tuple[int, int, str]] = []
    outcome = notebook.run(walked, tmp_path, "docker", lambda _, *told: seen.append(told))
    assert outcome.scores == {"r2": 0.5}
    assert outcome.empty_pictures == []
    assert outcome.notebook.cells[1].outputs[0].text == f"{tmp_path} docker\n"
    assert [cell.execution_count for cell in outcome.notebook.cells[1:]] == [1, 2]
    assert seen == [(2, 3, "A walk"), (3, 3, "A walk")]


def test_an_empty_picture_is_told_and_a_full_one_is_shown(make: Make, tmp_path: Path) -> None:
    plot = "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\naxes.set_title('{}')\n{}"
    walked = make(plot.format("rain", "axes.plot([1, 2]);"), plot.format("snow", "axes.plot([]);"), "scores = {}")
    outcome = notebook.run(walked, tmp_path, "process")
    assert outcome.empty_pictures == ["snow"]
    assert "image/png" in outcome.notebook.cells[1].outputs[-1].data


def test_a_cell_that_fails_is_told_by_its_error_and_its_line(make: Make, tmp_path: Path) -> None:
    walked = make("a = 1\nb = a / 0\n")
    with pytest.raises(ExampleError, match=r"(?s)^ZeroDivisionError: division by zero.*b = a / 0"):
        notebook.run(walked, tmp_path, "process")


def test_what_is_kept_has_the_outputs_and_nothing_of_the_machine(make: Make, tmp_path: Path) -> None:
    walked = make("1 + 1", "scores = {}", rain="https://example.com/rain")
    outcome = notebook.run(walked, tmp_path, "process")
    notebook.write(outcome.notebook, tmp_path / "kept.ipynb")
    kept = nbformat.read(tmp_path / "kept.ipynb", as_version=4)
    assert kept.metadata.data == {"rain": "https://example.com/rain"}
    assert "author" not in kept.metadata
    assert kept.metadata.language_info == {"name": "python"}
    assert kept.cells[1].outputs[0].data["text/plain"] == "2"


def test_missing_data_are_told_with_their_download_before_anything_runs(make: Make, tmp_path: Path) -> None:
    walked = make(**{"rain/rain.csv": "https://example.com/rain"})
    with pytest.raises(ExampleError, match=r"rain/rain\.csv \(from https://example\.com/rain\).*DATA="):
        walked.check_data(tmp_path)
    (tmp_path / "rain").mkdir()
    (tmp_path / "rain" / "rain.csv").touch()
    walked.check_data(tmp_path)
    make(**{"rain/rain.csv.gz": "https://example.com/rain"}).check_data(tmp_path)  # not compressed, as downloaded


def test_an_unknown_name_is_told_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["seoul_bikes"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("examples: error: there is no example 'seoul_bikes', only: ")
    assert "salary" in told


def test_the_command_says_what_data_are_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["salary", "--data", str(tmp_path)]) == 2
    assert "salary/salary.csv" in capsys.readouterr().err


def test_the_command_runs_a_notebook_and_leaves_a_page(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make("print('it rains')", "scores = {'r2': 0.5}")
    monkeypatch.setattr(scenario, "FOLDER", tmp_path)
    monkeypatch.setattr(__main__, "OUTPUT", tmp_path / "build")
    assert __main__.main(["walk", "--data", str(tmp_path), "--keep"]) == 0
    told = capsys.readouterr().out
    assert "cell  2 of 3  A walk" in told
    assert "r2" in told
    assert "it rains" in (tmp_path / "build" / "walk.html").read_text(encoding="utf-8")
    assert "it rains" in (tmp_path / "walk.ipynb").read_text(encoding="utf-8")


def test_the_command_fails_when_a_notebook_does(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make("raise ValueError('it rains')")
    monkeypatch.setattr(scenario, "FOLDER", tmp_path)
    assert __main__.main(["walk", "--data", str(tmp_path)]) == 1
    assert "examples: error: walk: ValueError: it rains" in capsys.readouterr().err


def test_the_data_are_those_that_are_named_seen_from_the_callers_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert data_folder(Path("mine")) == tmp_path / "mine"
