"""JSON bodies whatever the records are: documents, lists, single records and lines, with what is said beside them."""

from __future__ import annotations

from typing import Any

import pytest

from contract.media_type import MediaType
from contract.wire import instances
from contract.wire.instances import Instances
from tests.formats.refusals import refusal

JSON = MediaType("application/json")
LINES = MediaType("application/jsonlines")


def document(body: bytes, media_type: MediaType = JSON) -> Instances:
    return instances.document(body, media_type, lambda found: "text" in found, 'send {"instances": ["..."]}')


@pytest.mark.parametrize(
    ("body", "records"),
    [
        (b'{"instances": ["a", ["b"], {"c": 1}, null, 2.5]}', ["a", ["b"], {"c": 1}, None, 2.5]),
        (b'["a", "b"]', ["a", "b"]),
        (b'{"text": "a"}', [{"text": "a"}]),
        (b'\xef\xbb\xbf ["\xc3\xa9"]\n', ["é"]),
    ],
)
def test_records_are_any_json_values_in_a_document_in_a_list_or_alone(body: bytes, records: list[Any]) -> None:
    found = document(body)
    assert found.records == records
    assert found.configuration() == {}
    assert found.place(0) == "instance 1"


def test_what_stands_beside_the_instances_is_kept() -> None:
    found = document(b'{"configuration": {"k": 2}, "instances": ["a"], "signature_name": "x"}')
    assert (found.configuration(), found.beside["signature_name"]) == ({"k": 2}, "x")
    assert "instances" not in found.beside


@pytest.mark.parametrize("given", [b"3", b'"k"', b"[1]", b"null"])
def test_a_configuration_that_is_no_object_is_refused_where_it_is_asked_for(given: bytes) -> None:
    found = document(b'{"instances": ["a"], "configuration": ' + given + b"}")
    assert found.records == ["a"]
    assert refusal(found.configuration).startswith("the configuration is not an object; send")


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", "the body holds no record"),
        (b"[]", "the body holds no record"),
        (b'{"instances": []}', "the body holds no record"),
        (b'{"instances": "a"}', 'no array of instances; send {"instances": ["..."]}'),
        (b'{"other": "a"}', "no array of instances"),
        (b'"a"', "no array of instances"),
        (b'["a",\n"b",]', "line 2, column 4: not JSON"),
    ],
)
def test_what_is_no_document_of_instances_is_refused(body: bytes, fault: str) -> None:
    assert refusal(lambda: document(body)).startswith(fault)


def test_lines_are_records_and_blank_ones_are_counted() -> None:
    found = instances.lines(b'"a"\r\n\n{"k": 2}\n', LINES)
    assert (found.records, found.place(0), found.place(1)) == (["a", {"k": 2}], "line 1", "line 3")
    assert found.configuration() == {}
    assert refusal(lambda: instances.lines(b"\n \n", LINES)) == "the body holds no record"
    assert refusal(lambda: instances.lines(b'"a"\nb\n', LINES)).startswith("line 2, column 1: not JSON")
    latin = MediaType("application/jsonlines", {"charset": "latin-1"})
    assert instances.lines('"é"'.encode("latin-1"), latin).records == ["é"]
