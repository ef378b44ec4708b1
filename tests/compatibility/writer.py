"""Writes models with the library of this environment: ``python writer.py LIBRARY CASES``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))
import cases

RANDOM = np.random.default_rng(5)
FEATURES = RANDOM.normal(size=(300, 4)).astype(np.float32)
FEATURES[::17, 3] = np.nan
SIGNAL = FEATURES[:, 0] - 0.5 * FEATURES[:, 1] + 124
CLASSES = np.digitize(SIGNAL, [123.5, 124.2])
HELD_OUT = RANDOM.normal(size=(80, 4)).astype(np.float32)
NOISE = HELD_OUT[:, 0] + 124 + RANDOM.normal(size=80)
TEXTS = RANDOM.choice(["red", "green", "blue"], 300)
WHOLE = RANDOM.integers(0, 5, 300)
ASKED = FEATURES[:50]


def keep(folder: Path, rows: Any, answers: Any, name: str, save: Any, kind: str = "value") -> None:
    cases.write(folder, rows, answers, kind)
    save(str(folder / name))


def xgboost(root: Path) -> None:
    import xgboost as library

    quiet = {"nthread": 1, "verbosity": 0, "eta": 0.5}
    labels = {"multi:softprob": CLASSES, "binary:logistic": CLASSES > 1, "count:poisson": np.rint(SIGNAL)}
    plain: dict[str, dict[str, Any]] = {
        **{name: {"objective": name} for name in ("reg:squarederror", "binary:logistic", "count:poisson")},
        "multi:softprob": {"objective": "multi:softprob", "num_class": 3},
        "gblinear": {"booster": "gblinear"},
        "dart": {"booster": "dart", "rate_drop": 0.3},
    }
    asked = library.DMatrix(ASKED)
    for form in ("ubj", "json"):
        for name, settings in plain.items():
            learned = library.DMatrix(FEATURES, label=labels.get(name, SIGNAL))
            booster = library.train({**quiet, **settings}, learned, 12)
            keep(root / f"{name}-{form}", ASKED, booster.predict(asked), f"model.{form}", booster.save_model)
        for name in ("gbtree", "dart"):
            learned, watched = library.DMatrix(FEATURES, label=SIGNAL), library.DMatrix(HELD_OUT, label=NOISE)
            booster = library.train(
                {**quiet, "booster": name}, learned, 60, evals=[(watched, "v")], early_stopping_rounds=9,
                verbose_eval=False,
            )  # fmt: skip
            answers = booster.predict(asked, iteration_range=(0, booster.best_iteration + 1))
            keep(root / f"{name}-stopped-early-{form}", ASKED, answers, f"model.{form}", booster.save_model)
        estimator = library.XGBRegressor(n_estimators=60, early_stopping_rounds=9, n_jobs=1)
        estimator.fit(FEATURES, SIGNAL, eval_set=[(HELD_OUT, NOISE)], verbose=False)
        keep(root / f"XGBRegressor-{form}", ASKED, estimator.predict(ASKED), f"model.{form}", estimator.save_model)
        classifier = library.XGBClassifier(n_estimators=9, n_jobs=1).fit(FEATURES, CLASSES > 1)
        answers = classifier.predict_proba(ASKED)[:, 1]
        keep(root / f"XGBClassifier-{form}", ASKED, answers, f"model.{form}", classifier.save_model)
    frame = pd.DataFrame({"x": FEATURES[:, 0], "colour": pd.Categorical(TEXTS)})
    learned = library.DMatrix(frame, label=SIGNAL + frame["colour"].cat.codes * 9, enable_categorical=True)
    booster = library.train({**quiet, "tree_method": "hist"}, learned, 9)
    rows = np.column_stack([frame["x"], frame["colour"].cat.codes])[:50]
    answers = booster.predict(library.DMatrix(frame[:50], enable_categorical=True))
    keep(root / "category-codes", rows, answers, "model.json", booster.save_model)


def lightgbm(root: Path) -> None:
    import lightgbm as library

    quiet = {"num_threads": 1, "verbosity": -1, "min_data_in_leaf": 5}
    labels = {"binary": CLASSES > 1, "multiclass": CLASSES}
    plain: dict[str, dict[str, Any]] = {
        **{name: {"objective": name} for name in ("regression", "poisson", "binary")},
        "multiclass": {"objective": "multiclass", "num_class": 3},
        "dart": {"boosting": "dart"},
        "rf": {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5},
        "linear_tree": {"linear_tree": True},
    }
    for name, settings in plain.items():
        booster = library.train({**quiet, **settings}, library.Dataset(FEATURES, label=labels.get(name, SIGNAL)), 12)
        keep(root / name, ASKED, booster.predict(ASKED), "model.txt", booster.save_model)
    regressor = library.LGBMRegressor(n_estimators=60, n_jobs=1, learning_rate=0.5)
    stop = [library.early_stopping(5, verbose=False)]
    regressor.fit(FEATURES, SIGNAL, eval_set=[(HELD_OUT, NOISE)], callbacks=stop)
    keep(
        root / "LGBMRegressor-stopped-early",
        ASKED,
        regressor.predict(ASKED),
        "model.lgb",
        regressor.booster_.save_model,
    )
    classifier = library.LGBMClassifier(n_estimators=9, n_jobs=1).fit(FEATURES, CLASSES)
    answers = classifier.predict_proba(ASKED)
    keep(root / "LGBMClassifier", ASKED, answers, "model.lgb", classifier.booster_.save_model)
    frame = pd.DataFrame({"x": FEATURES[:, 0], "colour": pd.Categorical(TEXTS), "code": pd.Categorical(WHOLE * 10)})
    label = SIGNAL + frame["colour"].cat.codes * 9 + (WHOLE == 3) * 5
    booster = library.train(quiet, library.Dataset(frame, label=label), 9)
    rows = [list(row) for row in frame[:50].astype(object).to_numpy()]
    keep(root / "pandas-categories", rows, booster.predict(frame[:50]), "model.txt", booster.save_model)
    codes = np.column_stack([FEATURES[:, 0], WHOLE])
    booster = library.train(quiet, library.Dataset(codes, label=label, categorical_feature=[1]), 9)
    keep(root / "numbers-as-categories", codes[:50], booster.predict(codes[:50]), "model.txt", booster.save_model)


def catboost(root: Path) -> None:
    import catboost as library

    quiet: dict[str, Any] = {
        "iterations": 12,
        "thread_count": 1,
        "logging_level": "Silent",
        "allow_writing_files": False,
    }
    regressor = library.CatBoostRegressor(**quiet).fit(FEATURES, SIGNAL)
    keep(root / "CatBoostRegressor", ASKED, regressor.predict(ASKED), "model.cbm", regressor.save_model)
    stopped = library.CatBoostRegressor(**{**quiet, "iterations": 80, "learning_rate": 0.8, "early_stopping_rounds": 5})
    stopped.fit(FEATURES, SIGNAL, eval_set=(HELD_OUT, NOISE))
    keep(root / "stopped-early", ASKED, stopped.predict(ASKED), "model.cb", stopped.save_model)
    for name, label in (("binary", CLASSES > 1), ("multiclass", CLASSES)):
        classifier = library.CatBoostClassifier(**quiet).fit(FEATURES, label.astype(int))
        answers = classifier.predict_proba(ASKED)
        keep(root / name, ASKED, answers, "model", classifier.save_model, "probability")
    for name, cells in (("numbers-as-categories", WHOLE), ("texts-as-categories", TEXTS)):
        frame = pd.DataFrame({"x": FEATURES[:, 0], "c": cells})
        label = SIGNAL + pd.factorize(cells)[0] * 9
        booster = library.CatBoostRegressor(**quiet).fit(frame, label, cat_features=[1])
        rows = [list(row) for row in frame[:50].astype(object).to_numpy()]
        keep(root / name, rows, booster.predict(frame[:50]), "model", booster.save_model)


if __name__ == "__main__":
    {"xgboost": xgboost, "lightgbm": lightgbm, "catboost": catboost}[sys.argv[1]](Path(sys.argv[2]))
