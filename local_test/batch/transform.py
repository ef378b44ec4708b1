"""Runs one batch transform: splits files into requests, sends them, writes the answers, decides the status."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Protocol, TypeAlias

from local_test.batch.batching import Batch, batches
from local_test.batch.files import objects, store
from local_test.batch.limits import Limits, agreed
from local_test.batch.processing import Processing
from local_test.batch.request import TransformRequest
from local_test.batch.result import LOG, FileResult, TransformResult, counted
from local_test.batch.sending import Refusal, Sender, in_order
from local_test.errors import RecordError
from local_test.metrics import stamped
from local_test.runtime import Log, discard

PROGRESS_SECONDS = 5.0
RETRY_SECONDS = 1.0
STARTUP_SECONDS = 1800.0
"""The time that the service waits for the first good ping."""


class TransformServer(Protocol):
    """What answers the requests of a transform: an endpoint, or a pipeline of containers."""

    @property
    def url(self) -> str:
        """The address of its first container."""
        ...


Serving: TypeAlias = Callable[[Mapping[str, str], Log], AbstractContextManager[TransformServer]]
"""Starts ``serve`` with an environment and a log, as long as a ``with`` block lasts."""


def run_transform(
    request: TransformRequest,
    serving: Serving,
    output: Path,
    log: Log = discard,
    progress: Log = discard,
    pause: float = RETRY_SECONDS,
) -> TransformResult:
    """Predicts every record of the data, and leaves in ``output`` the ``.out`` files, transform.json and transform.log.

    ``log`` gets each line of the server and of the platform, ``progress`` now and then how far it is; ``pause`` is the
    time in seconds before a request is sent again. A transform that fails is a result, not an exception: the files
    that could be predicted are there.
    """
    request.check()
    found = objects(request.data)
    result = TransformResult(request, output, inputs=[FileResult(key) for key in found])
    with store(output, request.data) as folder, (output / LOG).open("w", encoding="utf-8", newline="\n") as file:
        tee = _tee(file, log)
        with serving(request.platform_environment, tee) as server:
            limits = agreed(request, server.url)
            tee(f"[sagemaker logs]: {limits}")
            began = time.monotonic()
            conversions = [_Conversion(one, found[one.key], request, folder) for one in result.inputs]
            send = _sender(request, limits, server.url, pause)
            _convert(conversions, send, request, limits, _Progress(progress))
            result.seconds = time.monotonic() - began
        for line in (line for one in result.failed for line in one.lines()):
            tee(f"[sagemaker logs]: {line}")
    result.write()
    return result


class _Conversion:
    """One file on its way to its output."""

    def __init__(self, result: FileResult, source: Path, request: TransformRequest, folder: Path) -> None:
        self.result = result
        self.source = source
        self._processing = Processing(request) if request.reads_answers else None
        self._lines = request.assemble == "Line"
        self._target = folder / result.output
        self._target.parent.mkdir(parents=True, exist_ok=True)
        self._target.touch()

    def take(self, batch: Batch, answer: bytes | Refusal) -> None:
        """Writes the answer to a request, or gives the file up."""
        if self.result.problem is not None:
            return
        if isinstance(answer, Refusal):
            self.fail(answer)
            return
        try:
            self._write(self._assembled(batch, answer))
        except RecordError as error:
            self.fail(Refusal(f"ClientError: {error}", client=True))
            return
        self.result.records += len(batch.parts)
        self.result.requests += 1

    def fail(self, problem: Refusal) -> None:
        """No output at all, not even the part that is there; the first problem is the one that is told."""
        if self.result.problem is not None:
            return
        self.result.problem = problem
        self._target.unlink()

    def _write(self, text: bytes) -> None:
        with self._target.open("ab") as file:
            file.write(text)

    def _assembled(self, batch: Batch, answer: bytes) -> bytes:
        if self._processing:
            return self._processing.assembled(batch.rows, answer)
        return answer if not self._lines or answer.endswith(b"\n") else answer + b"\n"


class _Progress:
    """Tells every few seconds how far a transform is."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._told = time.monotonic()
        self._records = self._requests = 0

    def count(self, batch: Batch) -> None:
        self._records += len(batch.parts)
        self._requests += 1
        if time.monotonic() - self._told > PROGRESS_SECONDS:
            self._told = time.monotonic()
            self._log(f"  {counted(self._records, 'record')} in {counted(self._requests, 'request')} so far")


def _convert(
    conversions: Iterable[_Conversion], send: Sender, request: TransformRequest, limits: Limits, progress: _Progress
) -> None:
    with ExitStack() as stack:  # Ctrl-C leaves no file open
        requests = stack.enter_context(closing(_requests(conversions, request, limits)))
        answers = in_order(lambda item: send(item[1].body), requests, limits.at_once)
        for (conversion, batch), answer in stack.enter_context(closing(answers)):
            conversion.take(batch, answer)
            progress.count(batch)


def _requests(
    conversions: Iterable[_Conversion], request: TransformRequest, limits: Limits
) -> Generator[tuple[_Conversion, Batch]]:
    """All requests, file by file; of a file that has failed no more are sent."""
    for conversion in conversions:
        try:
            for batch in batches(conversion.source, request, limits):
                if conversion.result.problem is not None:
                    break
                yield conversion, batch
        except RecordError as error:
            conversion.fail(Refusal(f"ClientError: {error}", client=True))


def _sender(request: TransformRequest, limits: Limits, url: str, pause: float) -> Sender:
    headers = {"Content-Type": request.content_type, **({"Accept": request.accept} if request.accept else {})}
    return Sender(url, headers, request.timeout, request.retries, pause, chunked=not limits.payload_mb)


def _tee(file: IO[str], log: Log) -> Log:
    def write(line: str) -> None:
        file.write(stamped(datetime.now(UTC), line))
        file.flush()
        log(line)

    return write
