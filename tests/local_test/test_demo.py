"""The demo: its data, and the whole way over the toy programs."""

from __future__ import annotations

import argparse
import os
import subprocess
from pathlib import Path

import numpy
import pytest

from local_test import demo
from local_test.demo_data import DemoData, diabetes, find_data, seoul_bike, write_channel
from local_test.errors import InvalidArgument
from tests.local_test.conftest import ROOT

HEADER = (
    "Date,Rented Bike Count,Hour,Temperature(°C),Humidity(%),Wind speed (m/s),Visibility (10m),"
    "Dew point temperature(°C),Solar Radiation (MJ/m2),Rainfall(mm),Snowfall (cm),Seasons,Holiday,Functioning Day"
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with ten hours in the layout of the Seoul bike data."""
    (tmp_path / "sets" / "seoul-bike").mkdir(parents=True)
    hours = [f"0{1 + i % 3}/12/2017,{100 + i},{i},-5.2,37,2.2,2000,-17.6,0,0,0,{'Winter' if i % 2 else 'Spring'},"
             f"{'Holiday' if i == 3 else 'No Holiday'},Yes" for i in range(10)]  # fmt: skip
    text = "\r\n".join([HEADER, *hours]) + "\r\n"
    (tmp_path / "sets" / "seoul-bike" / "SeoulBikeData.csv").write_bytes(text.encode("cp1252"))
    return tmp_path / "sets"


def test_the_bike_data_become_numbers_with_the_count_in_front(data: Path) -> None:
    bikes = seoul_bike(data / "seoul-bike" / "SeoulBikeData.csv")
    assert bikes.rows[3] == "103 3 -5.2 37 2.2 2000 -17.6 0 0 0 0 1 1 1 12 4 0".split()
    assert all(len(row) == len(bikes.features) + 1 for row in bikes.rows)
    assert all(float(cell) is not None for row in bikes.rows for cell in row)


def test_saturday_and_sunday_are_weekend(data: Path) -> None:
    bikes = seoul_bike(data / "seoul-bike" / "SeoulBikeData.csv")
    assert [row[-2:] for row in bikes.rows[:3]] == [["4", "0"], ["5", "1"], ["6", "1"]]


def test_the_split_is_the_one_that_published_scores_use() -> None:
    pytest.importorskip("sklearn")
    from sklearn.model_selection import train_test_split

    rows = [[str(i)] for i in range(103)]
    expected = [list(map(str, part)) for part in train_test_split(numpy.arange(103), test_size=0.2, random_state=42)]
    train, held_out = DemoData("", "", "", (), rows).split()
    assert [[row[0] for row in part] for part in (train, held_out)] == expected


def test_the_diabetes_data_are_there_without_any_file(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    found = find_data(None, beside=tmp_path / "not-there")
    assert found == diabetes()
    assert len(found.rows) == 442
    assert found.rows[0][0] == "151"


def test_a_channel_names_its_columns(tmp_path: Path) -> None:
    assert write_channel(["y", "x"], [["1", "2"]], tmp_path / "train").read_bytes() == b"y,x\n1,2\n"


@pytest.mark.parametrize("file", sorted(ROOT.glob("containers/*/demo.json")), ids=lambda file: file.parent.name)
def test_every_plan_gives_hyperparameters_as_strings(file: Path) -> None:
    plan = demo.Plan.of(file.parent.name)
    assert plan.hyperparameters
    assert all(isinstance(value, str) for value in plan.hyperparameters.values())


def test_an_unknown_family_is_told_with_the_known_ones() -> None:
    with pytest.raises(InvalidArgument, match=r"'toy', only: .*xgboost"):
        demo.run(argparse.Namespace(family="toy"))


def test_the_demo_trains_serves_and_predicts(python: Path, data: Path, tmp_path: Path) -> None:
    command = [str(python), "-m", "local_test", "demo", "--data", str(data), "--output", str(tmp_path / "demo")]
    environment = os.environ | {"PYTHONPATH": str(Path(numpy.__file__).parents[1])}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    stages = ["1. Data", "2. Training", "Completed after", "3. Evaluation", "train:mean", "4. Hosting", "in service at",
              "5. Predictions", '{"score": ', "Everything is in\n  model ", "metrics.json"]  # fmt: skip
    places = [done.stdout.find(stage) for stage in stages]
    assert -1 not in places
    assert places == sorted(places)
