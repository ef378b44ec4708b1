"""One job description, three ways to ask: the SDKs send what the plain requests say, and what differs is known."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from moto.server import ThreadedMotoServer

from launch import declaration
from launch.description import Job, read
from launch.requests import hosting, training, transform, tuning
from tests.sdk.capture import ARCHIVE, AT, MODELS
from tests.sdk.conftest import run_program
from tests.sdk.descriptions import HOSTING, REFUSED, TRAINING, TRANSFORM, TUNING, described, notebooks

pytestmark = [pytest.mark.image, pytest.mark.timeout(1200)]

Request = Mapping[str, Any]
SDKS = ["v2", "v3"]
NOTEBOOKS = notebooks()
NAMED_BY_TIME = "the SDK's names end with the time of the call; ours follow from the content"
DIFFERENCES = {
    "v2": {
        "CreateTrainingJob": {
            "TrainingJobName": NAMED_BY_TIME,
            "ProfilerConfig": "always sent; it says that nothing is profiled, which is also the service's default",
        },
        "CreateHyperParameterTuningJob": {
            "HyperParameterTuningJobName": NAMED_BY_TIME,
            "TrainingJobDefinition.ResourceConfig": "the tuner calls it HyperParameterTuningResourceConfig",
            "TrainingJobDefinition.HyperParameterTuningResourceConfig": "… which knows no warm pool (keep_alive)",
            "HyperParameterTuningJobConfig.ResourceLimits.MaxNumberOfTrainingJobs": "a grid's; the SDK needs a number",
            "HyperParameterTuningJobConfig.ParameterRanges": "kinds of ranges that there are none of are empty lists",
        },
        "CreateTransformJob": {"TransformJobName": NAMED_BY_TIME},
        "CreateModel": {
            "PrimaryContainer.Environment": "empty instead of not there",
            "PrimaryContainer.MultiModelConfig": "not known to the SDK; the service's default is the same",
            "Containers": "an empty environment instead of none",
            "InferenceExecutionConfig": "not known to the SDK; the service's default is the same",
            "Tags": "a PipelineModel is created without tags",
        },
        "CreateEndpointConfig": {"EndpointConfigName": "the endpoint's name"},
        "CreateEndpoint": {"EndpointConfigName": "the endpoint's name"},
    },
    "v3": {
        "CreateTrainingJob": {"TrainingJobName": NAMED_BY_TIME},
        "CreateHyperParameterTuningJob": {
            "HyperParameterTuningJobName": NAMED_BY_TIME,
            "HyperParameterTuningJobConfig.ResourceLimits.MaxNumberOfTrainingJobs": "a grid's; the SDK needs a number",
            "TrainingJobDefinition.ResourceConfig.KeepAlivePeriodInSeconds": "the tuner knows no warm pool",
        },
        "CreateTransformJob": {"TransformJobName": NAMED_BY_TIME},
    },
}
"""Where an SDK's request is not the plain one, and why; a key stands for all that is below it."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The descriptions, as YAML."""
    folder = tmp_path_factory.mktemp("requests") / "jobs"
    folder.mkdir()
    for name, change in (TRAINING | TUNING | TRANSFORM | HOSTING | REFUSED).items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(described(name, change)))
    for name, content in NOTEBOOKS.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content))
    return folder


@pytest.fixture(scope="module")
def asked(folder: Path) -> Iterator[dict[str, Any]]:
    """What both SDKs asked for: by SDK, description and operation."""
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    more = {"AWS_ENDPOINT_URL": f"http://{host}:{port}", "SAGEMAKER_VALIDATE_ROLE": "false"}  # which v3 would do by IAM
    found = {}
    for sdk in SDKS:  # an account each: both tuners name a job by the minute
        found[sdk] = run(sdk, folder, more)
        urllib.request.urlopen(urllib.request.Request(f"http://{host}:{port}/moto-api/reset", method="POST")).close()
    yield found
    moto.stop()


def run(sdk: str, folder: Path, more: dict[str, str]) -> dict[str, Any]:
    home = folder.parent / f"home-{sdk}"
    home.mkdir()
    run_program(sdk, f"{sdk}_requests.py", home, str(folder), str(home / "requests.json"), **more)
    requests: dict[str, Any] = json.loads((home / "requests.json").read_text())
    return requests


