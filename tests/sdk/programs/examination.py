"""The examinations, read beside the program that learns from them."""

from pathlib import Path

import numpy as np


def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Features (n, 11), with the age in years, and labels (n,)."""
    table = np.loadtxt(path, delimiter=";", skiprows=1)
    features, label = table[:, 1:-1], table[:, -1].astype(int)
    features[:, 0] /= 365.25
    return features, label
