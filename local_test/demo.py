"""The whole way on real data, told step by step: data, training, metrics, endpoint, predictions."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_test import console
from local_test.demo_data import DemoData, Row, find_data, write_channel
from local_test.docker_runtime import DockerRuntime, image_of
from local_test.endpoint import LocalEndpoint
from local_test.errors import InvalidArgument
from local_test.job import run_job
from local_test.process_runtime import ProcessRuntime
from local_test.request import LocalChannel, TrainingRequest
from local_test.result import JobResult
from local_test.runtime import Runtime

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"
_FAMILIES = Path(__file__).resolve().parents[1] / "containers"
_ROWS_SENT = 3


@dataclass(frozen=True)
class Plan:
    """What the demo asks of a family: ``hyperparameters`` for a regression, the type that its channels have."""

    hyperparameters: Mapping[str, str]
    content_type: str = "text/csv; header=present"

    @classmethod
    def of(cls, family: str) -> Plan:
        """The plan that the family brings, in the file demo.json of its folder."""
        file = _FAMILIES / family / "demo.json"
        if not file.is_file():
            known = ", ".join(sorted(path.parent.name for path in _FAMILIES.glob("*/demo.json")))
            raise InvalidArgument(f"the demo knows no family {family!r}, only: {known}")
        return cls(**json.loads(file.read_text(encoding="utf-8")))


def run(options: argparse.Namespace) -> int:
    """Runs the demo; 0 when it went all the way."""
    plan, data = Plan.of(options.family), find_data(options.data, _BESIDE)
    runtime: Runtime = ProcessRuntime(options.family)
    if options.runtime == "docker":
        runtime = DockerRuntime(image_of(options.family))
    channels, held_out = _prepare(data, options.output / "data", plan)
    result = _train(options.family, plan, channels, runtime, options.output / "job")
    if result.status != "Completed":
        return 1
    _predict(runtime, result, data, held_out[:_ROWS_SENT], options.output)
    console.say(f"\nEverything is in\n{console.places(result)}")
    return 0


def _prepare(data: DemoData, folder: Path, plan: Plan) -> tuple[tuple[LocalChannel, ...], list[Row]]:
    train, held_out = data.split()
    console.say(f"1. Data: {data.title} ({data.origin})")
    console.say(f"   {len(data.rows)} rows, {len(data.features)} features; to predict: {data.label}")
    channels = []
    for name, rows in (("train", train), ("validation", held_out)):
        file = write_channel([data.label, *data.features], rows, folder / name)
        channels.append(LocalChannel(name, file, plan.content_type))
        console.say(f"   channel {name:<10}  {len(rows):>5} rows  {file}")
    return tuple(channels), held_out


def _train(family: str, plan: Plan, channels: tuple[LocalChannel, ...], runtime: Runtime, output: Path) -> JobResult:
    settings = " ".join(f"{name}={value}" for name, value in plan.hyperparameters.items())
    console.say(f"\n2. Training: {family} ({runtime.name}), as a SageMaker training job\n   {settings}")
    request = TrainingRequest(channels, plan.hyperparameters)
    result = run_job(request, runtime, output, log=console.thinning(console.log_line))
    console.say(console.ending(result))
    console.say(f"\n3. Evaluation: the metrics that SageMaker would find in the log\n{console.metrics_table(result)}")
    return result


def _predict(runtime: Runtime, result: JobResult, data: DemoData, rows: list[Row], output: Path) -> None:
    console.say("\n4. Hosting: the server starts over model.tar.gz and has to pass the health check")
    log = output / "serving.log"
    with log.open("w", encoding="utf-8") as file:
        endpoint = LocalEndpoint(runtime, result.model, log=lambda line: print(line, file=file, flush=True))
        with endpoint:
            console.say(f"   in service at {endpoint.url} after {endpoint.startup_seconds:.1f} s; its log: {log}")
            console.say(f"\n5. Predictions: {data.label}, for {len(rows)} rows that training did not learn from")
            answers = _as_csv(endpoint, rows), _as_json(endpoint, rows)
    true = [row[0] for row in rows]
    console.say(console.table([("true", "answer to CSV", "answer to JSON"), *zip(true, *answers, strict=True)], "   "))


def _as_csv(endpoint: LocalEndpoint, rows: list[Row]) -> list[str]:
    body = "".join(",".join(row[1:]) + "\n" for row in rows)
    console.say(f"   sent as text/csv          {body.splitlines()[0][:60]} ...")
    return endpoint.invoke(body.encode(), "text/csv", accept="text/csv").text.splitlines()


def _as_json(endpoint: LocalEndpoint, rows: list[Row]) -> list[str]:
    body = json.dumps({"instances": [{"features": [float(cell) for cell in row[1:]]} for row in rows]})
    console.say(f"   sent as application/json  {body[:60]} ...")
    answer = endpoint.invoke(body.encode(), "application/json", accept="application/json")
    return [json.dumps(row) for row in _records(json.loads(answer.body))]


def _records(document: Mapping[str, list[Any]]) -> list[Any]:
    """The answer to each record: a document holds either the records under one key or an array for each column."""
    first = next(iter(document.values()))
    if isinstance(first[0], dict):
        return first
    return [dict(zip(document, values, strict=True)) for values in zip(*document.values(), strict=True)]