def plain(job: Job) -> dict[str, Request]:
    """Our own requests for a description, by operation."""
    declared = declaration.find(job.family, job.algorithm)
    if job.tuning:
        return {"CreateHyperParameterTuningJob": tuning.tuning_job(job, declared, AT)}
    if not (job.endpoint or job.transform):
        return {"CreateTrainingJob": training.training_job(job, declared, AT)}
    endpoint = hosting.endpoint_name(job) if job.endpoint else ""
    archive = MODELS if job.endpoint and job.endpoint.multi_model else ARCHIVE
    model = hosting.model(job, declared, AT, archive, endpoint)
    if job.transform:
        return {
            "CreateModel": model,
            "CreateTransformJob": transform.transform_job(job, declared, AT, model["ModelName"]),
        }
    config = hosting.endpoint_config(job, declared, AT, model["ModelName"])
    return {
        "CreateModel": model,
        "CreateEndpointConfig": config,
        "CreateEndpoint": hosting.endpoint(job, config["EndpointConfigName"]),
    }


def differing(ours: Any, theirs: Any, place: str = "") -> Iterator[str]:
    """The keys, dotted, whose values are not the same or are in one of the two only."""
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        for key in ours.keys() | theirs.keys():
            yield from differing(ours.get(key), theirs.get(key), f"{place}.{key}" if place else key)
    elif ours != theirs:
        yield place


def unknown(sdk: str, name: str, asked: dict[str, Any], folder: Path) -> list[str]:
    """Where an SDK's requests differ from ours, and the table does not say so."""
    ours, theirs = plain(read(folder / f"{name}.yaml")), asked[sdk][name]
    assert theirs.keys() == ours.keys(), theirs.get("refused")
    return [
        f"{operation}: {place}"
        for operation, request in ours.items()
        for place in differing(request, theirs[operation])
        if not reason(DIFFERENCES[sdk].get(operation, {}), place)
    ]


def reason(table: Mapping[str, str], place: str) -> str | None:
    return next((key for key in table if place == key or place.startswith(f"{key}.")), None)


@pytest.mark.parametrize("sdk", SDKS)
@pytest.mark.parametrize("name", [*TRAINING, *TUNING, *TRANSFORM, *HOSTING, *NOTEBOOKS])
def test_an_sdk_asks_for_what_the_plain_request_says(sdk: str, name: str, asked: dict[str, Any], folder: Path) -> None:
    assert not unknown(sdk, name, asked, folder)


@pytest.mark.parametrize(
    ("name", "sdk", "keys"),
    [
        ("search-in-secret", "v3", ["network.isolation", "network.encrypt_traffic", "keys.volume", "tuning.seed"]),
        ("endpoint-of-many-uncached", "v2", ["endpoint.multi_model.cache"]),
    ],
)
def test_what_an_sdk_would_silently_leave_out_is_refused_by_name_and_the_other_sdk_does_it(
    name: str, sdk: str, keys: list[str], asked: dict[str, Any], folder: Path
) -> None:
    assert all(key in asked[sdk][name]["refused"] for key in keys)
    (other,) = set(SDKS) - {sdk}
    assert not unknown(other, name, asked, folder)


@pytest.mark.parametrize("sdk", SDKS)
def test_every_listed_difference_is_one(sdk: str, asked: dict[str, Any], folder: Path) -> None:
    listed = {(operation, key) for operation, keys in DIFFERENCES[sdk].items() for key in keys}
    for name, theirs in asked[sdk].items():
        if "refused" in theirs:
            continue
        for operation, request in plain(read(folder / f"{name}.yaml")).items():
            places = differing(request, theirs[operation])
            listed -= {(operation, reason(DIFFERENCES[sdk].get(operation, {}), place)) for place in places}
    assert not listed, "no SDK differs here any more: the builder's extra work and this line can go"


@pytest.mark.parametrize("name", TRAINING)
def test_both_sdks_put_the_descriptions_name_in_front_of_a_jobs(name: str, asked: dict[str, Any]) -> None:
    for sdk in SDKS:
        assert asked[sdk][name]["CreateTrainingJob"]["TrainingJobName"].startswith(f"{name}-2")


@pytest.mark.parametrize("name", TUNING)
def test_the_v2_tuners_resources_are_the_training_jobs_but_for_the_warm_pool(
    name: str, asked: dict[str, Any], folder: Path
) -> None:
    theirs = asked["v2"][name]["CreateHyperParameterTuningJob"]["TrainingJobDefinition"]
    ours = plain(read(folder / f"{name}.yaml"))["CreateHyperParameterTuningJob"]["TrainingJobDefinition"]
    expected = {key: value for key, value in ours["ResourceConfig"].items() if key != "KeepAlivePeriodInSeconds"}
    assert theirs["HyperParameterTuningResourceConfig"] == expected
