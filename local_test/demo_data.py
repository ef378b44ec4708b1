"""Real data for the demo, split and written as training channels: CSV with a header, the label in the first column."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from local_test.errors import InvalidArgument

SEOUL_BIKE = Path("seoul-bike", "SeoulBikeData.csv")
Row = list[str]


@dataclass(frozen=True)
class DemoData:
    """A regression problem: ``rows`` hold the label first, then one cell for each of ``features``."""

    title: str
    origin: str
    label: str
    features: Sequence[str]
    rows: Sequence[Row]

    def split(self) -> tuple[list[Row], list[Row]]:
        """Training and validation rows, 80 to 20, drawn with seed 42 as scikit-learn's train_test_split draws them."""
        from numpy.random import RandomState

        order = RandomState(42).permutation(len(self.rows))
        held_out = -(-len(self.rows) // 5)
        return [self.rows[i] for i in order[held_out:]], [self.rows[i] for i in order[:held_out]]


def find_data(folder: Path | None, beside: Path) -> DemoData:
    """The Seoul bike data of ``folder``; without one that of ``beside`` if it exists, else scikit-learn's diabetes."""
    if folder is not None and not (folder / SEOUL_BIKE).is_file():
        raise InvalidArgument(
            f"--data {folder} holds no {SEOUL_BIKE}: leave it out to use data that scikit-learn brings"
        )
    file = (folder or beside) / SEOUL_BIKE
    return seoul_bike(file) if file.is_file() else diabetes()


def diabetes() -> DemoData:
    """Disease progression one year after baseline of 442 patients, to predict from 10 measurements at baseline."""
    try:
        from sklearn.datasets import load_diabetes
    except ImportError as error:
        remedy = "pip install scikit-learn, or give --data FOLDER with the Seoul bike data"
        raise InvalidArgument(f"the demo's data come with scikit-learn: {remedy}") from error
    loaded = load_diabetes(scaled=False)
    rows = [[f"{label:g}", *(f"{value:g}" for value in row)]
            for label, row in zip(loaded.target, loaded.data, strict=True)]  # fmt: skip
    origin = "Efron, Hastie, Johnstone, Tibshirani 2004, Least Angle Regression; bundled with scikit-learn"
    return DemoData("diabetes", origin, "disease progression one year after baseline", loaded.feature_names, rows)


def seoul_bike(file: Path) -> DemoData:
    """Bikes rented per hour in Seoul over a year: hour, eight weather readings, season, holiday, month and weekday."""
    with file.open(encoding="cp1252", newline="") as stream:
        header, *hours = csv.reader(stream)
    seasons = sorted({hour[11] for hour in hours})
    rows = [[hour[1], *_bike_features(hour, seasons)] for hour in hours]
    features = [*header[2:11], *seasons, "Holiday", "Functioning Day", "month", "weekday", "weekend"]
    origin = "Sathishkumar, Park, Cho 2020; UCI repository, Seoul Bike Sharing Demand"
    return DemoData("Seoul bike sharing", origin, "bikes rented in the hour", features, rows)


def _bike_features(hour: Row, seasons: Sequence[str]) -> Iterator[str]:
    day, month, year = map(int, hour[0].split("/"))
    weekday = date(year, month, day).weekday()
    yield from hour[2:11]
    yield from (str(int(hour[11] == season)) for season in seasons)
    yield str(int(hour[12] == "Holiday"))
    yield str(int(hour[13] == "Yes"))
    yield from (str(month), str(weekday), str(int(weekday >= 5)))


def write_channel(names: Row, rows: Sequence[Row], folder: Path) -> Path:
    """Writes the names of the columns and the rows as the one file of a channel."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "data.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([names, *rows])
    return file
