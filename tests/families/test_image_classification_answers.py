"""What image-classification answers, and how its answers are judged."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn import metrics as reference

from containers.tensorflow.image_classification.answers import ImageOutput
from containers.tensorflow.image_classification.network_spec import NetworkSpec
from contract.answer import RequestOptions
from contract.errors import RequestError
from contract.figures import Bars, Matrix
from contract.images.decoding import Shape
from contract.images.pictures import Images, Labels
from tests.families.evaluation import judge

SPEC = NetworkSpec("lenet", 5, (3, 16, 16), 3)
NAMED = ImageOutput(SPEC, ("cat", "dog", "a, b"))
NUMBERED = ImageOutput(SPEC)
SEVERAL = ImageOutput(replace(SPEC, multi_label=True), NAMED.names)
ONE = np.array([[0.91, 0.07, 0.02]], np.float32)
TWO = np.array([[0.91, 0.07, 0.02], [0.1, 0.2, 0.7]], np.float32)
JSON, LINES, CSV = "application/json", "application/jsonlines", "text/csv"


def pictures(labels: Labels) -> Images:
    """A channel of which nothing but the labels is looked at."""
    request = Images.of_request(b"", np.zeros((16, 16, 3), np.uint8), Shape(3, 16, 16), 3)
    return replace(request, index=np.repeat(request.index, len(labels)), label=labels)


def answered(output: ImageOutput, predictions: object, accept: str, options: RequestOptions | None = None) -> str:
    values = np.asarray(predictions)
    answer = output.answer(values, pictures(np.zeros(len(values), np.int32)), options or RequestOptions())
    return output.encode(answer, accept).decode()


def test_json_is_the_default_and_the_bare_list_of_probabilities() -> None:
    assert NAMED.accepts[0] == JSON
    assert answered(NAMED, ONE, JSON) == "[0.91,0.07,0.02]"


def test_json_of_several_pictures_is_a_list_of_lists() -> None:
    assert answered(NAMED, TWO, JSON) == "[[0.91,0.07,0.02],[0.1,0.2,0.7]]"


def test_json_lines_name_the_prediction() -> None:
    assert answered(NAMED, ONE, LINES) == '{"prediction":[0.91,0.07,0.02]}\n'
    assert [json.loads(line)["prediction"][0] for line in answered(NAMED, TWO, LINES).splitlines()] == [0.91, 0.1]


@pytest.mark.parametrize("accept", [JSON, LINES])
def test_a_batch_transform_names_the_prediction_in_both_forms_of_json(accept: str) -> None:
    text = answered(NAMED, ONE, accept, RequestOptions(batch=True))
    assert text.strip() == '{"prediction":[0.91,0.07,0.02]}'


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("accept", [JSON, LINES])
def test_verbose_answers_tell_the_names_of_the_classes_too(accept: str, batch: bool) -> None:
    text = answered(NAMED, ONE, accept, RequestOptions(verbose=True, batch=batch))
    assert json.loads(text) == {
        "probabilities": [0.91, 0.07, 0.02],
        "labels": ["cat", "dog", "a, b"],
        "predicted_label": "cat",
    }


def test_classes_without_names_are_numbers() -> None:
    assert list(NUMBERED.classes) == [0, 1, 2]
    text = answered(NUMBERED, TWO, JSON, RequestOptions(verbose=True))
    assert [(row["labels"], row["predicted_label"]) for row in json.loads(text)] == [([0, 1, 2], 0), ([0, 1, 2], 2)]


def test_csv_has_a_line_a_picture_and_a_cell_a_class() -> None:
    assert answered(NAMED, TWO, CSV) == "0.91,0.07,0.02\n0.1,0.2,0.7\n"


def test_csv_quotes_names_that_need_it() -> None:
    options = RequestOptions(wanted=("predicted_label", "labels"))
    assert answered(NAMED, TWO, CSV, options) == (
        'cat,"[""cat"",""dog"",""a, b""]"\n"a, b","[""cat"",""dog"",""a, b""]"\n'
    )


def test_what_is_wanted_is_answered_in_its_order() -> None:
    text = answered(NAMED, ONE, JSON, RequestOptions(wanted=("predicted_label", "prediction")))
    assert text == '{"predicted_label":"cat","prediction":[0.91,0.07,0.02]}'


def test_an_unknown_output_is_refused_with_the_known_names() -> None:
    known = "prediction, probabilities, labels, predicted_label"
    with pytest.raises(RequestError, match=f"unknown output scores; choose from {known}"):
        answered(NAMED, ONE, JSON, RequestOptions(wanted=("scores",)))


def test_with_several_labels_all_likely_classes_are_told() -> None:
    probabilities = np.array([[0.9, 0.2, 0.7], [0.1, 0.2, 0.3]], np.float32)
    options = RequestOptions(wanted=("predicted_label",))
    assert answered(SEVERAL, probabilities, LINES, options).splitlines() == [
        '{"predicted_label":["cat","a, b"]}',
        '{"predicted_label":[]}',
    ]
    assert answered(SEVERAL, probabilities, CSV, options).splitlines() == ['"[""cat"",""a, b""]"', "[]"]


def test_the_task_tells_whether_several_labels_may_hold() -> None:
    assert NAMED.task == "image classification"
    assert SEVERAL.task == "multi-label image classification"


def test_classes_are_judged_with_a_confusion_matrix_of_their_names() -> None:
    random = np.random.default_rng(1)
    label, probabilities = random.integers(0, 3, 60).astype(np.int32), random.dirichlet([1, 1, 1], 60)
    found = judge(NAMED, probabilities.astype(np.float32), pictures(label))
    assert next(iter(found.metrics)) == "accuracy"
    assert found.metrics["accuracy"] == pytest.approx(reference.accuracy_score(label, probabilities.argmax(axis=1)))
    assert found.metrics["cross-entropy"] == pytest.approx(reference.log_loss(label, probabilities), rel=1e-5)
    (matrix,) = found.figures
    assert isinstance(matrix, Matrix)
    assert matrix.names == ["cat", "dog", "a, b"]


def test_forty_three_classes_have_a_confusion_matrix() -> None:
    label = np.arange(43, dtype=np.int32)
    found = judge(ImageOutput(replace(SPEC, num_classes=43)), np.eye(43, dtype=np.float32), pictures(label))
    assert len(found.figures) == 1
    assert found.metrics["accuracy"] == 1


def test_several_labels_are_judged_by_the_mean_accuracy_over_classes() -> None:
    label = np.array([[1, 0, 0], [1, 1, 0]], np.float32)
    found = judge(SEVERAL, np.array([[0.9, 0.2, 0.7], [0.8, 0.6, 0.3]], np.float32), pictures(label))
    assert found.metrics["accuracy"] == pytest.approx(5 / 6)
    assert found.metrics["exact_match"] == 0.5
    assert found.metrics["f1_micro"] == pytest.approx(6 / 7)
    (bars,) = found.figures
    assert isinstance(bars, Bars)
    assert bars.values == {"a, b": 0.0, "cat": 1.0, "dog": 1.0}
