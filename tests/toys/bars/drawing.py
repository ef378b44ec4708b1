"""The algorithm ``bars``: a record is a line of heights, its answer a picture of them as bars, as a PNG.

Pictures differ in size. In RecordIO they are features of the record, beside a label.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from contract.algorithm import Algorithm, Example, Signature
from contract.answer import USUAL, Answer, RequestOptions
from contract.context import Context
from contract.data import Int64
from contract.errors import ArtifactError, ChannelError, Malformed, RequestError
from contract.figures import Bars
from contract.hyperparameters import Hyperparameters, hyperparameter
from contract.media_type import MediaType
from contract.metrics import Direction
from contract.metrics.evaluation import Evaluation
from contract.source import Source
from contract.wire.answers import ANSWERS
from contract.wire.lines import Block, blocks, line_text, number, one_block

PNG = "image/png"
SCALE_FILE = "scale.txt"
Picture: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class BarsHyperparameters(Hyperparameters):
    rows: int = hyperparameter(8, bounds="[1, 64]", tunable=(4, 16), help="Height of a picture in pixels.")


@dataclass(frozen=True)
class Heights:
    """The bars of every record, as many as each has."""

    records: Sequence[tuple[float, ...]]

    def __len__(self) -> int:
        return len(self.records)

    def fingerprint(self) -> str:
        return hashlib.sha256(repr(self.records).encode()).hexdigest()

    def summary(self) -> Sequence[tuple[str, str]]:
        return [("records", str(len(self))), ("bars", str(sum(map(len, self.records))))]

    def parts(self, records: int) -> Iterator[Self]:
        for start in range(0, len(self), records):
            yield type(self)(self.records[start : start + records])

    def take(self, rows: Int64) -> Self:
        return type(self)([self.records[row] for row in rows])


@dataclass(frozen=True)
class HeightInput:
    """Reads lines of heights from 0 on, parted by blanks; a request is one of them."""

    content_types: Sequence[str] = ("text/plain",)
    request_types: Sequence[str] = ("text/plain",)

    def arrange(self, sources: Mapping[str, Source]) -> Mapping[str, Source]:
        return sources

    def read(self, source: Source, params: Hyperparameters, like: Heights | None) -> Heights:
        media_type = MediaType.parse(source.content_type or self.content_types[0])
        found: list[tuple[float, ...]] = []
        for path in source.files:
            with source.open(path) as stream:
                for block in blocks(stream, media_type):
                    found += _heights(block)
        if not found:
            raise ChannelError(f"channel {source.channel!r}: holds no record")
        return Heights(found)

    def decode(self, body: bytes, media_type: MediaType, signature: Signature) -> Heights:
        try:
            found = _heights(one_block(body, media_type))
        except Malformed as error:
            raise RequestError(str(error)) from error
        if len(found) != 1:
            raise RequestError(f"the body holds {len(found)} lines; send one record a request")
        return Heights(found)

    def configuration(self, batch: Heights) -> Mapping[str, Any]:
        return {}

    def batch(self, made: Any, signature: Signature) -> Heights:
        if not isinstance(made, list | tuple):
            raise TypeError(f"{type(made).__name__} holds no heights")
        return Heights([tuple(float(height) for height in made)])

    def signature(self, data: Heights) -> Signature:
        return {}

    def example(self, data: Heights) -> Example:
        return Example("text/plain", " ".join(map(str, data.records[0])).encode() + b"\n")


@dataclass(frozen=True)
class Model:
    """The number of rows of a picture, and the height that fills all of them."""

    rows: int
    highest: float


class Ink:
    """The share of the pixels that are drawn."""

    def __init__(self) -> None:
        self._drawn = self._pixels = 0

    def add(self, predictions: Sequence[Picture], data: Heights) -> None:
        self._drawn += sum(int(np.count_nonzero(picture)) for picture in predictions)
        self._pixels += sum(picture.size for picture in predictions)

    def result(self) -> Evaluation:
        ink = self._drawn / self._pixels
        return Evaluation({"ink": ink}, [Bars("Pixels", "share", {"drawn": ink, "empty": 1 - ink})])


@dataclass(frozen=True)
class BarsOutput:
    task: str = "drawing"
    classes: Sequence[Any] = ()
    accepts: Sequence[str] = (PNG, "application/x-recordio-protobuf", "application/json", "application/jsonlines")

    def usual_accept(self, content_type: str) -> str:
        return PNG

    def answer(self, predictions: Sequence[Picture], batch: Heights, options: RequestOptions) -> Answer:
        if options.wanted:
            raise RequestError(f"unknown output {', '.join(options.wanted)}; ask without it")
        features = {"target": predictions, "shape": [picture.shape for picture in predictions]}
        label = {"bars": [len(record) for record in batch.records]}
        return Answer({**features, **label}, envelope=None, features=tuple(features))

    def encode(self, answer: Answer, accept: str) -> bytes:
        """Writes the answer to one record as it is, that to several, which a report has, as a list of them."""
        if accept == PNG:
            return _png(answer.columns["target"][0])
        if accept == "application/json" and len(answer) == 1:
            return ANSWERS["application/jsonlines"](answer).rstrip(b"\n")
        return ANSWERS[accept](answer)

    def evaluator(self, records: int) -> Ink:
        return Ink()


class BarsAlgorithm(Algorithm[BarsHyperparameters, Heights, Model]):
    name: ClassVar[str] = "bars"
    one_record: ClassVar[bool] = True
    Hyperparameters = BarsHyperparameters
    input = HeightInput()
    metrics: ClassVar[Mapping[str, Direction | None]] = {"ink": None}
    libraries: Sequence[str] = ("numpy",)

    def fit(self, params: BarsHyperparameters, train: Heights, validation: Heights | None, context: Context) -> Model:
        return Model(params.rows, max(max(record) for record in train.records))

    def predict(self, model: Model, batch: Heights, options: RequestOptions = USUAL) -> list[Picture]:
        return [_drawn(model, record) for record in batch.records]

    def output(self, model: Model) -> BarsOutput:
        return BarsOutput()

    def save(self, model: Model, directory: Path) -> None:
        (directory / SCALE_FILE).write_text(f"{model.rows} {model.highest!r}\n")

    def load(self, directory: Path) -> Model:
        try:
            rows, highest = (directory / SCALE_FILE).read_text(encoding="ascii").removesuffix("\n").split(" ")
            return Model(int(rows), float(highest))
        except (OSError, ValueError) as error:
            raise ArtifactError(f"{SCALE_FILE} cannot be read ({error}); train the model again") from error


def _heights(block: Block) -> list[tuple[float, ...]]:
    return [_bars(line_text(line, at), at) for at, line in block.lines() if line.strip()]


def _bars(line: str, at: int) -> tuple[float, ...]:
    heights = tuple(number(cell, lambda: f"line {at}") for cell in line.split())
    if not all(height >= 0 for height in heights):
        raise Malformed("a height is missing or below 0", f"line {at}")
    return heights


def _drawn(model: Model, record: Sequence[float]) -> Picture:
    """Black bars, (rows, bars), as high as their share of the highest one of the training."""
    filled = np.rint(np.array(record) / max(model.highest, 1e-9) * model.rows)
    return np.where(np.arange(model.rows, 0, -1)[:, None] <= filled, 255, 0).astype(np.uint8)


def _png(picture: Picture) -> bytes:
    """A picture in shades of grey, as a PNG."""
    rows, columns = picture.shape
    lines = b"".join(b"\0" + line.tobytes() for line in picture)
    head = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    written = (struct.pack(">I", len(data)) + kind + data + _checksum(kind + data) for kind, data in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


def _checksum(data: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(data))


ALGORITHM: Any = BarsAlgorithm()
