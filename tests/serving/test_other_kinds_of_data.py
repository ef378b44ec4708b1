"""Records that are no tables, and answers that are no numbers: the toys ``words`` and ``bars``, trained and asked."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contract.errors import AlgorithmError, NotAcceptable, RequestError, UnsupportedContentType
from contract.wire.recordio import frames_of
from serve.one.predictor import Predictor
from serve.settings import Settings
from tests.formats.google import Record
from tests.server_process import ServerProcess

ROOT = Path(__file__).parents[2]
PLAIN, JSON, LINES, PNG = "text/plain", "application/json", "application/jsonlines", "image/png"
PROTOBUF = "application/x-recordio-protobuf"
GOAL, SOUP = "the team had a goal", "soup with cheese"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Trains the example of a toy, once."""
    found: dict[str, Path] = {}

    def train(toy: str) -> Path:
        if toy not in found:
            base = tmp_path_factory.mktemp(toy) / "ml"
            shutil.copytree(ROOT / "tests" / "toys" / toy / "example" / toy, base)
            environment = {"ALGORITHM_FAMILY": f"tests.toys.{toy}", "SAGEMAKER_BASE_DIR": str(base)}
            subprocess.run([sys.executable, "-m", "train"], env=environment, cwd=ROOT, check=True)
            found[toy] = base
        return found[toy]

    return train


def predictor(base: Path, toy: str) -> Predictor:
    return Predictor.load(Settings(family=f"tests.toys.{toy}", base=base))


@pytest.fixture
def words(trained: Callable[[str], Path]) -> Predictor:
    return predictor(trained("words"), "words")


@pytest.fixture
def bars(trained: Callable[[str], Path]) -> Predictor:
    return predictor(trained("bars"), "bars")


def asked(model: Predictor, document: Any, accept: str | None = None) -> Any:
    return json.loads(model(json.dumps(document).encode(), JSON, accept).body)


def test_texts_are_answered_with_lists_of_texts(words: Predictor) -> None:
    first, second = asked(words, {"instances": [GOAL, SOUP]})
    assert (first["label"], second["label"]) == (["__label__sport"], ["__label__food"])
    assert 0.5 < first["prob"][0] <= 1


def test_the_configuration_of_the_body_reaches_the_prediction(words: Predictor) -> None:
    (answer,) = asked(words, {"instances": [GOAL], "configuration": {"k": 2}})
    assert answer["label"][0] == "__label__sport"
    assert len(answer["label"]) == len(answer["prob"]) == 2
    assert answer["prob"] == sorted(answer["prob"], reverse=True)
    lengths = [len(row["label"]) for row in asked(words, {"instances": [GOAL, SOUP], "configuration": {"k": 9}})]
    assert lengths == [3, 3]
    with pytest.raises(RequestError, match="configuration: k is 0, not a whole number"):
        asked(words, {"instances": [GOAL], "configuration": {"k": 0}})
    with pytest.raises(RequestError, match="the configuration is not an object"):
        asked(words, {"instances": [GOAL], "configuration": 2})


def test_the_answer_is_of_the_type_of_the_request_unless_another_one_is_wanted(words: Predictor) -> None:
    body = json.dumps({"source": GOAL, "k": 2}) + "\n" + json.dumps({"source": SOUP}) + "\n"
    answer = words(body.encode(), LINES)
    rows = [json.loads(line) for line in answer.body.splitlines()]
    assert (answer.media_type, [len(row["label"]) for row in rows]) == (LINES, [2, 1])
    assert words(body.encode(), LINES, JSON).media_type == JSON
    assert words(json.dumps([GOAL]).encode(), JSON).media_type == JSON
    plain = words(f"{GOAL}\n\n{SOUP}\n".encode(), PLAIN)
    assert plain.media_type == JSON
    assert [row["label"] for row in json.loads(plain.body)] == [["__label__sport"], ["__label__food"]]


@pytest.mark.parametrize(
    ("body", "content_type", "fault"),
    [
        (b'{"instances": ["a", {"features": [1]}]}', JSON, 'instance 2: no text; send "some words"'),
        (b'{"instances": [3]}', JSON, "instance 1: no text"),
        (b'{"texts": ["a"]}', JSON, "no array of instances"),
        (b'{"source": "a"}\n{"source": "a", "k": "2"}', LINES, "line 2: k is '2', not a whole number"),
        (b"good\n\xff\n", PLAIN, "line 2: byte 0xff is not UTF-8"),
        (b"\n\n", PLAIN, "the body holds no record"),
    ],
)
def test_what_is_no_text_is_refused_with_its_place(
    words: Predictor, body: bytes, content_type: str, fault: str
) -> None:
    with pytest.raises(RequestError) as caught:
        words(body, content_type)
    assert fault in str(caught.value)


