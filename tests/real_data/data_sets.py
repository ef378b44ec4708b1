"""The data sets as matrices: label in front, prepared and split as their published reference scores were made."""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split


@dataclass(frozen=True)
class Split:
    """Rows to learn from and to judge by; column 0 is the label."""

    train: NDArray[np.float64]
    test: NDArray[np.float64]

    @property
    def channels(self) -> dict[str, NDArray[np.float64]]:
        return {"train": self.train, "validation": self.test}


def seoul_bike(folder: Path, with_date: bool) -> Split:
    """Hour, eight weather columns, season, holiday and functioning day; with the date also month, weekday, weekend."""
    return _split(_bike_matrix(folder, with_date))


def _bike_matrix(folder: Path, with_date: bool) -> NDArray[np.float64]:
    rows = list(csv.reader((folder / "seoul-bike" / "SeoulBikeData.csv").read_text("cp1252").splitlines()))[1:]
    seasons = sorted({row[11] for row in rows})
    return np.array([_bike_row(row, seasons, with_date) for row in rows])


def seoul_bike_demand(folder: Path) -> Split:
    """High (1) or low (0) demand, above or below the median of all hours, from the columns without the date."""
    matrix = _bike_matrix(folder, with_date=False)
    matrix[:, 0] = matrix[:, 0] > np.median(matrix[:, 0])
    return _split(matrix, stratify=matrix[:, 0])


def _bike_row(row: list[str], seasons: list[str], with_date: bool) -> list[float]:
    values = [float(row[1]), *(float(cell) for cell in row[2:11])]
    values += [float(row[11] == season) for season in seasons]
    values += [float(row[12] == "Holiday"), float(row[13] == "Yes")]
    if with_date:
        day = datetime.strptime(row[0], "%d/%m/%Y")
        values += [float(day.month), float(day.weekday()), float(day.weekday() >= 5)]
    return values


def cardio(folder: Path) -> Split:
    """Eleven raw columns; the label is the last column of the file."""
    text = gzip.decompress((folder / "cardio" / "cardio_train.csv.gz").read_bytes()).decode()
    matrix = np.loadtxt(io.StringIO(text), delimiter=";", skiprows=1)
    return _split(np.column_stack([matrix[:, -1], matrix[:, 1:-1]]))


def insurance(folder: Path) -> Split:
    """Charges from age, sex, body mass index, children, smoker and region (one column fewer than there are regions)."""
    rows = list(csv.reader((folder / "insurance" / "insurance.csv").read_text().splitlines()))[1:]
    regions = sorted({row[5] for row in rows})[1:]
    return _split(np.array([_insurance_row(row, regions) for row in rows]))


def _insurance_row(row: list[str], regions: list[str]) -> list[float]:
    age, sex, mass, children, smoker, region, charges = row
    values = [float(charges), float(age), float(sex == "male"), float(mass), float(children), float(smoker == "yes")]
    return values + [float(region == name) for name in regions]


def digits(folder: Path, train: int, test: int) -> Split:
    """The first digits of MNIST's own two parts, at half their size: 14 × 14 pixels from 0 to 255, row by row."""
    return Split(_digits(folder / "mnist", "train", train), _digits(folder / "mnist", "t10k", test))


def _digits(folder: Path, part: str, count: int) -> NDArray[np.float64]:
    with gzip.open(folder / f"{part}-labels-idx1-ubyte.gz") as labels:
        label = np.frombuffer(labels.read(8 + count), np.uint8, offset=8)
    with gzip.open(folder / f"{part}-images-idx3-ubyte.gz") as images:
        pixels = np.frombuffer(images.read(16 + 784 * count), np.uint8, offset=16).reshape(count, 784)
    halved = pixels.reshape(count, 14, 2, 14, 2).mean(axis=(2, 4))
    return np.column_stack([label, halved.reshape(count, 196)])


def _split(matrix: NDArray[Any], stratify: NDArray[Any] | None = None) -> Split:
    train, test = train_test_split(range(len(matrix)), test_size=0.2, random_state=42, stratify=stratify)
    return Split(matrix[train], matrix[test])
