"""The algorithm ``together``: the mean label over the records of all hosts, plus the level of an earlier model.

The environment may hold or end one host: TOGETHER_HELD names where it writes a byte into the named pipe
TOGETHER_STARTED and waits, as if it were in a library that computes for hours, until somebody opens the named pipe
TOGETHER_RELEASE for writing: in ``fit``, in ``save``, or at the ``end``, as the job's last line is logged.
TOGETHER_FAILS is what the library's error says that ends ``fit``.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from contract.algorithm import Channel
from contract.context import Context
from contract.errors import ChannelError
from contract.metrics import Direction
from contract.source import Source
from contract.tables.data import Table
from contract.tables.input import REQUEST_TYPES, TableInput
from tests.toys.mean.averaging import Mean, MeanHyperparameters, MeanModel

NOTES = "train_notes"


def _with_notes(sources: Mapping[str, Source]) -> Mapping[str, Source]:
    """Puts the channel of notes beside the channel that they are about."""
    found = {name: source for name, source in sources.items() if name != NOTES}
    if NOTES in sources:
        found["train"] = replace(found["train"], companions={NOTES: sources[NOTES]})
    return found


@dataclass(frozen=True)
class NotedInput(TableInput[MeanHyperparameters]):
    def read(self, source: Source, params: MeanHyperparameters, like: Table | None) -> Table:
        for notes in source.companions.values():
            with notes.open(notes.files[0]) as stream:
                if stream.read() == b"nonsense":
                    raise ChannelError(f"channel {notes.channel!r}: is nonsense; write something else")
        return super().read(source, params, like)


class Together(Mean):
    name: ClassVar[str] = "together"
    channels: ClassVar[Sequence[Channel]] = (
        Channel("train", True, ("training",)),
        Channel("validation"),
        Channel(NOTES, companion=True),
    )
    metrics: ClassVar[Mapping[str, Direction | None]] = {**Mean.metrics, "level": None}
    continues: ClassVar[bool] = True
    resumes: ClassVar[bool] = True
    distributed: ClassVar[bool] = True
    input = NotedInput(content_types=REQUEST_TYPES, arrange=_with_notes)

    def fit(self, params: MeanHyperparameters, train: Table, validation: Table | None, context: Context) -> MeanModel:
        (context.output / f"seen-by-{context.rank}").write_text("of value")
        known = "nothing" if context.base_model is None else "a model"
        context.log(f"rank {context.rank} of {len(context.hosts)}, sharded {context.sharded}, goes on from {known}")
        _hold("fit")
        logging.getLogger("train").addFilter(_hold_last_line)
        if "TOGETHER_FAILS" in os.environ:
            raise ArithmeticError(os.environ["TOGETHER_FAILS"])
        level = 0.0 if context.base_model is None else self.load(context.base_model).level
        assert train.label is not None
        for step in range(params.num_round):
            told = context.agree({"sum": float(train.label.sum()), "records": len(train)})
            mean = sum(host["sum"] for host in told) / sum(host["records"] for host in told)
            context.log_round(step, {"train": {"level": mean}})
        return MeanModel(level + mean, 0.0, 0.0)

    def save(self, model: MeanModel, directory: Path) -> None:
        _hold("save")
        super().save(model, directory)


def _hold_last_line(record: logging.LogRecord) -> bool:
    if "the job took" in record.msg:
        _hold("end")
    return True


def _hold(method: str) -> None:
    if os.environ.get("TOGETHER_HELD") == method:
        Path(os.environ["TOGETHER_STARTED"]).write_bytes(b".")
        Path(os.environ["TOGETHER_RELEASE"]).read_bytes()


ALGORITHM: Any = Together()
