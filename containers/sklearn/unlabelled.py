"""What the algorithms without labels read: rows of numbers, complete, as RecordIO-protobuf or CSV."""

from __future__ import annotations

from containers.hyperparameters import Hyperparameters
from containers.tables import TableInput

CONTENT_TYPES = ("application/x-recordio-protobuf", "text/csv")
REQUEST_TYPES = ("text/csv", "application/json", "application/jsonlines", "application/x-recordio-protobuf")

UNLABELLED = TableInput[Hyperparameters](
    content_types=CONTENT_TYPES,
    request_types=REQUEST_TYPES,
    label="optional",
    missing=False,
    sparse="zero",
)
"""The first column of ``text/csv`` counts as a label and is dropped, unless ``label_size=0`` says that it is none."""
