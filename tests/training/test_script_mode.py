"""What `train` does with a program of the user, as far as no toolkit is needed; the rest is tested in the images."""

from __future__ import annotations

import json
import signal
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from contract.errors import AlgorithmError, ContainerError, PlatformError, UserError
from tests.contract.logs import expecting
from tests.contract.runtime import Processes, run, wait_for_text
from tests.contract.subject import Subject
from tests.contract.tree import Tree
from train import entry_point, environment
from train.entry_point import EntryPoint
from train.program_failure import ProgramExit, failure, last_error, stopped
from train.supervision import CompletedProgram

XGBOOST = Subject("xgboost", "xgboost")
NO_TOOLKIT = {"SCRIPT_MODE_PYTHON": sys.executable}
LOGGED = "2026-01-02 03:04:05,678 sagemaker-training-toolkit INFO     "
BEFORE = f"{LOGGED}Invoking user script\n\nInvoking script with the following command:\n\npython -- train.py\n\n\n"
AFTER = f"{LOGGED.replace('INFO ', 'ERROR')}Reporting training FAILURE\n{LOGGED}ExecuteUserScriptError:\nExitCode 1\n"


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree.copy(XGBOOST.example, tmp_path / "ml")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A source directory with train.py."""
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "train.py").write_text("print('trained')\n")
    return folder


def found(tree: Tree, **variables: str) -> EntryPoint | None:
    told = environment.read({"SAGEMAKER_BASE_DIR": str(tree.base), "ALGORITHM_FAMILY": "xgboost"})
    return entry_point.find(told, variables)


def refusal(tree: Tree) -> str:
    """Why the program that the tree names is refused, as the failure file says it."""
    told = environment.read({"SAGEMAKER_BASE_DIR": str(tree.base), "ALGORITHM_FAMILY": "xgboost"})
    program = entry_point.find(told, {})
    assert program is not None
    with pytest.raises(UserError) as refused:
        entry_point.check(program, told)
    return f"{refused.value.blame}: {refused.value}"


def train(tree: Tree, variables: Mapping[str, str] = NO_TOOLKIT) -> tuple[int, str]:
    return run(Processes(), ["train"], XGBOOST, tree, variables)


def code_channel(tree: Tree) -> Path:
    folder = tree.channel_folder("code")
    folder.mkdir()
    return folder


def pack(source: Path, archive: Path) -> Path:
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(source, ".")
    return archive


def report(code: int, kind: str = "ExecuteUserScriptError") -> str:
    """The failure text of the toolkit, in which it has no error message."""
    return f'{kind}:\nExitCode {code}\nErrorMessage ""\nCommand "python -- train.py"'


# Which program runs


@pytest.mark.parametrize("name", ["train.py", '"train.py"'])
def test_a_program_with_a_source_directory_is_found_quoted_or_not(tree: Tree, name: str) -> None:
    tree.set(sagemaker_program=name, sagemaker_submit_directory='"s3://bucket/sourcedir.tar.gz"')
    assert found(tree) == EntryPoint("train.py", "s3://bucket/sourcedir.tar.gz")


def test_variables_name_program_and_directory_as_well(tree: Tree) -> None:
    program = found(tree, SAGEMAKER_PROGRAM="train.py", SAGEMAKER_SUBMIT_DIRECTORY="file:///somewhere")
    assert program == EntryPoint("train.py", "/somewhere")


def test_what_the_job_says_goes_before_what_the_image_says(tree: Tree) -> None:
    tree.set(sagemaker_program="mine.py", sagemaker_submit_directory="/mine")
    program = found(tree, SAGEMAKER_PROGRAM="theirs.py", SAGEMAKER_SUBMIT_DIRECTORY="/theirs")
    assert program == EntryPoint("mine.py", "/mine")


@pytest.mark.parametrize("unset", ["", "null"])
def test_C06_a_program_without_a_place_asks_for_nothing(tree: Tree, unset: str) -> None:
    code_channel(tree)
    assert found(tree.set(sagemaker_program="train.py", sagemaker_submit_directory=unset)) is None


def test_a_place_without_a_program_asks_for_nothing(tree: Tree) -> None:
    (code_channel(tree) / "train.py").write_text("")
    assert found(tree.set(sagemaker_submit_directory="s3://bucket/sourcedir.tar.gz")) is None


def test_the_code_channel_is_a_source_directory(tree: Tree) -> None:
    folder = code_channel(tree)
    (folder / "train.py").write_text("")
    assert found(tree.set(sagemaker_program="train.py")) == EntryPoint("train.py", str(folder))


def test_an_archive_in_the_code_channel_is_the_source_directory(tree: Tree, source: Path) -> None:
    archive = pack(source, code_channel(tree) / "sourcedir.tar.gz")
    assert found(tree.set(sagemaker_program="train.py")) == EntryPoint("train.py", str(archive))


def test_a_program_that_the_image_brings_in_the_code_folder_is_found(tree: Tree) -> None:
    (tree.base / "code").mkdir()
    (tree.base / "code" / "train.py").write_text("")
    assert found(tree, SAGEMAKER_PROGRAM="train.py") == EntryPoint("train.py", str(tree.base / "code"))


# What is refused before anything starts


@pytest.mark.parametrize("name", ["../train.py", "/bin/sh", "--version", "a/./b.py", "train.py; rm", "a//b.py"])
def test_a_name_that_is_no_path_inside_the_directory_is_refused(tree: Tree, source: Path, name: str) -> None:
    refused = refusal(tree.set(sagemaker_program=name, sagemaker_submit_directory=str(source)))
    assert refused.startswith(f"ClientError: sagemaker_program {name!r} is no path inside")


@pytest.mark.parametrize("name", ["train.py", "bin/train-2.sh", "a_b.c+d/.e", "module"])
def test_a_name_that_the_toolkit_takes_is_not_refused(name: str) -> None:
    assert entry_point.NAME.fullmatch(name)


def test_a_program_that_is_not_in_the_directory_is_refused_with_what_is(tree: Tree, source: Path) -> None:
    refused = refusal(tree.set(sagemaker_program="fit.py", sagemaker_submit_directory=str(source)))
    assert "holds no fit.py" in refused
    assert "It holds train.py" in refused


def test_a_program_that_is_not_in_the_archive_is_refused_with_what_is(tree: Tree, source: Path) -> None:
    pack(source, code_channel(tree) / "sourcedir.tar.gz")
    refused = refusal(tree.set(sagemaker_program="fit.py"))
    assert "sourcedir.tar.gz holds no fit.py" in refused
    assert "It holds train.py" in refused


@pytest.mark.parametrize("kept", [0.3, 0.8])
def test_a_cut_archive_is_refused(tree: Tree, source: Path, kept: float) -> None:
    archive = pack(source, code_channel(tree) / "sourcedir.tar.gz")
    archive.write_bytes(archive.read_bytes()[: int(archive.stat().st_size * kept)])
    refused = refusal(tree.set(sagemaker_program="train.py"))
    assert "cannot be read as a .tar.gz archive" in refused


def test_something_else_than_an_archive_is_refused(tree: Tree, source: Path) -> None:
    (code_channel(tree) / "sourcedir.tar.gz").write_text("<html>not found</html>")
    refused = refusal(tree.set(sagemaker_program="train.py"))
    assert "pack it anew" in refused


@pytest.mark.parametrize("directory", ["https://example.org/sourcedir.tar.gz", "/nowhere"])
def test_a_directory_that_is_not_there_is_refused(tree: Tree, directory: str) -> None:
    refused = refusal(tree.set(sagemaker_program="train.py", sagemaker_submit_directory=directory))
    assert f"ClientError: sagemaker_submit_directory {directory}: " in refused


def test_other_code_where_the_program_would_run_is_never_run_in_its_place(tree: Tree, source: Path) -> None:
    (tree.base / "code").mkdir()
    (tree.base / "code" / "other.py").write_text("")
    refused = refusal(tree.set(sagemaker_program="train.py", sagemaker_submit_directory=str(source)))
    assert "already holds other.py" in refused
    assert (tree.base / "code" / "other.py").exists()


def test_T06_a_program_that_is_refused_fails_the_job_with_the_reason(tree: Tree, source: Path) -> None:
    exit_code, log = train(tree.set(sagemaker_program="fit.py", sagemaker_submit_directory=str(source)))
    assert exit_code == 2, log
    assert (tree.failure or "").startswith(f"ClientError: {source} holds no fit.py")


@pytest.mark.parametrize("variables", [{}, {"SCRIPT_MODE_PYTHON": "/nowhere/python"}, NO_TOOLKIT])
def test_without_the_toolkit_the_failure_says_how_to_get_it(
    tree: Tree, source: Path, variables: dict[str, str]
) -> None:
    exit_code, log = train(tree.set(sagemaker_program="train.py", sagemaker_submit_directory=str(source)), variables)
    assert exit_code == 3, log
    assert (tree.failure or "").startswith("PlatformError: ")
    assert "pip install sagemaker-training" in (tree.failure or "")


def test_the_failure_of_an_earlier_job_does_not_pass_for_the_programs_own(tree: Tree, source: Path) -> None:
    (tree.output / "failure").write_text("of yesterday")
    train(tree.set(sagemaker_program="train.py", sagemaker_submit_directory=str(source)))
    assert "yesterday" not in (tree.failure or "")


# How the end is told, by a shell script in the place of the python that has the toolkit


def standing_in(folder: Path, *lines: str) -> dict[str, str]:
    python = folder / "python"
    python.write_text("\n".join(["#!/bin/sh", *lines]) + "\n")
    python.chmod(0o755)
    return {"SCRIPT_MODE_PYTHON": str(python)}


@pytest.fixture
def job(tree: Tree, source: Path) -> Tree:
    return tree.set(sagemaker_program="train.py", sagemaker_submit_directory=str(source))


def test_T01_a_program_that_succeeds_leaves_no_failure(job: Tree, tmp_path: Path) -> None:
    exit_code, log = train(job, standing_in(tmp_path, "echo accuracy=0.9", f"echo model >{job.model}/model.txt"))
    assert exit_code == 0, log
    assert "accuracy=0.9\n" in log
    assert job.failure is None
    assert job.model_files() == {"model.txt"}


def test_the_program_finds_its_variables_and_no_safe_path(job: Tree, tmp_path: Path) -> None:
    shell = standing_in(tmp_path, "echo $SAGEMAKER_PROGRAM, $SM_STUDIO_LOCAL_MODE, safe:$PYTHONSAFEPATH, own:$MINE")
    _, log = train(job, shell | {"PYTHONSAFEPATH": "1", "MINE": "yes"})
    assert "train.py, true, safe:, own:yes\n" in log


def test_a_job_of_several_hosts_waits_for_their_names(job: Tree, tmp_path: Path) -> None:
    job.write_config("resourceconfig", {"current_host": "algo-1", "hosts": ["algo-1", "algo-2"]})
    _, log = train(job, standing_in(tmp_path, "echo at once:$SM_STUDIO_LOCAL_MODE."))
    assert "at once:.\n" in log


def test_a_failure_file_of_the_program_is_kept(job: Tree, tmp_path: Path) -> None:
    exit_code, log = train(job, standing_in(tmp_path, f"printf 'no data' >{job.output}/failure", "exit 5"))
    assert exit_code == 5, log
    assert job.failure == "no data"


def test_T01_a_failure_file_of_a_program_that_ends_well_is_removed(job: Tree, tmp_path: Path) -> None:
    with expecting("is removed: the program wrote it, but ended with exit code 0"):
        exit_code, log = train(job, standing_in(tmp_path, f"printf 'no data' >{job.output}/failure"))
    assert exit_code == 0, log
    assert job.failure is None
    assert "is removed: the program wrote it, but ended with exit code 0" in log


def test_code_that_was_brought_for_a_job_does_not_stay_for_the_next(job: Tree, tmp_path: Path) -> None:
    shell = standing_in(tmp_path, f"mkdir -p {job.base}/code && cp {tmp_path}/source/train.py {job.base}/code/")
    assert train(job, shell)[0] == 0
    assert list((job.base / "code").iterdir()) == []


def _stop(tree: Tree, variables: dict[str, str]) -> tuple[int, str]:
    program = Processes().start(["train"], XGBOOST, tree, variables, 0)
    try:
        wait_for_text(program, "ready")
        program.signal(signal.SIGTERM)
        return program.wait(), program.log()
    finally:
        program.stop()


def test_S01_a_program_that_ends_well_after_sigterm_is_a_success(job: Tree, tmp_path: Path) -> None:
    saves = f"trap 'echo model >{job.model}/model.txt; exit 0' TERM"
    exit_code, log = _stop(job, standing_in(tmp_path, saves, "echo ready", "while :; do sleep 0.1; done"))
    assert exit_code == 0, log
    assert job.failure is None
    assert job.model_files() == {"model.txt"}


def test_S01_a_program_that_sigterm_ends_was_stopped(job: Tree, tmp_path: Path) -> None:
    exit_code, log = _stop(job, standing_in(tmp_path, "echo ready", "exec sleep 100"))
    assert exit_code == 128 + signal.SIGTERM, log
    assert (job.failure or "").startswith("Stopped: train.py was told to stop")


# What the failure says


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("", ""),
        ("warming up\ndone: no\n\n", "done: no"),
        (
            'Traceback (most recent call last):\n  File "x", line 1\n    f()\n    ~^^\nValueError: bad\n',
            "ValueError: bad",
        ),
        ("Traceback (most recent call last):\n  f()\nE: one\n  two\nthree\n", "E: one\n  two\nthree"),
        (
            "Traceback (most recent call last):\n  f()\nKeyError: 'a'\n\nDuring handling of the above exception, "
            "another exception occurred:\n\nTraceback (most recent call last):\n  g()\nOSError: b\n",
            "OSError: b",
        ),
        ("Traceback (most recent call last):\n  f()\nKeyError: 'a'\n" + "went on\n" * 9 + "gave up\n", "gave up"),
        (
            "ERROR: No matching distribution found for nothing\n[notice] new pip\n",
            "ERROR: No matching distribution found for nothing",
        ),
        ("epoch 1\repoch 2\rfailed", "failed"),
    ],
)
def test_the_last_error_of_a_text_is_found(written: str, told: str) -> None:
    assert last_error(written) == told


def told(code: int, written: str, kind: str = "ExecuteUserScriptError") -> ContainerError:
    end = ProgramExit.of(CompletedProgram(1, BEFORE + written + AFTER), report(code, kind))
    return failure(EntryPoint("train.py", "/source"), Path("/source"), end)


def test_T08_a_failure_names_program_exit_code_and_cause() -> None:
    error = told(3, "ValueError: bad välue\n")
    assert isinstance(error, AlgorithmError)
    assert str(error) == "train.py ended with exit code 3: ValueError: bad välue"


def test_what_the_toolkit_writes_is_not_taken_for_the_programs() -> None:
    assert (
        str(told(3, f"{LOGGED}Exceptions not imported\n")) == "train.py ended with exit code 3; the log has the details"
    )


@pytest.mark.parametrize("code", [-signal.SIGKILL, 128 + signal.SIGKILL])
def test_a_killed_program_most_likely_ran_out_of_memory(code: int) -> None:
    end = ProgramExit.of(CompletedProgram(1, BEFORE + AFTER), report(code))
    assert end.shell_code == 137
    assert "memory" in str(told(code, "loading\n"))


def test_a_crash_names_its_signal() -> None:
    assert "was ended by signal 11 (Segmentation fault)" in str(told(-signal.SIGSEGV, ""))


def test_requirements_that_cannot_be_installed_are_the_users() -> None:
    error = told(1, "ERROR: No matching distribution found for nothing\n", "InstallRequirementsError")
    assert isinstance(error, UserError)
    assert "No matching distribution found for nothing" in str(error)
    assert "requirements.txt" in str(error)


def test_code_that_cannot_be_fetched_names_address_and_cause(tmp_path: Path) -> None:
    text = "Framework Error: \nTraceback (most recent call last):\n  f()\nbotocore.NoCredentialsError: none\n\nnone"
    program = EntryPoint("train.py", "s3://bucket/sourcedir.tar.gz")
    error = failure(program, tmp_path, ProgramExit.of(CompletedProgram(1, ""), text))
    assert isinstance(error, UserError)
    assert "NoCredentialsError" in str(error)
    assert "s3://bucket/sourcedir.tar.gz" in str(error)


def test_fetched_code_without_the_program_is_refused_with_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "fit.py").write_text("")
    program = EntryPoint("train.py", "s3://bucket/sourcedir.tar.gz")
    error = failure(
        program, tmp_path, ProgramExit.of(CompletedProgram(1, BEFORE + "no such file\n" + AFTER), report(2))
    )
    assert isinstance(error, UserError)
    assert "s3://bucket/sourcedir.tar.gz holds no train.py" in str(error)
    assert "It holds fit.py" in str(error)


def test_another_failure_of_the_toolkit_is_not_called_the_programs() -> None:
    error = failure(
        EntryPoint("train.py", "/source"),
        Path("/source"),
        ProgramExit.of(CompletedProgram(1, ""), "Framework Error: \nKeyError: 'hosts'\n"),
    )
    assert not isinstance(error, UserError | PlatformError)
    assert str(error) == "the toolkit that runs train.py ended with exit code 1: KeyError: 'hosts'"


def test_a_program_that_does_not_stop_in_time_is_told_so() -> None:
    error = stopped(EntryPoint("train.py", "/source"), ProgramExit.of(CompletedProgram(-signal.SIGKILL, ""), ""), 90)
    assert str(error) == "train.py was told to stop, still ran 90 seconds later and was killed"


@pytest.mark.parametrize(
    ("exit_code", "told"), [(-signal.SIGTERM, ""), (1, report(-signal.SIGTERM, "InstallRequirementsError"))]
)
def test_a_program_that_is_stopped_before_it_has_begun_is_told_so(exit_code: int, told: str) -> None:
    error = stopped(EntryPoint("train.py", "/source"), ProgramExit.of(CompletedProgram(exit_code, ""), told), 90)
    assert str(error) == "train.py was told to stop before it had begun"


def test_the_algorithm_trains_where_no_program_is_given(tree: Tree, tmp_path: Path) -> None:
    exit_code, log = train(tree, standing_in(tmp_path, "echo never"))
    assert exit_code == 0, log
    assert "never" not in log
    assert json.loads((tree.model / "manifest.json").read_text())["algorithm"] == "xgboost"
