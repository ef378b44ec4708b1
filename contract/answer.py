"""The answer of an endpoint to a batch, before it becomes bytes of one media type or another."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from numpy.typing import NDArray

Column: TypeAlias = NDArray[Any] | Sequence[Any]
"""One value a record: an array of numbers (n,) or (n, k), which is written fastest, one of texts (n,), or n values.

A value is what JSON holds (a number, a text, lists of any length, dicts with texts as keys), an array, or bytes.
"""


@dataclass(frozen=True)
class Answer:
    """Named columns with one row a record, in the order of the request.

    ``envelope`` is the key around the rows in JSON (``{"predictions": [...]}``); None answers the bare list of rows.
    With ``orient`` = ``columns`` a JSON document holds one array a column instead, as
    ``{"probabilities": [[...], [...]]}``.

    ``csv_lists`` is how a list becomes CSV: ``cells`` spreads it over k cells, ``quoted`` writes one cell
    ``"[0.4, 0.6]"``, ``bare`` writes the same without the quotes (the batch form of SageMaker's XGBoost).

    ``features`` names the columns that stand among the features of a RecordIO record, in their own types; the others
    stand in its label, numbers as 32-bit floats.
    """

    columns: Mapping[str, Column]
    envelope: str | None = "predictions"
    csv_lists: Literal["cells", "quoted", "bare"] = "cells"
    orient: Literal["records", "columns"] = "records"
    features: Collection[str] = ()

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))


@dataclass(frozen=True)
class RequestOptions:
    """The choices of the caller about predictions and their answer.

    ``wanted`` are the names of SAGEMAKER_INFERENCE_OUTPUT or of the Accept parameter ``output``, in their order; empty
    means the algorithm's usual answer. ``verbose`` is the Accept parameter of that name; ``batch`` is a transform job.
    ``accept`` and ``content_type`` are all parameters of these two headers, by their names in lower case;
    ``configuration`` is what stands under that key in the body of a JSON request.
    """

    wanted: tuple[str, ...] = ()
    verbose: bool = False
    batch: bool = False
    accept: Mapping[str, str] = field(default_factory=dict)
    content_type: Mapping[str, str] = field(default_factory=dict)
    configuration: Mapping[str, Any] = field(default_factory=dict)


USUAL = RequestOptions()
"""The options where nobody chooses anything: the evaluation of a channel, a request without parameters."""
