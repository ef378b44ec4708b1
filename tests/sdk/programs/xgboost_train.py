"""Predicts how many bicycles are rented in an hour, as a user of XGBoost writes it for SageMaker."""

import argparse
import csv
import os
from pathlib import Path

import numpy as np
import xgboost as xgb

SEASONS = ["Winter", "Spring", "Summer", "Autumn"]


def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Features (n, 14) of weather and calendar, and counts (n,)."""
    with path.open(encoding="cp1252", newline="") as file:
        rows = list(csv.reader(file))[1:]
    features = [
        [float(value) for value in row[2:11]]
        + [SEASONS.index(row[11]), row[12] == "Holiday", row[13] == "Yes"]
        + [int(row[0][3:5]), int(row[0][:2])]
        for row in rows
    ]
    return np.array(features, dtype=np.float32), np.array([float(row[1]) for row in rows])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--num-round", type=int, default=100)
    parser.add_argument("--max-depth", type=int, default=6)
    parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
    parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
    given = parser.parse_args()

    features, count = read(Path(given.train) / "SeoulBikeData.csv")
    held_out = np.random.default_rng(42).random(len(count)) < 0.2
    train = xgb.DMatrix(features[~held_out], count[~held_out])
    validation = xgb.DMatrix(features[held_out], count[held_out])
    model = xgb.train({"max_depth": given.max_depth}, train, num_boost_round=given.num_round)
    error = model.predict(validation) - count[held_out]
    r2 = 1 - np.mean(error**2) / np.var(count[held_out])
    print(f"validation:r2={r2:.4f}")
    model.save_model(Path(given.model_dir) / "model.ubj")


if __name__ == "__main__":
    main()
