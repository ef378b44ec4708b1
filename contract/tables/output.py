"""Answers to tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from contract.answer import Answer, RequestOptions
from contract.errors import RequestError
from contract.tables.data import Table
from contract.wire.answers import ANSWERS


class TableOutput:
    """What answers to tables have in common; JSON first, as in SageMaker's first-party algorithms.

    An algorithm adds ``evaluate``, and ``columns`` where a prediction is more than one number.
    """

    accepts: Sequence[str] = (
        "application/json",
        "application/jsonlines",
        "text/csv",
        "application/x-recordio-protobuf",
    )

    @property
    def task(self) -> str:
        return "regression"

    @property
    def classes(self) -> Sequence[Any]:
        return ()

    def columns(self, predictions: NDArray[Any]) -> Mapping[str, NDArray[Any]]:
        """What a record can be answered, by name: columns of (n,) or (n, k). Usually all of it is."""
        return {"prediction": predictions}

    def answer(self, predictions: NDArray[Any], batch: Table, options: RequestOptions) -> Answer:
        """The columns that the caller wants. Raises ``RequestError`` that names those that there are not."""
        return Answer(selected(self.columns(predictions), options.wanted))

    def usual_accept(self, content_type: str) -> str:
        return self.accepts[0]

    def encode(self, answer: Answer, accept: str) -> bytes:
        """Writes an answer as one of ``accepts``."""
        return ANSWERS[accept](answer)


def selected(known: Mapping[str, NDArray[Any]], wanted: Sequence[str]) -> dict[str, NDArray[Any]]:
    """The columns of these names, or all where none is named. Raises ``RequestError`` for names that are not known."""
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise RequestError(f"unknown output {', '.join(unknown)}; choose from {', '.join(known)}")
    return {name: known[name] for name in wanted or known}
