"""The CatBoost image leaves out what the library declares for plots only, and does its work without it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.images.engine import find_image, run

pytestmark = pytest.mark.image

JOB = """
cp -r /job /tmp/ml && train && serve --check &&
python -c '
import importlib.util
print(*(name for name in ("graphviz", "matplotlib", "plotly") if importlib.util.find_spec(name)), "no more plots")
'
"""


def write_job(folder: Path, categorical: dict[str, list[int]] | None) -> Path:
    """A job of 40 records: the label, a number, and a colour as a word or, without categories, as a number."""
    data, config = folder / "input" / "data" / "training", folder / "input" / "config"
    data.mkdir(parents=True)
    config.mkdir()
    colours = ["red", "green"] if categorical else ["1", "2"]
    rows = [f"{count + 10 * (count % 2)},{count},{colours[count % 2]}\n" for count in range(40)]
    (data / "rows.csv").write_text("".join(rows))
    if categorical:
        (data / "categorical_index.json").write_text(json.dumps(categorical))
    (config / "hyperparameters.json").write_text(json.dumps({"iterations": "5"}))
    channel = {"TrainingInputMode": "File", "ContentType": "text/csv", "S3DistributionType": "FullyReplicated"}
    (config / "inputdataconfig.json").write_text(json.dumps({"training": channel}))
    return folder


@pytest.mark.parametrize("categorical", [None, {"cat_index_list": [2]}], ids=["numbers", "a category column"])
def test_catboost_trains_and_predicts_without_its_plotting_dependencies(
    tmp_path: Path, categorical: dict[str, list[int]] | None
) -> None:
    outcome = run(
        find_image("open-algorithms/catboost:latest"),
        *("sh", "-c", JOB),
        volumes=[f"{write_job(tmp_path / 'job', categorical)}:/job:ro"],
        environment={"SAGEMAKER_BASE_DIR": "/tmp/ml"},
    )
    assert outcome.exit_code == 0, outcome.log
    assert outcome.log.endswith("\nno more plots\n")
