"""Predicts heart disease from an examination, as a user of scikit-learn writes it for SageMaker."""

import argparse
import os
from pathlib import Path

import joblib
import numpy as np
from examination import read
from metric_lines import write  # installed from requirements.txt
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--max-iter", type=int, default=100)
    parser.add_argument("--learning-rate", type=float, default=0.1)
    parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
    parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
    given = parser.parse_args()

    features, label = read(next(Path(given.train).glob("*.csv.gz")))
    parts = train_test_split(features, label, test_size=0.2, random_state=42)
    train, validation, train_label, validation_label = parts
    model = HistGradientBoostingClassifier(
        max_iter=given.max_iter, learning_rate=given.learning_rate, early_stopping=False, random_state=0
    )
    model.fit(train, train_label)
    write("validation:accuracy", np.mean(model.predict(validation) == validation_label))
    joblib.dump(model, Path(given.model_dir) / "model.joblib")


if __name__ == "__main__":
    main()
