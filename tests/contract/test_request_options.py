"""What headers and body ask of an answer reaches the algorithm: shown by the toys, in every runtime."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from tests.contract.records import Records, invoke
from tests.endpoint import Endpoint
from tests.media_types import JSON, JSONLINES, RECORDIO

PLAIN, PNG = "text/plain", "image/png"
words, bars = pytest.mark.toy("words"), pytest.mark.toy("bars")


def test_parameters_of_accept_that_mean_nothing_to_the_algorithm_change_nothing(
    endpoint: Endpoint, records: Records
) -> None:
    usual = invoke(endpoint, records[:1])
    asked = invoke(endpoint, records[:1], f"{usual.content_type}; annotation=1; unheard=of")
    assert (asked.status, asked.body) == (200, usual.body)


@words
@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_configuration_in_a_body_of_json_reaches_the_prediction(endpoint: Endpoint, k: int) -> None:
    body = json.dumps({"instances": ["goal and ball", "bread"], "configuration": {"k": k}}).encode()
    found = json.loads(endpoint.invoke(body, JSON).body)
    assert [len(answer["label"]) for answer in found] == [len(answer["prob"]) for answer in found] == [k, k]


@words
def test_a_configuration_that_is_wrong_is_the_callers_fault(endpoint: Endpoint) -> None:
    for configuration in ([1], {"k": 0}, {"k": "two"}):
        body = json.dumps({"instances": ["bread"], "configuration": configuration}).encode()
        assert endpoint.invoke(body, JSON).status == 400


@words
@pytest.mark.parametrize(("body", "content_type"), [(b'["bread"]', JSON), (b'{"source": "bread"}\n', JSONLINES)])
def test_an_algorithm_may_answer_in_the_type_of_the_request(endpoint: Endpoint, body: bytes, content_type: str) -> None:
    response = endpoint.invoke(body, content_type)
    assert (response.status, response.content_type) == (200, content_type)
    assert b"__label__food" in response.body


@bars
def test_an_answer_may_be_a_picture_or_a_record_with_features(endpoint: Endpoint, accepts: Sequence[str]) -> None:
    assert {PNG, RECORDIO} <= set(accepts)
    picture = endpoint.invoke(b"0 9 4.5\n", PLAIN)
    assert (picture.content_type, picture.body[:4]) == (PNG, b"\x89PNG")
    record = endpoint.invoke(b"0 9 4.5\n", PLAIN, RECORDIO)
    assert record.status == 200
    assert b"target" in record.body
