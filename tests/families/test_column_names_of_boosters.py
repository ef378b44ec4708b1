"""Column names that the libraries themselves do not take, or change."""

from __future__ import annotations

import json
from types import ModuleType

import numpy as np
import pytest

from contract.errors import RequestError
from contract.media_type import MediaType
from contract.tables.data import Table
from tests.families import catboost_jobs, lightgbm_jobs, xgboost_jobs

NAMES = ('a[0]<"1"', "p,q: {x}", "a b", "a_b")
FAMILIES = [xgboost_jobs, lightgbm_jobs, catboost_jobs]


@pytest.mark.parametrize("jobs", FAMILIES, ids=lambda jobs: jobs.ALGORITHM.name)
def test_records_may_name_columns_with_marks_that_the_library_refuses(jobs: ModuleType) -> None:
    data = jobs.table()
    named = Table(data.features, data.label, names=NAMES)
    algorithm, model = jobs.ALGORITHM, jobs.fit(jobs.params(), named)
    signature = algorithm.input.signature(named)
    row = [0.5, -1.25, 2.0, 0.0]
    by_name = json.dumps({"instances": [dict(zip(reversed(NAMES), reversed(row), strict=True))]}).encode()
    asked = algorithm.input.decode(by_name, MediaType("application/json"), signature)
    expected = algorithm.predict(model, Table(np.array([row], np.float32)))
    np.testing.assert_array_equal(algorithm.predict(model, asked), expected)
    unknown = json.dumps({"instances": [{"a b": 1, "other": 2}]}).encode()
    with pytest.raises(RequestError, match=r"p,q: \{x\}.*unknown \['other'\]"):
        algorithm.input.decode(unknown, MediaType("application/json"), signature)
