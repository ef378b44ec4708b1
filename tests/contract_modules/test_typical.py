"""The example of a model is typical of its training data and no record of them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from contract.media_type import MediaType
from contract.tables.data import Sparse, Table
from contract.tables.input import TableInput

INPUT = TableInput[object]()


def example(table: Table) -> Any:
    made = INPUT.example(table)
    INPUT.decode(made.body, MediaType(made.content_type), INPUT.signature(table))
    return json.loads(made.body)["instances"][0]


def test_numbers_are_medians_and_categories_the_most_frequent() -> None:
    features = np.array([[1, 0, 7], [2, 1, 7], [9, 1, 8], [np.nan, 1, np.nan]], np.float32)
    made = example(Table(features, levels={1: ("blue", "red"), 2: ()}))
    assert made == {"features": [2, "red", 7]}


def test_an_empty_column_is_missing_and_counts_have_their_means() -> None:
    assert example(Table(np.array([[np.nan, 3], [np.nan, 5]], np.float32))) == {"features": [None, 4]}
    assert example(Table(np.array([[0, 0], [0, 0], [3, 0]], np.float32))) == {"features": [1, 0]}


def test_a_sparse_record_holds_the_column_that_most_records_store() -> None:
    table = Table(Sparse(np.array([1, 3, 8], np.float32), np.array([2, 2, 4]), np.array([0, 1, 3]), (2, 6)))
    assert example(table) == {"data": {"features": {"keys": [2], "shape": [6], "values": [2]}}}
