"""Records as requests hold them, whatever an algorithm reads: lines of text, pictures, or what its input makes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from contract.hyperparameters import parse
from contract.source import Source
from tests.contract.subject import Subject
from tests.contract.tree import Tree
from tests.endpoint import Endpoint, Response
from tests.formats import samples
from tests.media_types import CSV, IMAGE, JSON, JSONLINES, RECORDIO

WRITERS = {
    JSON: samples.as_json,
    JSONLINES: samples.as_jsonlines,
    RECORDIO: samples.as_sparse_recordio,
    "application/x-recordio-protobuf; dense": samples.as_recordio,
    "text/libsvm": samples.as_libsvm,
}
"""Tables in every media type but CSV."""

LINES = (CSV, JSONLINES, "text/plain")
"""Media types of which a line is a record."""

UNREADABLE = b"\xff\xfe\xfd\n"
"""A body that no media type allows: neither UTF-8 nor a picture."""


@dataclass(frozen=True)
class Records:
    """Some records, and the media type that they are written in.

    Lines of text and instances of JSON are sent together, unless the algorithm answers ``one`` record a request;
    anything else, such as a picture, is a request of its own.
    """

    content_type: str
    each: tuple[bytes, ...]
    one: bool

    def __len__(self) -> int:
        return len(self.each)

    def __getitem__(self, some: slice) -> Records:
        return replace(self, each=self.each[some])

    def repeated(self, count: int) -> Records:
        """``count`` records: these, again and again."""
        return replace(self, each=(self.each * (count // len(self) + 1))[:count])

    def requests(self) -> list[Records]:
        """The records as they are asked for: all at once, or one at a time."""
        return self.alone() if self.one else [self]

    def alone(self) -> list[Records]:
        """Each record by itself."""
        return [replace(self, each=(record,)) for record in self.each]

    def body(self, content_type: str | None = None) -> bytes:
        """One request of all records; CSV is also written in the other media types of tables."""
        if content_type not in (None, self.content_type):
            return WRITERS[content_type](self._matrix()) if self.content_type == CSV else self.body()
        if self.content_type in LINES:
            return b"\n".join(self.each) + b"\n"
        if len(self) > 1 and self.content_type == JSON:
            return json.dumps(
                {"instances": [it for record in self.each for it in json.loads(record)["instances"]]}
            ).encode()
        (only,) = self.each
        return only

    def _matrix(self) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        return np.array([[float(cell) for cell in line.split(b",")] for line in self.each], dtype=np.float32)


def records_of(subject: Subject, tree: Tree, channel: str = "train") -> Records:
    """The records of a channel. What is neither lines of CSV nor pictures, the algorithm's input writes itself."""
    content_type = str(tree.read_config("inputdataconfig")[channel].get("ContentType", "")).lower()
    one = subject.algorithm.one_record
    if content_type.startswith(CSV):
        return Records(CSV, tuple(str(line).encode() for line in tree.records(channel)), one)
    if "image" in content_type and one:
        return Records(IMAGE, tuple(map(bytes, tree.records(channel))), one)  # type: ignore[arg-type]
    return _made_by_input(subject, tree, channel)


def _made_by_input(subject: Subject, tree: Tree, channel: str) -> Records:
    """The request that the algorithm's input makes of each record of a channel."""
    algorithm = subject.algorithm
    params = parse(algorithm.Hyperparameters, tree.read_config("hyperparameters"))
    data = algorithm.input.read(_source(tree, "train"), params, None)
    if channel != "train":
        data = algorithm.input.read(_source(tree, channel), params, data)
    examples = [algorithm.input.example(data.take(np.array([at]))) for at in range(len(data))]
    content_type = examples[0].content_type
    ends = b"\r\n" if content_type in LINES else b""
    one = algorithm.one_record or content_type not in (*LINES, JSON)
    return Records(
        content_type, tuple(example.body.rstrip(ends) if ends else example.body for example in examples), one
    )


def _source(tree: Tree, channel: str) -> Source:
    folder = tree.channel_folder(channel)
    files = tuple(sorted(path for path in folder.rglob("*") if path.is_file()))
    return Source(channel, folder, files, tree.read_config("inputdataconfig")[channel].get("ContentType"))


def invoke(endpoint: Endpoint, records: Records, accept: str | None = None) -> Response:
    """The response to the first request that the records make."""
    return endpoint.invoke(records.requests()[0].body(), records.content_type, accept)


@cache
def accepts_of(endpoint: Endpoint, content_type: str) -> Sequence[str]:
    """What the endpoint can answer, as it tells whoever asks for something else."""
    told = endpoint.invoke(b"", content_type, "application/x-unheard-of").json()["error"]
    return tuple(told.partition("ask for one of ")[2].split(", "))


def answers(endpoint: Endpoint, records: Records) -> list[bytes]:
    """One answer for each record: a line, or all of a response where answers are not written as lines."""
    lines = JSONLINES in accepts_of(endpoint, records.content_type)
    found: list[bytes] = []
    for request in records.requests() if lines else records.alone():
        response = endpoint.invoke(request.body(), request.content_type, JSONLINES if lines else None)
        assert response.status == 200, response.body
        found += response.body.splitlines() if lines else [response.body]
    return found
