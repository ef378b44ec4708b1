"""The input of the first-party algorithms: complete rows of numbers, as RecordIO-protobuf or CSV."""

from __future__ import annotations

from typing import Any

from contract.tables.input import TableInput

CONTENT_TYPES = ("application/x-recordio-protobuf", "text/csv")
REQUEST_TYPES = ("text/csv", "application/json", "application/jsonlines", "application/x-recordio-protobuf")

LABELLED = TableInput[Any](content_types=CONTENT_TYPES, request_types=REQUEST_TYPES, missing=False, sparse="zero")

UNLABELLED = TableInput[Any](
    content_types=CONTENT_TYPES, request_types=REQUEST_TYPES, missing=False, sparse="zero", label="optional"
)
"""The first column of ``text/csv`` counts as a label and is dropped, unless ``label_size=0`` says that it is none."""
