"""Our side: models that the families write, and the families reading the models of other programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from containers.xgboost.hyperparameters import OBJECTIVES
from contract import artifact
from contract.errors import ContainerError
from contract.media_type import MediaType
from contract.tables.categories import encode
from contract.tables.data import Table
from tests.compatibility import cases
from tests.compatibility.reader import compared
from tests.families import catboost_jobs, lightgbm_jobs, xgboost_jobs

BOOSTERS = ({}, {"booster": "dart", "rate_drop": "0.3"}, {"booster": "gblinear"}, {"num_parallel_tree": "2"})
LEVELS = ("blue", "green", "red")


def write(library: str, root: Path) -> None:
    """Trains and keeps a case for every objective and kind of booster."""
    trained = {"xgboost": _xgboost, "lightgbm": _lightgbm, "catboost": _catboost}[library]()
    for name, (jobs, model), table, kind in trained:
        folder = root / name
        rows = _rows(table) if library == "catboost" else np.asarray(table.features)
        predicted = np.asarray(model.predict(table))
        one_column = library == "lightgbm" and kind == "probability" and predicted.shape[1] == 2
        cases.write(folder, rows[:50], (predicted[:, 1] if one_column else predicted)[:50], kind)
        jobs.ALGORITHM.save(model, folder)


def adopt(root: Path, library: str) -> dict[str, str]:
    """Loads every case without a manifest and asks it; returns the outcomes by case."""
    return {folder.name: _adopted(folder, library) for folder in cases.folders(root)}


def _adopted(folder: Path, library: str) -> str:
    rows, _, expected = cases.read(folder)
    for name in ("request.json", "answers.json"):
        (folder / name).rename(folder / f".{name}")
    try:
        loaded = artifact.load(folder, library)
        body = json.dumps({"instances": rows}).encode()
        batch = loaded.algorithm.input.decode(body, MediaType("application/json"), loaded.manifest.signature)
        found = np.asarray(loaded.algorithm.predict(loaded.model, batch))
    except ContainerError as error:
        return f"refused: {error}"
    finally:
        for name in ("request.json", "answers.json"):
            (folder / f".{name}").rename(folder / name)
    return compared(found[:, 1] if found.ndim > np.ndim(expected) else found, expected)


def _xgboost() -> Iterator[tuple[str, Any, Table, str]]:
    for objective in OBJECTIVES:
        for more in BOOSTERS:
            given = {"objective": objective, "verbosity": "0", **more}
            if objective.startswith("multi:"):
                given["num_class"] = "3"
            table = xgboost_jobs.table(objective)
            model = xgboost_jobs.fit(xgboost_jobs.params(**given), table)
            yield "-".join((objective, *more.values())), (xgboost_jobs, model), table, "value"


def _lightgbm() -> Iterator[tuple[str, Any, Table, str]]:
    for kind in lightgbm_jobs.KINDS:
        answer = "value" if kind == "regression" else "probability"
        for boosting in ("gbdt", "rf", "dart", "goss"):
            table = lightgbm_jobs.table(kind)
            model = lightgbm_jobs.fit(lightgbm_jobs.params(problem_type=kind, boosting=boosting), table)
            yield f"{kind}-{boosting}", (lightgbm_jobs, model), table, answer
    table = _with_category(lightgbm_jobs.table())
    yield "category", (lightgbm_jobs, lightgbm_jobs.fit(lightgbm_jobs.params(), table)), table, "value"


def _catboost() -> Iterator[tuple[str, Any, Table, str]]:
    for kind in catboost_jobs.KINDS:
        answer = "value" if kind == "regression" else "probability"
        for policy in ("SymmetricTree", "Depthwise", "Lossguide"):
            table = catboost_jobs.table(kind)
            model = catboost_jobs.fit(catboost_jobs.params(problem_type=kind, grow_policy=policy), table)
            yield f"{kind}-{policy}", (catboost_jobs, model), table, answer
    table = _with_category(catboost_jobs.table())
    yield "category", (catboost_jobs, catboost_jobs.fit(catboost_jobs.params(), table)), table, "value"


def _with_category(table: Table) -> Table:
    """The table with texts in its last column, on which the labels depend."""
    texts = np.array(LEVELS, object)[np.arange(len(table)) % 3]
    labels = table.labels + (np.arange(len(table)) % 3) * 3
    return encode(
        replace(table, label=labels.astype(np.float32), texts={table.width - 1: texts}), {table.width - 1: LEVELS}
    )


def _rows(table: Table) -> list[list[Any]]:
    """The records with the texts of their categories."""
    rows = np.asarray(table.features).tolist()
    for column, levels in table.levels.items():
        for row in rows:
            row[column] = levels[int(row[column])]
    return list(rows)
