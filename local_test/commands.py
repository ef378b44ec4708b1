"""The verbs of the service, on one machine: CreateTrainingJob, CreateEndpoint, InvokeEndpoint, CreateTransformJob."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from local_test import console, description
from local_test.api import batch_serving
from local_test.batch import description as batch
from local_test.batch.transform import run_transform
from local_test.errors import InvalidArgument
from local_test.hosting import host
from local_test.invocation import invoke
from local_test.job import run_job
from local_test.merged_options import job_of, request_of, runtime_of, serving_of, transform_of
from local_test.option_values import content_type_of


def train(options: argparse.Namespace) -> int:
    """Runs a training job; 0 when it is Completed, 1 when it is Failed or Stopped."""
    job = job_of(options)
    request, runtime = request_of(options, job), runtime_of(options, job)
    request.check()
    console.say(f"training job {request.name} ({runtime.name})")
    for line in description.not_imitated(job, options.checkpoints) if job else ():
        console.say(f"  {line}")
    for channel in request.channels:
        console.say(f"  channel {channel.name}: {channel.path} ({channel.content_type or 'no content type'})")
        if channel.input_mode == "Pipe":
            console.say("  warning: nothing feeds a Pipe channel here; use File or FastFile to give data")
    result = run_job(request, runtime, options.output, log=console.log_line)
    console.say(console.ending(result))
    console.say(f"final metrics\n{console.metrics_table(result)}")
    console.say(f"files\n{console.places(result)}")
    return 0 if result.status == "Completed" else 1


def serve(options: argparse.Namespace) -> int:
    """Hosts a model until Ctrl-C (0), or until the server ends by itself (1)."""
    job = job_of(options)
    environment, startup_timeout = serving_of(options, job)
    endpoint = host(
        job,
        options.model,
        runtime_of(options, job),
        environment=environment,
        port=options.port,
        startup_timeout=startup_timeout,
        log=console.log_line,
    )
    try:
        with endpoint:
            seconds = f"{endpoint.startup_seconds:.1f} s"
            console.say(f"in service at {endpoint.url} after {seconds}; Ctrl-C stops it")
            exit_code = endpoint.wait()
    except KeyboardInterrupt:
        console.say("stopped")
        return 0
    console.say(f"serve ended by itself with exit code {exit_code}; the service would start it again")
    return 1


def predict(options: argparse.Namespace) -> int:
    """Sends one request and prints the answer's body as it is."""
    content_type = options.content_type or content_type_of(options.payload)
    answer = invoke(options.url, _payload(options.payload), content_type, options.accept)
    sys.stdout.buffer.write(answer.body)
    if sys.stdout.isatty() and not answer.body.endswith(b"\n"):
        sys.stdout.buffer.write(b"\n")
    sys.stdout.flush()
    return 0


def transform(options: argparse.Namespace) -> int:
    """Predicts all records of some files; 0 when each of them has its output, 1 when it is Failed."""
    job = job_of(options)
    request, runtime = transform_of(options, job), runtime_of(options, job)
    request.check()
    console.say(f"transform job {request.name} ({runtime.name})")
    for line in batch.not_imitated(job) if job else ():
        console.say(f"  {line}")
    console.say(f"  data: {request.data} ({request.content_type}, split by {request.split})")
    serving = batch_serving(job, options.model, runtime)
    log = console.thinning(console.log_line)
    result = run_transform(request, serving, options.output, log, console.say)
    console.say(result.ending())
    console.say(f"files\n{console.table([('output', str(options.output)), ('log', str(result.log))])}")
    return 0 if result.status == "Completed" else 1


def _payload(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise InvalidArgument(f"payload {name}: {error.strerror}; give a file, or - for standard input") from error
