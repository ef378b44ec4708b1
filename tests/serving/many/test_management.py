"""Pages and requests of the API that manages models, over processes that load nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.server_process import ROOT

SCRIPT = """
import json, os, sys
from functools import partial
from contract.errors import ContainerError
from serve.many.fork_server import ForkServer
from serve.many.management import Management
from serve.many.memory import Memory
from serve.many.message_stream import MessageStream
from serve.many.messages import LoadReport
from serve.many.model_process import ModelProcess
from serve.many.models import Models

def model_main(directory, control):
    MessageStream(control).send(LoadReport("a model", 0).message())
    while control.recv(1):
        pass
    os._exit(0)

management = Management(Models(partial(ModelProcess, ForkServer(model_main), timeout=20), Memory(1 << 30)))
for number in range(102):
    management.loaded(json.dumps({"model_name": str(number), "url": "file:///nowhere"}).encode())

def outcome(call, *arguments):
    try:
        return call(*arguments)
    except ContainerError as error:
        return f"{type(error).__name__}: {error}"

def load(name, url):
    return outcome(management.loaded, json.dumps({"model_name": name, "url": url}).encode())

print(json.dumps({
    "pages": [outcome(management.listed, query) for query in json.loads(sys.argv[1])],
    "again": load("7", "/nowhere"),
    "longest": load("n" * 1024, "/" + "p/" * 2047),
    "long name": load("é" * 513, "/x"),
    "long path": load("n", "/" + "p" * 4095),
    "long file name": load("n", "/" + "p" * 256),
    "unknown": outcome(management.described, "103"),
}))
"""
QUERIES = [
    {},
    {"limit": "1000"},
    {"limit": "0"},
    {"limit": "100", "next_page_token": "2"},
    {"limit": "-1"},
    {"limit": ""},
]


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What the API says about 102 models with the names 0 to 101."""
    command = [sys.executable, "-c", SCRIPT, json.dumps(QUERIES)]
    told: dict[str, Any] = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)
    return told


def test_M03_a_page_holds_at_most_100_models_and_at_least_one(told: dict[str, Any]) -> None:
    usual, many, none, rest, negative, empty = told["pages"]
    assert usual == many == empty
    assert [model["modelName"] for model in usual["models"]] == [str(number) for number in range(100)]
    assert usual["nextPageToken"] == "100"
    assert (len(none["models"]), none["nextPageToken"]) == (1, "1")
    assert [model["modelName"] for model in rest["models"]] == [str(number) for number in range(2, 102)]
    assert "nextPageToken" not in rest
    assert negative == "RequestError: limit is '-1', expected a whole number"


def test_M02_a_model_is_described_by_its_folder_and_not_loaded_twice(told: dict[str, Any]) -> None:
    assert told["pages"][0]["models"][7] == {"modelName": "7", "modelUrl": "/nowhere"}
    assert told["again"].startswith("ModelAlreadyLoaded")
    assert told["unknown"].startswith("ModelNotFound")


def test_M02_names_and_paths_may_be_as_long_as_headers_and_linux_allow(told: dict[str, Any]) -> None:
    assert told["longest"] == {"status": "loaded"}
    assert told["long file name"] == "ArtifactError: the folder of the model cannot be read: File name too long"
    assert told["long name"] == "RequestError: model_name has 1026 bytes, 1024 are allowed"
    assert told["long path"] == "RequestError: url has 4096 bytes, 4095 are allowed"