def test_neither_toy_is_a_table(words: Predictor, bars: Predictor) -> None:
    for model in (words, bars):
        with pytest.raises(UnsupportedContentType):
            model(b"1,2\n", "text/csv")
    script = (
        "import sys, tests.toys.words.counting, tests.toys.bars.drawing; "
        "sys.exit(any(name.startswith('contract.tables.formats') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT).returncode == 0


def pixels(png: bytes) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The picture of a PNG of one byte a pixel, whose lines are not filtered."""
    width, height = int.from_bytes(png[16:20]), int.from_bytes(png[20:24])
    start = png.index(b"IDAT")
    lines = np.frombuffer(
        zlib.decompress(png[start + 4 : start + 4 + int.from_bytes(png[start - 4 : start])]), np.uint8
    )
    return lines.reshape(height, width + 1)[:, 1:]


def test_the_answer_to_a_record_may_be_a_picture(bars: Predictor) -> None:
    answer = bars(b"0 9 4.5\n", PLAIN)
    assert answer.media_type == PNG
    assert answer.body.startswith(b"\x89PNG\r\n")
    assert (pixels(answer.body) // 255).tolist() == [[0, 1, 0]] * 3 + [[0, 1, 1]] * 3


def test_a_record_of_recordio_has_features_as_well_as_labels(bars: Predictor) -> None:
    answer = bars(b"0 9 4.5\n", PLAIN, PROTOBUF)
    frames = frames_of(answer.body)
    record = Record.FromString(frames.payload(0))
    assert (answer.media_type, len(frames.payloads)) == (PROTOBUF, 1)
    assert list(record.features["shape"].int32_tensor.values) == [6, 3]
    target = record.features["target"].int32_tensor
    assert (list(target.shape), len(target.values)) == ([6, 3], 18)
    assert list(record.label["bars"].float32_tensor.values) == [3]


def test_the_same_picture_is_nested_lists_in_json(bars: Predictor) -> None:
    row = json.loads(bars(b"9 0\n", PLAIN, JSON).body)
    assert row == {"target": [[255, 0]] * 6, "shape": [6, 2], "bars": 2}
    with pytest.raises(NotAcceptable, match="ask for one of image/png"):
        bars(b"9 0\n", PLAIN, "text/csv")
    with pytest.raises(RequestError, match="holds 2 lines; send one record"):
        bars(b"1\n2\n", PLAIN)


def test_a_server_sends_a_picture_as_it_is(
    trained: Callable[[str], Path], start_server: Callable[..., ServerProcess], tmp_path: Path
) -> None:
    shutil.copytree(trained("bars") / "model", tmp_path / "model")
    endpoint = start_server("bars").endpoint
    usual, wanted = endpoint.invoke(b"1 2\n", PLAIN), endpoint.invoke(b"1 2\n", PLAIN, PNG)
    assert (usual.status, usual.content_type, usual.body) == (200, PNG, wanted.body)
    assert endpoint.invoke(b"1 2\n", PLAIN, "image/*;q=0.5, text/csv").content_type == PNG
    assert pixels(wanted.body).shape == (6, 2)


def test_channels_of_texts_name_the_line_that_is_wrong(trained: Callable[[str], Path], tmp_path: Path) -> None:
    base = tmp_path / "ml"
    shutil.copytree(ROOT / "tests" / "toys" / "words" / "example" / "words", base)
    (base / "input" / "data" / "train" / "train.txt").write_text("__label__a word\n\nno label here\n")
    environment = {"ALGORITHM_FAMILY": "tests.toys.words", "SAGEMAKER_BASE_DIR": str(base)}
    ended = subprocess.run([sys.executable, "-m", "train"], env=environment, cwd=ROOT, capture_output=True)
    assert ended.returncode != 0
    failure = (base / "output" / "failure").read_text()
    assert "channel 'train', file train.txt, line 3: write a label and words" in failure


def with_program(base: Path, folder: Path, toy: str, program: str) -> Predictor:
    """A model with an ``inference.py`` of these lines."""
    shutil.copytree(base / "model", folder / "model")
    (folder / "model" / "code").mkdir()
    (folder / "model" / "code" / "inference.py").write_text(program)
    return predictor(folder, toy)


@pytest.mark.parametrize("toy", ["words", "bars"])
def test_the_predictions_of_a_users_function_may_be_no_array(
    trained: Callable[[str], Path], tmp_path: Path, toy: str
) -> None:
    module = {"words": "words.counting", "bars": "bars.drawing"}[toy]
    program = (
        f"from tests.toys.{module} import ALGORITHM\n"
        "def predict_fn(data, model): return ALGORITHM.predict(model, data)\n"
    )
    body, content_type = {"words": (json.dumps([GOAL, SOUP]).encode(), JSON), "bars": (b"0 9 4.5\n", PLAIN)}[toy]
    ours = predictor(trained(toy), toy)(body, content_type)
    assert with_program(trained(toy), tmp_path, toy, program)(body, content_type).body == ours.body


def test_as_many_predictions_of_a_users_function_are_demanded_as_there_are_records(
    trained: Callable[[str], Path], tmp_path: Path
) -> None:
    model = with_program(trained("words"), tmp_path, "words", "def predict_fn(data, model): return [1, [2, 3], 'x']\n")
    with pytest.raises(AlgorithmError, match="predict_fn made 3 predictions for 2 records"):
        model(json.dumps([GOAL, SOUP]).encode(), JSON)


def test_a_users_own_data_say_nothing_of_the_answer(trained: Callable[[str], Path], tmp_path: Path) -> None:
    program = (
        "from tests.toys.words.counting import Ranking\n"
        "def input_fn(body, content_type): return ['a b', 'c']\n"
        "def predict_fn(data, model): return [Ranking(['x'], [1.0]) for _ in data]\n"
    )
    model = with_program(trained("words"), tmp_path, "words", program)
    assert [answer["label"] for answer in json.loads(model(b"anything", JSON).body)] == [["__label__x"]] * 2
