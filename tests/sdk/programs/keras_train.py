"""Tells traffic signs apart, as a user of Keras writes it for SageMaker."""

import argparse
import os
from pathlib import Path

import keras
import numpy as np


def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (n, 32, 32, 3) and classes (n,)."""
    with np.load(path) as file:
        return file["image"], file["label"]


def network(classes: int) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(classes),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--learning-rate", type=float, default=0.002)
    parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
    parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
    given = parser.parse_args()

    keras.utils.set_random_seed(0)
    images, labels = read(Path(given.train) / "training.npz")
    model = network(43)
    model.compile(
        keras.optimizers.Adam(given.learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(images, labels, batch_size=64, epochs=given.epochs, verbose=2)
    _, accuracy = model.evaluate(*read(Path(given.train) / "validation.npz"), verbose=0)
    print(f"validation:accuracy={accuracy:.4f}")
    model.save(Path(given.model_dir) / "model.keras")


if __name__ == "__main__":
    main()
