"""What a user's ``input_fn`` returns becomes the same table as the request with these numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from contract.errors import RequestError
from contract.tables.input import TableInput

INPUT = TableInput[object]()
NAMED = {"feature_count": 3, "feature_names": ["a", "b", "c"]}
NUMBERED = {"feature_count": 3, "feature_names": []}
CATEGORIES = {"feature_count": 2, "feature_names": ["x", "colour"], "categories": {"1": ["0.1", "red", "true"]}}
FRAME = pd.DataFrame({"c": [3.0, 6.0], "a": [1.0, 4.0], "b": [2.0, 5.0]})
ROWS = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


def rows(made: Any, signature: dict[str, Any]) -> list[list[float]]:
    return np.asarray(INPUT.batch(made, signature).features).tolist()


@pytest.mark.parametrize(
    "made",
    [
        FRAME,
        FRAME.astype(object),
        FRAME.astype("Float64"),
        [FRAME.iloc[0], FRAME.iloc[1]],
        [row for _, row in FRAME.iterrows()],
        FRAME.to_dict("records"),
        np.array(ROWS),
        ROWS,
        [np.array(row) for row in ROWS],
        tuple(map(tuple, ROWS)),
    ],
)
def test_frames_series_and_arrays_of_the_same_numbers_are_the_same_table(made: Any) -> None:
    assert rows(made, NAMED) == ROWS


def test_a_series_is_matched_by_its_names_as_a_frame_is() -> None:
    assert rows(FRAME.iloc[0], NAMED) == [ROWS[0]]
    assert rows(pd.Series([1.0, 2.0, 3.0]), NAMED) == [ROWS[0]]
    assert rows(FRAME.iloc[0], NUMBERED) == [[3, 1, 2]]
    for made in (
        FRAME.iloc[0].rename({"a": "z"}),
        [FRAME.iloc[0].rename({"a": "z"})],
        FRAME.rename(columns={"a": "z"}),
    ):
        with pytest.raises(RequestError, match=r"missing \['a'\], unknown \['z'\]"):
            rows(made, NAMED)


def test_missing_values_and_truth_values_of_any_library_are_read() -> None:
    made = pd.DataFrame({"a": [pd.NA, True], "b": [Decimal("0.5"), None], "c": [np.float32(0.1), np.nan]}, dtype=object)
    np.testing.assert_array_equal(
        np.array(rows(made, NAMED), np.float32), np.array([[np.nan, 0.5, 0.1], [1, np.nan, np.nan]], np.float32)
    )
    assert rows(np.array([[True, False, True]]), NUMBERED) == [[1, 0, 1]]
    assert rows(pd.get_dummies(pd.Series(["x", "y", "z"])), NUMBERED) == np.eye(3).tolist()


@pytest.mark.parametrize("dtype", [object, np.float64, np.float32])
def test_infinite_numbers_are_refused_in_arrays_of_any_type(dtype: Any) -> None:
    with pytest.raises(RequestError, match="a feature is infinite"):
        rows(np.array([[1, np.inf, 2]], dtype), NUMBERED)
    with pytest.raises(RequestError, match="a feature is infinite"):
        rows(pd.DataFrame([[1, -np.inf, "x"]], dtype=object), NUMBERED)


def test_categories_are_known_by_the_same_text_in_every_type() -> None:
    for made in ([[2, 0.1]], [[2, "0.1"]], [[2, np.float32(0.1)]], [[2, Decimal("0.1")]], np.array([[2, 0.1]], "f4")):
        assert rows(made, CATEGORIES) == [[2, 0]]
    assert rows([[2, True]], CATEGORIES) == [[2, 2]]
    large = {**CATEGORIES, "categories": {"1": ["9007199254740993"]}}
    assert rows([[2.5, 9007199254740993]], large) == [[2.5, 0]]
    assert rows(pd.DataFrame({"colour": ["red"], "x": [2]}), CATEGORIES) == [[2, 1]]


def test_a_text_beside_numbers_is_the_one_to_blame() -> None:
    with pytest.raises(RequestError, match="feature 2: 'red' is not a number"):
        rows([1.5, "red", 2], NUMBERED)


@pytest.mark.parametrize("made", [None, b"1,2,3", "1,2,3", {"a": 1}, [], np.empty((0, 3))])
def test_what_holds_no_rows_is_refused(made: Any) -> None:
    with pytest.raises(TypeError, match="holds no rows of features"):
        rows(made, NUMBERED)
