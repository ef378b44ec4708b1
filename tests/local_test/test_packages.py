"""A family that is a package of one's own, outside the project."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import local_test
from local_test.errors import InvalidArgument
from local_test.job import run_job
from local_test.packages import folder_of
from local_test.process_runtime import ProcessRuntime
from local_test.request import LocalChannel, TrainingRequest
from tests.contract.subject import ROOT, Subject
from tests.local_test.conftest import seen_by

JOB = """\
name: ours
family: {family}
hyperparameters: {{num_round: 2}}
channels:
  train: {{local: train.csv, content_type: text/csv}}
"""


@pytest.fixture
def family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a package that the running Python finds: one module, and its declaration."""
    name = f"mine_{tmp_path.name}"
    package = tmp_path / "somewhere" / name / "family"
    package.mkdir(parents=True)
    (package / "averaging.py").write_text("from tests.toys.mean.averaging import ALGORITHM\n")
    declared = ROOT / "containers" / "sklearn" / "declaration.json"
    entry = json.loads(declared.read_text())["algorithms"]["kmeans"]
    hyperparameters = {"hyperparameters_class": "tests.toys.mean.averaging:MeanHyperparameters"}
    (package / "declaration.json").write_text(json.dumps({"algorithms": {"mean": entry | hyperparameters}}))
    monkeypatch.syspath_prepend(str(tmp_path / "somewhere"))
    return f"{name}.family"


def test_the_folder_that_a_program_needs_is_that_of_the_first_name(family: str, tmp_path: Path) -> None:
    assert folder_of(family) == tmp_path / "somewhere"
    assert folder_of("tests.toys.mean") == ROOT


def test_a_description_of_such_a_family_trains_and_is_served(family: str, tmp_path: Path) -> None:
    shutil.copyfile(next(Subject("tests.toys.mean", "mean").example.rglob("train.csv")), tmp_path / "train.csv")
    (tmp_path / "job.yaml").write_text(JOB.format(family=family))
    job = local_test.train(tmp_path / "job.yaml", tmp_path / "job", quiet=True)
    assert job.scores["train:rmse"] > 0
    with local_test.serve(tmp_path / "job.yaml", job.model) as endpoint:
        assert len(endpoint.predict([[1, 2, 3, 4], [4, 3, 2, 1]])) == 2


@pytest.mark.parametrize("family", ["mine.unheard_of", "json.decoder"])
def test_a_package_that_is_not_there_is_named_with_the_remedy(
    family: str, channel: LocalChannel, runtime: ProcessRuntime, tmp_path: Path
) -> None:
    with pytest.raises(InvalidArgument, match=rf"no package {family}: put the folder that holds .*/ on PYTHONPATH"):
        run_job(TrainingRequest((channel,)), replace(runtime, family=family), tmp_path / "job")


def test_nothing_else_of_the_callers_path_reaches_a_program(
    channel: LocalChannel, runtime: ProcessRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere/else")
    foreign = run_job(TrainingRequest((channel,)), replace(runtime, family="tests.toys.mean"), tmp_path / "foreign")
    assert seen_by(foreign)["environment"]["PYTHONPATH"] == str(ROOT)
    ours = run_job(TrainingRequest((channel,)), runtime, tmp_path / "ours")
    assert "PYTHONPATH" not in seen_by(ours)["environment"]


def test_what_such_a_package_itself_lacks_is_told_as_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"lacking_{tmp_path.name}"
    (tmp_path / name / "family").mkdir(parents=True)
    (tmp_path / name / "__init__.py").write_text("import nothing_there\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(InvalidArgument, match=f"{name}.family cannot be imported: No module named 'nothing_there'"):
        folder_of(f"{name}.family")


def test_a_name_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"\.family cannot be imported"):
        folder_of(".family")
