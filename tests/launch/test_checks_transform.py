"""Mistakes in a batch transform."""

from __future__ import annotations

from typing import Any

import pytest

from tests.launch.descriptions import ALGORITHMS, TRANSFORM, declared_of, example, job, mistakes

PROTOBUF = "application/x-recordio-protobuf"


def found(
    base: dict[str, Any] | None = None, changes: dict[str, Any] | None = None, **transform: Any
) -> dict[str, str]:
    told = mistakes(base, transform=TRANSFORM | transform, **(changes or {}))
    assert all(place.startswith("transform.") for place in told)
    return {place.removeprefix("transform."): text for place, text in told.items()}


@pytest.mark.parametrize(("family", "algorithm"), ALGORITHMS)
def test_the_types_that_an_algorithm_answers_are_those_that_may_be_sent(family: str, algorithm: str) -> None:
    base = example(family, algorithm)
    for content_type in declared_of(job(base)).request_types:
        assert found(base, content_type=content_type) == {}
    assert "does not answer 'text/html'" in found(base, content_type="text/html; charset=utf-8")["content_type"]


@pytest.mark.parametrize(
    ("transform", "key", "text"),
    [
        ({"split": "TFRecord"}, "split", "TFRecord does not part text/csv"),
        ({"split": "RecordIO"}, "split", "RecordIO does not part text/csv"),
        ({"split": "Line", "content_type": PROTOBUF}, "split", "has no lines"),
        ({"split": "None", "strategy": "MultiRecord"}, "strategy", "need files that are split"),
        ({"content_type": "text/csv; header=present"}, "content_type", "only the first request of a file"),
        ({"max_concurrent": 20}, "max_concurrent", "20 requests of 6 MB at once are more than 100 MB"),
        ({"max_concurrent": 2, "max_payload_mb": 51}, "max_concurrent", "2 requests of 51 MB"),
        ({"environment": {f"A{i}": "" for i in range(17)}}, "environment", "17 variables; a batch transform takes 16"),
        ({"input_filter": "[1:]"}, "input_filter", "begins with $"),
        ({"join": True, "content_type": "text/libsvm"}, "join", "not for text/libsvm"),
        ({"output_filter": "$[0]", "content_type": PROTOBUF}, "output_filter", "is for text/csv"),
        ({"join": True, "accept": "application/jsonlines"}, "join", "accept is application/jsonlines, not text/csv"),
        ({"join": True, "assemble": "None"}, "join", "needs assemble: Line"),
        ({"output_filter": "$[0]", "accept": "application/jsonlines"}, "output_filter", "accept is application/jsonl"),
        ({"output_filter": "$[0]", "assemble": "None"}, "output_filter", "needs assemble: Line"),
        ({"instance_type": "ml.m6g.large"}, "instance_type", "ARM processor"),
    ],
)
def test_a_mistake_is_named_with_its_place(transform: dict[str, Any], key: str, text: str) -> None:
    told = found(**transform)
    assert list(told) == [key]
    assert text in told[key]


@pytest.mark.parametrize(
    "transform",
    [
        {"content_type": "text/csv; header=present", "split": "None"},
        {"max_concurrent": 100, "max_payload_mb": 1},
        {"output_filter": "$[0]", "split": "None"},
        {"join": True, "input_filter": "$[1:]", "output_filter": "$[0,-1]"},
        {"join": True, "content_type": "application/json"},
        {"input_filter": "$[1:]", "output_filter": "$", "accept": "application/jsonlines"},
        {"strategy": "SingleRecord"},
    ],
)
def test_what_the_service_takes_is_no_mistake(transform: dict[str, Any]) -> None:
    assert found(**transform) == {}


def test_a_disk_that_encrypts_itself_takes_no_key() -> None:
    told = found(changes={"keys": {"volume": "alias/volumes"}}, instance_type="ml.g4dn.xlarge")
    assert "takes no keys.volume" in told["instance_type"]


def test_a_picture_is_not_split() -> None:
    pair = next(pair for pair in ALGORITHMS if declared_of(job(example(*pair))).one_record)
    told = found(example(*pair), content_type="image/png", split="Line")
    assert "is a whole file" in told["split"]


def test_what_a_pipeline_reads_its_first_container_knows() -> None:
    first = {"image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/mine:1"}
    pipeline = {"endpoint": {"pipeline": {"before": [first]}}}
    assert "content_type" not in found(changes=pipeline, content_type="text/plain", split="None", accept="text/csv")
    after = {"endpoint": {"pipeline": {"after": [first]}}}
    assert "content_type" in found(changes=after, content_type="text/plain", split="None", accept="text/csv")
