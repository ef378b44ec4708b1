"""The files that tell programs without a family's library what its algorithms take, log and can do."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from contract import declaration
from contract.hyperparameters import Hyperparameters, hyperparameter
from contract.metrics import Direction
from contract.scores import PARAMETER
from tests.contract.subject import FAMILIES, ROOT, Subject, subjects
from tests.toys.hosts.together import ALGORITHM as TOGETHER
from tests.toys.mean.averaging import Mean

LIBRARIES = "catboost faiss h5py keras lightgbm pandas scipy sklearn tensorflow xgboost".split()
READS_HYPERPARAMETERS = """
import importlib, json, sys
sys.modules.update(dict.fromkeys(sys.argv[1].split()))  # None: as if not installed
module, _, name = sys.argv[2].partition(":")
declared = getattr(importlib.import_module(module), name)
from contract.hyperparameters import parse
parse(declared, json.load(open(sys.argv[3])))
"""


@dataclass(frozen=True, kw_only=True)
class Params(Hyperparameters):
    rate: float | str = hyperparameter(
        "auto", words=("auto",), bounds="(0, inf)", aliases=("eta",), tunable=(1e-5, 1), scale="log", help="Speed."
    )
    kind: str = hyperparameter(choices=("a", "b"), tunable=("a", "b"), help="Which.")
    sizes: tuple[int, ...] = hyperparameter((), help="Widths.")


class Ranking(Mean):
    name: ClassVar[str] = "ranked"
    Hyperparameters = Params  # type: ignore[assignment]
    metrics: ClassVar[Mapping[str, Direction | None]] = {f"ndcg@{PARAMETER}": "Maximize", "level": None}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_committed_file_of_a_family_is_current(family: str) -> None:
    written = declaration.place(family)
    assert written == ROOT / "containers" / family / "declaration.json"
    assert written.read_text(encoding="utf-8") == declaration.current(family), "run `make docs`"


@pytest.mark.parametrize("subject", list(subjects()), ids=str)
def test_a_job_is_checked_where_no_library_is_installed(subject: Subject) -> None:
    declared = json.loads(declaration.current(subject.family))["algorithms"][subject.name]["hyperparameters_class"]
    job = subject.example / "input" / "config" / "hyperparameters.json"
    command = [sys.executable, "-c", READS_HYPERPARAMETERS, " ".join(LIBRARIES), declared, str(job)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("subject", list(subjects()), ids=str)
def test_metrics_are_as_sagemaker_takes_them(subject: Subject) -> None:
    found = declaration.metrics(subject.algorithm)
    assert found
    for entry in found:
        assert len(entry["name"]) <= 255
        assert len(entry["regex"]) <= 500
        assert re.compile(entry["regex"].replace(PARAMETER, "1")).groups == 1
        assert entry["direction"] in ("Minimize", "Maximize", None)
        assert (PARAMETER in entry["regex"]) is entry["parametrised"]
    assert len({entry["name"] for entry in found}) == len(found), "a name leaves no doubt about the regex"


@pytest.mark.parametrize("subject", list(subjects()), ids=str)
def test_a_metric_marked_as_a_loss_is_minimised(subject: Subject) -> None:
    for entry in declaration.metrics(subject.algorithm):
        assert "<loss>" not in entry["regex"] or entry["direction"] == "Minimize", entry
        assert "<score>" not in entry["regex"] or entry["direction"] != "Minimize", entry


def test_an_algorithm_is_declared_whole() -> None:
    family = json.loads(declaration.current("tests.toys.mean"))
    assert family["family"] == "tests.toys.mean"
    declared = family["algorithms"]["mean"]
    assert declared["hyperparameters_class"] == "tests.toys.mean.averaging:MeanHyperparameters"
    assert declared["hyperparameters"]["num_round"] == {
        "type": "integer",
        "required": False,
        "default": 3,
        "bounds": "[1, inf)",
        "choices": [],
        "words": [],
        "aliases": [],
        "help": "Steps towards the slope.",
        "tunable": {"kind": "integer", "min": 1, "max": 10, "scale": "linear"},
    }
    types = list(Mean.input.content_types)
    assert declared["channels"] == [
        {"name": "train", "required": True, "aliases": ["training"], "content_types": types},
        {"name": "validation", "required": False, "aliases": [], "content_types": types},
    ]
    assert types[0] == declared["request_types"][0] == "text/csv"
    flags = {name: declared[name] for name in ("distributed", "resumes", "continues", "one_record", "holds_out")}
    assert flags == dict.fromkeys(flags, False)
    assert {
        "metric": "rmse",
        "name": "validation:rmse",
        "regex": r"\bvalidation:rmse=(\S+)",
        "channel": "validation",
        "direction": "Minimize",
        "parametrised": False,
    } in declared["metrics"]


def test_a_parameter_stands_in_name_and_regex() -> None:
    assert declaration.metrics(Ranking())[0] == {
        "metric": "ndcg@{parameter}",
        "name": "train:ndcg@{parameter}",
        "regex": r"\btrain:ndcg@{parameter}=(\S+)",
        "channel": "train",
        "direction": "Maximize",
        "parametrised": True,
    }
    assert [entry["direction"] for entry in declaration.metrics(Ranking())] == ["Maximize", None] * 2


def test_a_companion_of_a_channel_has_no_metrics() -> None:
    assert {entry["channel"] for entry in declaration.metrics(TOGETHER)} == {"train", "validation"}
    assert TOGETHER.channels[-1].companion


def test_a_package_of_ones_own_is_declared_beside_its_init_with_the_kind_of_each_range(tmp_path: Path) -> None:
    declared = _declared_by_a_package_of_ones_own(tmp_path)["ranked"]["hyperparameters"]
    assert declared["rate"]["tunable"] == {"kind": "continuous", "min": 1e-5, "max": 1, "scale": "log"}
    assert declared["rate"]["words"] == ["auto"]
    assert declared["rate"]["aliases"] == ["eta"]
    assert declared["kind"] == {
        "type": "string",
        "required": True,
        "default": None,
        "bounds": None,
        "choices": ["a", "b"],
        "words": [],
        "aliases": [],
        "help": "Which.",
        "tunable": {"kind": "categorical", "values": ["a", "b"]},
    }
    assert declared["sizes"]["default"] is declared["sizes"]["tunable"] is None
    assert declared["sizes"]["type"] == "list of integer"


def test_a_family_that_is_not_there_is_named() -> None:
    ended = _write("no_such_package.family", ROOT)
    assert ended.returncode == 1
    assert "there is no package no_such_package.family" in ended.stderr
    assert "Traceback" not in ended.stderr


def _declared_by_a_package_of_ones_own(folder: Path) -> Mapping[str, Any]:
    """What is written beside the ``__init__`` of a package outside the project, with its algorithm in a sub-package."""
    algorithm = folder / "mine" / "family" / "ranked" / "algorithm.py"
    algorithm.parent.mkdir(parents=True)
    for package in (algorithm.parent, algorithm.parents[1], algorithm.parents[2]):
        (package / "__init__.py").write_text('"""A package."""\n')
    algorithm.write_text("from tests.contract_modules.test_declaration import Ranking\nALGORITHM = Ranking()\n")
    ended = _write("mine.family", folder)
    assert ended.returncode == 0, ended.stderr
    found: Mapping[str, Any] = json.loads((folder / "mine" / "family" / "declaration.json").read_text())["algorithms"]
    return found


def _write(family: str, path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "contract.declaration", family],
        env={"PYTHONPATH": f"{path}:{ROOT}"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
