"""Tiny real jobs of the algorithm preprocessing."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from containers.sklearn.preprocessing.algorithm import ALGORITHM
from containers.sklearn.preprocessing.hyperparameters import PreprocessingHyperparameters
from containers.sklearn.preprocessing.model import FittedColumns
from contract.algorithm import Signature
from contract.answer import RequestOptions
from contract.context import Context
from contract.hyperparameters import parse
from contract.media_type import MediaType
from contract.source import Source
from contract.tables.data import Table

SCHEMA = [
    {"name": "age", "type": "numeric"},
    {"name": "sex", "type": "category"},
    {"name": "bmi", "type": "numeric"},
    {"name": "region", "type": "category"},
]
PEOPLE = """\
100,19,female,27.5,southwest
200,,male,33.5,southeast
300,28,male,,southeast
400,33,,22.5,northwest
500,32,male,28.5,
600,46,female,33.5,northeast
"""
"""Label, age, sex, bmi and region; one cell is empty in each column."""
HEADED = "charges,age,sex,bmi,region\n" + PEOPLE
WITH_HEADER = "text/csv; header=present"
LOG_LINE = re.compile(r"\[\d\d/\d\d/\d{4} \d\d:\d\d:\d\d INFO \d+\] ")
"""How the first-party algorithms write a line."""


def params(**given: str) -> PreprocessingHyperparameters:
    return parse(PreprocessingHyperparameters, given)


def schema(*overrides: dict[str, Any]) -> str:
    """The schema of PEOPLE; each override adds keys to the column of its name."""
    more = {entry["name"]: entry for entry in overrides}
    return json.dumps([column | more.get(column["name"], {}) for column in SCHEMA])


def source(folder: Path, text: str, content_type: str = "text/csv", channel: str = "train") -> Source:
    """A channel of one file."""
    folder = folder / channel
    folder.mkdir(exist_ok=True)
    (folder / "people.csv").write_text(text)
    return Source(channel, folder, (folder / "people.csv",), content_type)


@dataclass(frozen=True)
class Job:
    """A finished job, and its endpoint without HTTP."""

    model: FittedColumns
    signature: Signature
    train: Table
    log: Sequence[str]

    def decoded(self, body: str, content_type: str = "text/csv") -> Table:
        return ALGORITHM.input.decode(body.encode(), MediaType.parse(content_type), self.signature)

    def features(self, body: str, content_type: str = "text/csv") -> NDArray[np.float32]:
        """The numbers of an answer."""
        return ALGORITHM.predict(self.model, self.decoded(body, content_type))

    def answer(
        self, body: str, accept: str = "text/csv", content_type: str = "text/csv", wanted: tuple[str, ...] = ()
    ) -> bytes:
        """The bytes of an answer."""
        batch, output = self.decoded(body, content_type), ALGORITHM.output(self.model)
        answer = output.answer(ALGORITHM.predict(self.model, batch), batch, RequestOptions(wanted))
        return output.encode(answer, accept)


def run(folder: Path, text: str = PEOPLE, content_type: str = "text/csv", **given: str) -> Job:
    """Reads, fits, keeps and reloads."""
    chosen, log = params(**{"schema": schema(), **given}), list[str]()
    train = ALGORITHM.input.read(source(folder, text, content_type), chosen, None)
    model = ALGORITHM.fit(chosen, train, None, Context(log=log.append))
    (folder / "model").mkdir(exist_ok=True)
    ALGORITHM.save(model, folder / "model")
    return Job(ALGORITHM.load(folder / "model"), ALGORITHM.input.signature(train), train, log)


def fit(table: Table, **given: str) -> FittedColumns:
    """A model of numbers alone, without a schema."""
    return ALGORITHM.fit(params(**given), table, None, Context())


def number_table(rows: int = 300, columns: int = 5, holes: float = 0.1) -> Table:
    """Columns of different sizes, one of few values, with empty cells."""
    random = np.random.default_rng(5)
    features = (random.gamma(2, size=(rows, columns)) * 10 ** np.arange(columns)).astype(np.float32)
    features[:, 1] = np.round(features[:, 1] / 10)
    features[random.random(features.shape) < holes] = np.nan
    return Table(features)


def cells_of(table: Table) -> NDArray[np.float64]:
    """The features in double precision."""
    return np.asarray(table.features, np.float64)
