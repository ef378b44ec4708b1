"""Reads our models with the library of this environment: ``python reader.py LIBRARY CASES``.

Prints a JSON object of outcomes by case: ``equal``, ``refused: …`` or ``DIFFERENT …``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import cases


def xgboost(path: Path, rows: list[list[Any]], kind: str) -> Any:
    import xgboost

    booster = xgboost.Booster(model_file=str(path))
    return booster.predict(xgboost.DMatrix(np.array(rows, float)))


def lightgbm(path: Path, rows: list[list[Any]], kind: str) -> Any:
    import lightgbm

    return lightgbm.Booster(model_file=str(path)).predict(np.array(rows, float))


def catboost(path: Path, rows: list[list[Any]], kind: str) -> Any:
    from catboost import CatBoost, Pool

    booster = CatBoost().load_model(str(path))
    pool = Pool(rows, cat_features=booster.get_cat_feature_indices() or None)
    return booster.predict(pool, prediction_type="Probability" if kind == "probability" else "RawFormulaVal")


def outcome(folder: Path, predict: Any) -> str:
    rows, kind, expected = cases.read(folder)
    try:
        found = predict(cases.model(folder), rows, kind)
    except Exception as error:
        return f"refused: {str(error).strip().splitlines()[0][:100]}"
    return compared(found, expected)


def compared(found: Any, expected: Any) -> str:
    wanted = np.array(expected, float)
    if np.shape(found) == wanted.shape and np.allclose(found, wanted, rtol=1e-6, atol=1e-6):
        return "equal"
    return f"DIFFERENT: {np.ravel(found)[:3]} and not {wanted.ravel()[:3]}"


if __name__ == "__main__":
    predict = {"xgboost": xgboost, "lightgbm": lightgbm, "catboost": catboost}[sys.argv[1]]
    print(json.dumps({folder.name: outcome(folder, predict) for folder in cases.folders(Path(sys.argv[2]))}))
