"""Runs one training job: lays the /opt/ml tree, runs `train`, collects model and output, decides the status."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from local_test.artifacts import pack
from local_test.errors import InvalidArgument, LocalTestError, ModelArchiveError
from local_test.metrics import DEFINITIONS_FILE, read_definitions, read_log, scan, stamped
from local_test.request import TrainingRequest
from local_test.result import ExitStatus, JobResult, failure_reason
from local_test.runtime import Follower, Log, Run, Runtime, discard
from local_test.tree import lay_tree, training_environment

GRACE_SECONDS = 120.0
_ARTEFACTS = ("job.json", "metrics.json", "training.log", "model.tar.gz", "output.tar.gz", "output")


def run_job(
    request: TrainingRequest, runtime: Runtime, output: Path, log: Log = discard, grace: float = GRACE_SECONDS
) -> JobResult:
    """Trains, and leaves in ``output``: job.json, training.log, metrics.json, model.tar.gz, output.tar.gz and output/.

    ``log`` gets each line as it comes. ``grace`` is the time in seconds from SIGTERM to SIGKILL when ``max_runtime`` or
    Ctrl-C stops the job. A failed job is a result, not an exception; InvalidArgument and RuntimeMissing mean that
    nothing was started.
    """
    request.check()
    _prepare(output)
    # inside the output folder: links to data and moves of results stay on one file system, and Docker can see it
    with tempfile.TemporaryDirectory(prefix=".opt-ml-", dir=output, ignore_cleanup_errors=True) as folder:
        root = Path(folder).resolve()
        lay_tree(root, request, runtime.base(root))
        before = _fingerprint(request)
        ending = _train(request, runtime, root, output / "training.log", log, grace)
        result = JobResult(request, runtime.name, output, ending)
        _collect(result, runtime, root)
    result.warnings += [f"the program changed its input {path}" for path in _changed(before, _fingerprint(request))]
    result.write()
    return result


class _Stopper:
    """Stops a run once, from a thread of its own: the log goes on being read meanwhile."""

    def __init__(self, run: Run, grace: float) -> None:
        self.reason = ""
        self._grace = grace
        self._run = run
        self._thread: threading.Thread | None = None

    def stop(self, reason: str) -> None:
        if not self.reason and self._run.exit_code() is None:
            self.reason = reason
            self._thread = threading.Thread(target=self._run.stop, args=(self._grace,), name="stop", daemon=True)
            self._thread.start()

    def join(self) -> None:
        """Returns when a stop that was begun has come to its end."""
        if self._thread is not None:
            self._thread.join()


def _train(
    request: TrainingRequest, runtime: Runtime, root: Path, log_file: Path, log: Log, grace: float
) -> ExitStatus:
    start = time.monotonic()
    with log_file.open("w", encoding="utf-8", newline="\n") as file:
        run = runtime.train(request, root, training_environment(request, runtime.base(root)))
        with contextlib.closing(run):
            stopper = _Stopper(run, grace)
            with _time_limit(request.max_runtime, stopper):
                _follow(Follower(run, _tee(file, log)), stopper)
                exit_code = run.wait()
            stopper.join()
    return ExitStatus(exit_code, time.monotonic() - start, stopper.reason)


def _follow(follower: Follower, stopper: _Stopper) -> None:
    try:
        follower.join()
    except KeyboardInterrupt:  # StopTrainingJob; a second one ends the wait and kills the program
        stopper.stop("Stopped")
        follower.join()


@contextlib.contextmanager
def _time_limit(seconds: float, stopper: _Stopper) -> Iterator[None]:
    timer = threading.Timer(min(seconds, threading.TIMEOUT_MAX), stopper.stop, args=("MaxRuntimeExceeded",))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _tee(file: IO[str], log: Log) -> Log:
    def write(line: str) -> None:
        file.write(stamped(datetime.now(UTC), line))
        file.flush()
        log(line)

    return write


def _prepare(output: Path) -> None:
    """Makes the output folder fresh: what an earlier job left goes, a folder that holds anything else is refused."""
    if output.exists() and not output.is_dir():
        raise InvalidArgument(f"output {output} is a file: give a folder with --output")
    output.mkdir(parents=True, exist_ok=True)
    if not (output / "job.json").exists() and any(path.name not in _ARTEFACTS for path in output.iterdir()):
        raise InvalidArgument(f"output folder {output} is not empty and holds no earlier job: give another --output")
    for path in [output / name for name in _ARTEFACTS]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _collect(result: JobResult, runtime: Runtime, root: Path) -> None:
    for folder in filter(None, (root, result.request.checkpoints)):
        try:
            runtime.give_back(folder)
        except LocalTestError as error:
            result.warnings.append(str(error))
    if result.ending.exit_code != 0 and not result.ending.stopped:
        result.failure_reason = failure_reason(root / "output" / "failure", result.ending.exit_code)
    if result.status != "Failed":
        _collect_model(result, root / "model")
    _collect_output(result, root / "output" / "data")
    result.metrics, problems = read_definitions(result.data / DEFINITIONS_FILE)
    scan(read_log(result.log), result.metrics)
    result.warnings += problems + list(filter(None, [metric.problem() for metric in result.metrics]))


def _collect_model(result: JobResult, folder: Path) -> None:
    if _is_empty(folder):
        result.warnings.append("the model folder is empty: there is nothing to deploy")
        return
    try:
        pack(folder, result.model)
    except ModelArchiveError as error:
        result.failure_reason = f"ClientError: Artifact upload failed: {error}"


def _collect_output(result: JobResult, folder: Path) -> None:
    """The service uploads output data after a failure too."""
    if _is_empty(folder):
        return
    try:
        pack(folder, result.output / "output.tar.gz")
    except ModelArchiveError as error:
        result.warnings.append(f"no output.tar.gz: {error}")
    shutil.move(folder, result.data)


def _is_empty(folder: Path) -> bool:
    return not folder.is_dir() or not any(folder.iterdir())


def _fingerprint(request: TrainingRequest) -> dict[Path, tuple[int, int]]:
    """Size and time of change of every input file: cheap, and enough to see that a program wrote to its input."""
    files: list[Path] = []
    for channel in request.channels:
        if channel.path.is_file():
            files.append(channel.path)
        files += [Path(at, name) for at, _, names in os.walk(channel.path, followlinks=True) for name in names]
    return {file: (file.stat().st_size, file.stat().st_mtime_ns) for file in files}


def _changed(before: dict[Path, tuple[int, int]], after: dict[Path, tuple[int, int]]) -> list[Path]:
    return sorted(file for file in before.keys() | after.keys() if before.get(file) != after.get(file))
