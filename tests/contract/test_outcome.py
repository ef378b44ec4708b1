"""Sections T and S of the checklist: how a job ends, what it leaves, what it logs."""

from __future__ import annotations

import json
import math
import re
import shutil
import signal
import stat

import pytest

from tests.contract.conftest import Case, Failing, Trained
from tests.contract.runtime import wait_for_text
from tests.contract.subject import MEAN, Subject
from tests.contract.tree import Tree


def test_T01_I01_success_is_exit_code_0_without_a_failure_file(trained: Trained) -> None:
    assert trained.exit_code == 0, trained.log
    assert trained.tree.failure is None


def test_T02_the_model_directory_holds_regular_files_only(trained: Trained) -> None:
    paths = list(trained.tree.model.rglob("*"))
    assert paths
    assert all(stat.S_ISREG(path.lstat().st_mode) or stat.S_ISDIR(path.lstat().st_mode) for path in paths)
    assert not [path for path in paths if path.name.startswith(".")], "nothing half-written is left"


def test_T04_metrics_report_and_definitions_are_written_to_the_output(trained: Trained) -> None:
    files = {path.name for path in (trained.tree.output / "data").iterdir()}
    assert {"evaluation.json", "metric_definitions.json", "report.html"} <= files


def test_T04_the_report_needs_no_network(trained: Trained, subject: Subject) -> None:
    page = (trained.tree.output / "data" / "report.html").read_text()
    assert "<svg" in page or subject == MEAN  # which has nothing to draw
    assert not re.search(r"""(src|href)\s*=\s*["'](https?:)?//""", page)
    assert not re.search(r"url\(\s*['\"]?(https?:)?//", page)


def test_the_report_is_kept_beside_the_model_too(trained: Trained) -> None:
    assert (trained.tree.model / "report.html").stat().st_size < 2_000_000


@pytest.mark.any_algorithm
def test_T06_a_mistake_of_the_user_gives_cause_and_remedy(tree: Tree, failing: Failing) -> None:
    failure = failing(tree.set(no_such_thing="1"))
    assert failure.startswith("ClientError: ")


@pytest.mark.any_algorithm
def test_T08_the_failure_text_is_short_utf8(tree: Tree, failing: Failing) -> None:
    failure = failing(tree.set(**{f"unknown_é_{number}": "x" for number in range(90)}))
    assert "unknown_é_0" in failure


@pytest.mark.any_algorithm
def test_T09_an_unwritable_output_does_not_hide_the_error(case: Case, tree: Tree) -> None:
    shutil.rmtree(tree.output)
    tree.output.write_text("a file where the folder should be") if case.runtime.name == "process" else None
    exit_code, log = case.train(tree.set(no_such_thing="1"))
    assert exit_code != 0
    assert "no_such_thing" in log


@pytest.mark.any_algorithm
def test_T10_after_a_failure_an_earlier_partial_model_is_gone(tree: Tree, failing: Failing) -> None:
    (tree.model / ".partial").mkdir()
    (tree.model / ".partial" / "half").write_bytes(b"half a model")
    failing(tree.set(no_such_thing="1"))
    assert not (tree.model / ".partial").exists()


@pytest.mark.any_algorithm
def test_T01_T10_a_later_job_in_the_same_tree_leaves_nothing_of_the_earlier_ones(case: Case, tree: Tree) -> None:
    (tree.model / "xgboost-model-7").write_bytes(b"of an earlier job")
    assert case.train(tree)[0] == 0
    first = tree.model_files()
    assert "xgboost-model-7" not in first
    given = tree.read_config("hyperparameters")
    assert case.train(tree.set(no_such_thing="1"))[0] != 0
    assert tree.failure
    assert tree.model_files() == set()
    tree.write_config("hyperparameters", given)
    exit_code, log = case.train(tree)
    assert exit_code == 0, log
    assert tree.failure is None
    assert tree.model_files() == first


def test_T12_every_advertised_metric_matches_the_log_with_a_finite_number(trained: Trained) -> None:
    definitions = json.loads((trained.tree.output / "data" / "metric_definitions.json").read_text())
    assert definitions
    for definition in definitions:
        found = [match for line in trained.log.splitlines() if (match := re.search(definition["Regex"], line))]
        assert found, f"{definition} matches no line"
        assert math.isfinite(float(found[-1].group(1)))
        assert "\t" not in found[-1].group(0)
        assert len(definition["Regex"]) <= 500


def test_T13_the_final_metrics_are_logged(trained: Trained) -> None:
    evaluation = json.loads((trained.tree.output / "data" / "evaluation.json").read_text())
    definitions = json.loads((trained.tree.output / "data" / "metric_definitions.json").read_text())
    for definition in definitions:
        if "epoch=" in definition["Regex"]:
            continue  # it follows the training, whose last epoch need not be the model's
        channel, _, name = definition["Name"].removesuffix(":final").rpartition(":")
        known = evaluation["metrics"][channel or "validation"]
        last = [match for line in trained.log.splitlines() if (match := re.search(definition["Regex"], line))][-1]
        # Names of some built-in metrics say less than their lines: binary_f_beta is logged as binary_f_1.000.
        expected = [known[name]] if name in known else list(known.values())
        assert any(float(last.group(1)) == pytest.approx(value, rel=1e-5, abs=1e-6) for value in expected)


def test_T14_the_log_has_no_carriage_returns(trained: Trained) -> None:
    assert "\r" not in trained.log.replace("\r\n", "\n")


@pytest.mark.any_algorithm
def test_T14_the_log_has_no_environment(case: Case, tree: Tree) -> None:
    exit_code, log = case.train(tree, AWS_SECRET_ACCESS_KEY="do-not-tell", SOME_PASSWORD="nor-this")
    assert exit_code == 0
    assert "do-not-tell" not in log
    assert "nor-this" not in log


def test_the_manifest_describes_the_model(trained: Trained, subject: Subject) -> None:
    manifest = json.loads((trained.tree.model / "manifest.json").read_text())
    assert manifest["algorithm"] == subject.name
    assert manifest["task"]
    assert manifest["versions"]
    assert manifest["metrics"]
    assert manifest["example"]["content_type"]
    assert len(manifest["data"]["train"]["sha256"]) == 64
    assert manifest["hyperparameters"] == trained.tree.read_config("hyperparameters")


def test_S01_S02_sigterm_ends_the_job_and_leaves_no_partial_model(case: Case, tree: Tree) -> None:
    program = case.start_training(tree)
    try:
        wait_for_text(program, "channel train: reading")
        program.signal(signal.SIGTERM)
        exit_code = program.wait()
    finally:
        log = program.log()
        program.stop()
    files = tree.model_files()
    assert ("manifest.json" in files) is (exit_code == 0), log
    assert exit_code == 0 or not files
    assert not [name for name in files if name.startswith(".partial")]


def test_S08_without_a_checkpoint_folder_nothing_is_written_elsewhere(trained: Trained) -> None:
    below = {path.name for path in trained.tree.base.iterdir()}
    assert below == {"input", "model", "output"}
    assert {path.name for path in trained.tree.output.iterdir()} == {"data"}
