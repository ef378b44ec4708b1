from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contract.errors import AlgorithmError, ArtifactError, NotAcceptable, RequestError, UnsupportedContentType
from serve.one.predictor import Predictor
from serve.one.steps import first_not_finite
from serve.settings import Settings
from tests.serving.toy_models import csv_rows, write_model


@pytest.fixture(scope="session")
def mean(mean_settings: Settings) -> Predictor:
    return Predictor.load(mean_settings)


def mistaken(folder: Path, toy: str) -> Predictor:
    write_model(folder / "model", toy)
    return Predictor.load(Settings(family=f"tests.toys.{toy}", base=folder))


def test_bytes_become_bytes_with_their_media_type_and_figures(mean: Predictor) -> None:
    prediction = mean(csv_rows(2), "text/csv", "application/json")
    scores = [row["score"] for row in json.loads(prediction.body)["predictions"]]
    assert scores == pytest.approx([3, 5], abs=0.1)
    assert (prediction.media_type, prediction.rows, prediction.bytes_in) == ("application/json", 2, 12)
    assert min(prediction.decode_ms, prediction.predict_ms, prediction.encode_ms) >= 0


def test_V12_a_row_alone_is_answered_as_in_a_batch(mean: Predictor) -> None:
    rows = csv_rows(50).splitlines(keepends=True)
    together = mean(b"".join(rows), "text/csv", "text/csv").body.splitlines(keepends=True)
    assert together == [mean(row, "text/csv", "text/csv").body for row in rows]


def test_the_example_of_the_manifest_is_answered(mean: Predictor) -> None:
    answered = mean.warm_up()
    assert answered is not None
    assert answered.rows == 1


def test_a_model_without_an_example_warms_up_with_nothing(tmp_path: Path) -> None:
    write_model(tmp_path / "model", example=None)
    assert Predictor.load(Settings(family="tests.toys.mean", base=tmp_path)).warm_up() is None


def test_headers_are_settled_before_the_body_is_looked_at(mean: Predictor) -> None:
    with pytest.raises(UnsupportedContentType):
        mean(b"", "text/plain", None)
    with pytest.raises(NotAcceptable):
        mean(b"", None, "image/png")


@pytest.mark.parametrize("body", [b"", b"\n", b" \r\n\r\n"])
def test_V08_a_body_without_records_is_the_callers_fault(mean: Predictor, body: bytes) -> None:
    with pytest.raises(RequestError):
        mean(body, "text/csv", None)


def test_V07_a_wrong_width_is_the_callers_fault(mean: Predictor) -> None:
    with pytest.raises(RequestError, match="expected 3 features"):
        mean(b"1,2\n", "text/csv", None)


def test_selected_content_is_answered_in_its_order(mean_settings: Settings) -> None:
    predictor = Predictor.load(replace(mean_settings, wanted=("rounded", "score")))
    rounded, score = predictor(b"1,2,3\n", "text/csv", "text/csv").body.split(b",")
    assert float(rounded) == round(float(score))


def test_unknown_content_is_the_callers_fault(mean: Predictor) -> None:
    with pytest.raises(RequestError, match="unknown output labels; choose from score, rounded"):
        mean(b"1,2,3\n", "text/csv", "text/csv; output=labels")


def test_V09_a_lost_row_is_the_algorithms_fault(tmp_path: Path) -> None:
    with pytest.raises(AlgorithmError, match="1 predictions for 2 records"):
        mistaken(tmp_path, "wrong_row_count")(csv_rows(2), "text/csv")


def test_V09_a_prediction_that_is_no_number_is_the_algorithms_fault(tmp_path: Path) -> None:
    with pytest.raises(AlgorithmError, match="the prediction for record 1 is not a finite number"):
        mistaken(tmp_path, "predicts_nan")(csv_rows(2), "text/csv")


@pytest.mark.parametrize(
    ("predictions", "record"),
    [
        (np.array([1.0, 2.0]), None),
        (np.array([1.0, np.nan, np.inf]), 1),
        (np.array([[1.0, 2.0], [3.0, 4.0], [5.0, -np.inf], [np.nan, 1.0]]), 2),
        (np.array([1, 2]), None),
        (np.array(["nan"]), None),
        (np.array([None], object), None),
        ([np.array([1.0]), np.array([1.0, np.nan])], 1),
        ([np.array([1.0]), np.array([])], None),
        ([1.0, float("nan")], 1),
        (["nan", b"inf"], None),
        ([[[1, 2], [3]], [[1.0], [2, float("nan")]]], 1),
        ([{"boxes": [1.0]}, {"boxes": [float("inf")]}], 1),
        (np.array([1.0, float("nan"), "a"], object), 1),
    ],
)
def test_V09_the_first_record_whose_prediction_is_no_number_is_found(predictions: Any, record: int | None) -> None:
    assert first_not_finite(predictions) == record


def test_V09_what_a_library_raises_is_kept_for_the_log_and_not_told(tmp_path: Path) -> None:
    with pytest.raises(AlgorithmError) as caught:
        mistaken(tmp_path, "raises_in_predict")(csv_rows(2), "text/csv")
    assert "secret" not in str(caught.value)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_V22_stray_files_in_the_model_directory_are_ignored(tmp_path: Path) -> None:
    model = write_model(tmp_path / "model")
    for name in ("._mean.json", ".DS_Store", "manifest.json~"):
        (model / name).write_bytes(b"\0garbage")
    (model / "code").mkdir()
    (model / "code" / "train.py").write_text("raise SystemExit")
    assert Predictor.load(Settings(family="tests.toys.mean", base=tmp_path)).warm_up() is not None


def test_a_model_packed_inside_one_folder_is_found(tmp_path: Path) -> None:
    write_model(tmp_path / "model" / "my-model")
    assert Predictor.load(Settings(family="tests.toys.mean", base=tmp_path)).warm_up() is not None


def test_V23_a_manifest_of_a_newer_release_is_refused_with_a_remedy(tmp_path: Path) -> None:
    write_model(tmp_path / "model", format=9)
    with pytest.raises(ArtifactError, match="trained by a newer image"):
        Predictor.load(Settings(family="tests.toys.mean", base=tmp_path))
