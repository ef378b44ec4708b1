"""How ``serve`` starts, and how it refuses to."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from contract import artifact
from contract.algorithm import Example
from tests.server_process import ROOT, ServerProcess
from tests.serving.pipes import BLOCKING_RECORD, Pipes
from tests.serving.toy_models import csv_rows, write_model

RunServe = Callable[..., tuple[int, str]]
MEAN = {"ALGORITHM_FAMILY": "tests.toys.mean"}


def test_unknown_arguments_are_answered_with_the_usage(run_serve: RunServe) -> None:
    code, log = run_serve(MEAN, ["--fast"])
    assert code == 2
    assert log.startswith("usage: serve")


def test_help_is_no_error(run_serve: RunServe) -> None:
    code, log = run_serve({}, ["--help"])
    assert code == 0
    assert "--check" in log


def test_check_answers_the_example_in_one_line(tmp_path: Path, run_serve: RunServe) -> None:
    write_model(tmp_path / "model")
    code, log = run_serve(MEAN, ["--check"])
    assert code == 0
    assert log.startswith("mean (regression) in ")
    assert "loads and answers its example" in log
    assert len(log.splitlines()) == 1


def test_check_of_a_broken_model_says_why_in_one_line(tmp_path: Path, run_serve: RunServe) -> None:
    (write_model(tmp_path / "model") / "mean.json").write_text("{" * 500)
    code, log = run_serve(MEAN, ["--check"])
    assert code == 1
    assert "mean.json cannot be read" in log
    assert len(log.splitlines()) == 1


@pytest.mark.parametrize(
    ("environ", "reason"),
    [
        ({}, "ALGORITHM_FAMILY is not set"),
        ({"ALGORITHM_FAMILY": "nothing"}, "there is no package containers.nothing"),
        ({**MEAN, "ALGORITHM": "median"}, "'median' is not in the tests.toys.mean image, which holds mean"),
        ({**MEAN, "SAGEMAKER_BIND_TO_PORT": "99999"}, "SAGEMAKER_BIND_TO_PORT is '99999'"),
        (
            {**MEAN, "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "image/png"},
            "this model answers application/json, text/csv",
        ),
        ({**MEAN, "SAGEMAKER_INFERENCE_OUTPUT": "labels"}, "unknown output labels"),
    ],
)
def test_V03_a_setting_that_cannot_work_ends_the_start_with_its_reason(
    tmp_path: Path, run_serve: RunServe, environ: dict[str, str], reason: str
) -> None:
    manifest = write_model(tmp_path / "model") / "manifest.json"
    if "ALGORITHM" in environ:
        manifest.unlink()
    code, log = run_serve(environ)
    assert code == 1
    assert reason in log
    assert "Traceback" not in log
    assert "Listening" not in log


def test_V03_a_missing_model_ends_the_start(run_serve: RunServe) -> None:
    code, log = run_serve(MEAN)
    assert code == 1
    assert "holds no model" in log


def test_V03_an_empty_model_directory_ends_the_start(tmp_path: Path, run_serve: RunServe) -> None:
    (tmp_path / "model").mkdir()
    code, log = run_serve(MEAN)
    assert code == 1
    assert "holds no model" in log


def test_V03_a_damaged_manifest_ends_the_start(tmp_path: Path, run_serve: RunServe) -> None:
    (write_model(tmp_path / "model") / "manifest.json").write_text("{}")
    code, log = run_serve(MEAN)
    assert code == 1
    assert "the model directory is damaged" in log


def test_V03_a_model_of_another_family_ends_the_start(tmp_path: Path, run_serve: RunServe) -> None:
    write_model(tmp_path / "model", "predicts_nan")
    code, log = run_serve(MEAN)
    assert code == 1
    assert "'tests.toys.predicts_nan', this image serves 'tests.toys.mean'" in log


@pytest.mark.parametrize("toy", ["predicts_nan", "wrong_row_count", "raises_in_predict"])
def test_V03_a_model_that_does_not_answer_its_example_ends_the_start(
    tmp_path: Path, run_serve: RunServe, toy: str
) -> None:
    write_model(tmp_path / "model", toy)
    code, log = run_serve({"ALGORITHM_FAMILY": f"tests.toys.{toy}"})
    assert code == 1
    assert "Listening" not in log
    assert "Traceback" in log or "the log says more" not in log


def test_V03_a_model_that_kills_its_process_is_reported_as_too_large(tmp_path: Path, run_serve: RunServe) -> None:
    write_model(tmp_path / "model", "killed_in_load")
    code, log = run_serve({"ALGORITHM_FAMILY": "tests.toys.killed_in_load"})
    assert code == 1
    assert "killed by SIGKILL; the model probably needs more memory than there is" in log


def test_sigterm_while_the_model_loads_ends_the_program(tmp_path: Path, pipes: Pipes) -> None:
    endless = artifact.example_json(Example("text/csv", BLOCKING_RECORD))
    write_model(tmp_path / "model", "blocks", example=endless)
    environ = {"ALGORITHM_FAMILY": "tests.toys.blocks", **pipes.environ}
    program = ServerProcess(tmp_path, tmp_path, environ).start()
    pipes.wait_for_prediction()
    children = program.workers()
    assert program.stop(signal.SIGTERM) == 0
    assert children
    assert not [child for child in children if Path(f"/proc/{child}").exists()], "the trial goes on without its parent"


def test_L02_unrelated_files_beside_the_model_do_no_harm(
    tmp_path: Path, start_server: Callable[..., ServerProcess]
) -> None:
    model = write_model(tmp_path / "model")
    (model / "model.tar.gz").write_bytes(b"\x1f\x8b not really")
    (model / "code").mkdir()
    (model / "._mean.json").write_bytes(b"\0")
    assert start_server().invoke(csv_rows(1)).status == 200


def test_a_model_packed_inside_one_folder_is_served(tmp_path: Path, start_server: Callable[..., ServerProcess]) -> None:
    write_model(tmp_path / "model" / "packed")
    assert start_server().invoke(csv_rows(1)).status == 200


def test_native_libraries_are_not_loaded_before_their_threads_are_limited() -> None:
    script = "import sys, serve.__main__; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0
