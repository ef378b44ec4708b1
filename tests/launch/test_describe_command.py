"""`python -m launch describe`: what a tuner needs to know, as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.validate import ParamValidator

from launch import declaration
from launch.__main__ import main
from tests.launch.conftest import Call
from tests.launch.descriptions import ALGORITHMS, SMALL, TUNING
from tests.launch.service_model import model


def described(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    assert main(["describe", *options]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def written(folder: Path, **changes: Any) -> str:
    file = folder / "job.yaml"
    file.write_text(yaml.safe_dump(SMALL | changes), encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(("family", "algorithm"), ALGORITHMS)
def test_everything_that_an_algorithm_declares_is_printed_in_the_forms_of_the_service(
    family: str, algorithm: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = described(capsys, "--family", family, "--algorithm", algorithm)
    declared = declaration.find(family, algorithm)
    assert [one["MetricName"] for one in found["Objectives"]] == [metric.name for metric in declared.metrics]
    assert {one.get("Type") for one in found["Objectives"]} <= {"Minimize", "Maximize", None}
    ranges = {one["Name"] for kind in found["TunableParameterRanges"].values() for one in kind}
    assert ranges == {name for name, entry in declared.hyperparameters.items() if entry["tunable"]}
    types = list(declared.channels[0].content_types)
    assert found["ContentTypes"] == types
    assert found["RequestTypes"] == list(declared.request_types)
    assert found["Channels"][0] == {
        "Name": "train",
        "IsRequired": True,
        "Aliases": ["training"],
        "SupportedContentTypes": types,
    }
    for shape, part in (("ParameterRanges", "TunableParameterRanges"), ("MetricDefinitionList", "MetricDefinitions")):
        report = ParamValidator().validate(found[part], model("sagemaker").shape_for(shape))
        assert not report.has_errors(), report.generate_report()


def test_of_a_description_exactly_what_its_job_is_given_is_printed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, calls: list[Call]
) -> None:
    tuning = TUNING | {"metric": "train:mae"}
    found = described(capsys, written(tmp_path, tuning=tuning))
    assert found["MetricDefinitions"][0]["Name"] == "train:mae"
    assert len(found["MetricDefinitions"]) <= 40
    assert calls == []


def test_more_definitions_than_a_job_takes_are_told_apart_from_the_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", "--family", "xgboost"]) == 0
    told = capsys.readouterr()
    assert len(json.loads(told.out)["MetricDefinitions"]) > 40
    assert "a job takes 40 MetricDefinitions" in told.err


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ([], "give either a job description or --family"),
        (["--family", "xgbost"], "there is no family 'xgbost': choose one of"),
        (["--family", "sklearn"], "give `algorithm`, one of kmeans"),
        (["--family", "sklearn", "--algorithm", "kmens"], "there is no algorithm 'kmens'"),
        (["job.yaml", "--family", "xgboost"], "give either a job description or --family"),
        (["job.yaml", "--algorithm", "kmeans"], "--algorithm goes with --family"),
    ],
)
def test_a_wrong_command_is_told_with_its_remedy(
    options: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["describe", *options]) == 2
    assert text in capsys.readouterr().err
