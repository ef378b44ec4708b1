"""The functions of a user's inference.py take the place of the algorithm's steps, and of no others."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path

import pytest

from containers.errors import (
    AlgorithmError,
    ArtifactError,
    NotAcceptable,
    RequestError,
    UnsupportedContentType,
    UserError,
)
from serve.predictor import Predictor
from serve.settings import Settings
from tests.serving.conftest import StartServer
from tests.serving.toy_models import csv_rows, write_model

PLAIN = """
    class Doubling:
        def predict(self, rows):
            return rows.sum(axis=1) * 2

    def model_fn(model_dir):
        return Doubling()
"""


def served(base: Path, text: str, trained: bool = True, **settings: object) -> Predictor:
    """The predictor of a toy model, or of an empty model directory, with the user's program in its folder ``code``."""
    code = base / "model" / "code"
    if trained:
        write_model(base / "model")
    code.mkdir(parents=True)
    (code / "inference.py").write_text(textwrap.dedent(text))
    return Predictor.load(Settings(family="tests.toys.mean", base=base, **settings))  # type: ignore[arg-type]


def scores(predictor: Predictor, body: bytes = b"1,2,3\n", content_type: str | None = "text/csv") -> list[float]:
    answer = json.loads(predictor(body, content_type, "application/json").body)
    return [row["score"] for row in answer["predictions"]]


def test_input_fn_alone_reads_and_the_algorithm_does_the_rest(tmp_path: Path) -> None:
    predictor = served(
        tmp_path,
        """
        def input_fn(body, content_type):
            assert content_type == "text/plain; separator=blank"
            return [[float(cell) for cell in line.split()] for line in body.decode().splitlines()]
        """,
    )
    assert scores(predictor, b"1 2 3\n2 3 4", "text/plain; separator=blank") == pytest.approx([5, 7], abs=0.1)


def test_what_input_fn_makes_is_checked_like_a_request(tmp_path: Path) -> None:
    predictor = served(tmp_path, "import numpy\ndef input_fn(body, content_type): return numpy.ones((1, 9))")
    with pytest.raises(RequestError, match="expected 3 features a record, got 9"):
        predictor(b"x", "text/plain")


def test_predict_fn_alone_predicts_and_the_algorithm_reads_and_writes(tmp_path: Path) -> None:
    predictor = served(
        tmp_path,
        """
        import numpy

        def predict_fn(data, model):
            return numpy.asarray(data)[:, 0] * 10
        """,
    )
    assert scores(predictor, b"1,2,3\n4,5,6\n") == [10, 40]
    with pytest.raises(RequestError, match="expected 3 features"):
        predictor(b"1,2\n", "text/csv")


def test_output_fn_alone_writes_any_media_type(tmp_path: Path) -> None:
    predictor = served(tmp_path, "def output_fn(predictions, accept): return f'{accept}: {len(predictions)}'")
    answer = predictor(csv_rows(3), "text/csv", "text/x-summary; short=1")
    assert (answer.body, answer.media_type) == (b"text/x-summary: 3", "text/x-summary")
    with pytest.raises(UnsupportedContentType):
        predictor(b"1,2,3\n", "text/plain")


def test_output_fn_may_say_what_it_wrote(tmp_path: Path) -> None:
    predictor = served(tmp_path, "def output_fn(predictions, accept): return b'<p>', 'text/html'")
    assert predictor(csv_rows(1), "text/csv").media_type == "text/html"


def test_model_fn_alone_loads_what_the_algorithm_predicts_with(tmp_path: Path) -> None:
    write_model(tmp_path / "usual" / "model")
    predictor = served(
        tmp_path / "own",
        """
        from tests.toys.mean.averaging import ALGORITHM
        from pathlib import Path

        def model_fn(model_dir):
            return ALGORITHM.load(Path(model_dir))
        """,
    )
    assert scores(predictor) == scores(Predictor.load(Settings(family="tests.toys.mean", base=tmp_path / "usual")))


def test_transform_fn_takes_the_place_of_all_three(tmp_path: Path) -> None:
    predictor = served(
        tmp_path,
        """
        def transform_fn(model, body, content_type, accept):
            return body[::-1] + content_type.encode(), "text/x-reverse"
        """,
    )
    answer = predictor(b"abc", "text/odd", "text/odder")
    assert (answer.body, answer.media_type, answer.rows) == (b"cbatext/odd", "text/x-reverse", None)


@pytest.mark.parametrize(
    ("accept", "body"),
    [("application/json", b"[12.0,30.0]"), ("text/csv", b"12.0\n30.0\n"), ("application/jsonlines", b"12.0\n30.0\n")],
)
def test_a_model_that_no_algorithm_knows_gets_arrays(tmp_path: Path, accept: str, body: bytes) -> None:
    predictor = served(tmp_path, PLAIN, trained=False)
    assert predictor.warm_up() is None
    assert predictor(b"1,2,3\n4,5,6\n", "text/csv", accept).body == body
    assert predictor(b'{"instances": [[1, 2, 3], [4, 5, 6]]}', "application/json", accept).body == body
    with pytest.raises(NotAcceptable):
        predictor(b"1\n", "text/csv", "image/png")


def test_a_program_beside_a_model_that_fits_no_function_changes_nothing(tmp_path: Path) -> None:
    predictor = served(tmp_path, "def helper(): pass")
    assert predictor.warm_up() is not None
    assert scores(predictor) == pytest.approx([5], abs=0.1)


def test_the_program_may_have_another_name_and_place_and_modules_beside_it(tmp_path: Path) -> None:
    write_model(tmp_path / "model")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "neighbour_of_serving.py").write_text("WORD = 'hello'")
    (tmp_path / "elsewhere" / "serving.py").write_text(
        "import neighbour_of_serving\ndef output_fn(predictions, accept): return neighbour_of_serving.WORD"
    )
    environ = {
        "ALGORITHM_FAMILY": "tests.toys.mean",
        "SAGEMAKER_BASE_DIR": str(tmp_path),
        "SAGEMAKER_PROGRAM": "serving.py",
        "SAGEMAKER_SUBMIT_DIRECTORY": f"file://{tmp_path / 'elsewhere'}",
    }
    assert Predictor.load(Settings.read(environ))(csv_rows(1), "text/csv").body == b"hello"


def test_V03_a_program_that_is_named_and_missing_is_told_with_what_is_there(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"SAGEMAKER_PROGRAM is 'score\.py', but .*code holds inference\.py"):
        served(tmp_path, "", program="score.py")


def test_code_in_s3_is_refused_with_where_to_put_it() -> None:
    environ = {"ALGORITHM_FAMILY": "xgboost", "SAGEMAKER_SUBMIT_DIRECTORY": "s3://bucket/sourcedir.tar.gz"}
    with pytest.raises(UserError, match=r"pack it into the folder code of model\.tar\.gz"):
        Settings.read(environ)


BROKEN = {
    "syntax": ("def input_fn(:", "inference.py cannot be imported: SyntaxError"),
    "module": ("import no_such_module", "No module named 'no_such_module'; name what it needs in a requirements.txt"),
    "end": ("raise SystemExit(3)", "inference.py cannot be imported: SystemExit: 3"),
    "arguments": ("def predict_fn(data): pass", "predict_fn of inference.py is called with 2 arguments"),
    "too many": ("def predict_fn(data, model, context): pass", "predict_fn of inference.py is called with 2 arguments"),
    "both": (
        "def transform_fn(a, b, c, d): pass\ndef output_fn(a, b): pass",
        "transform_fn, which takes the place of output_fn",
    ),
    "model": ("def model_fn(model_dir): return 1 / 0", "model_fn of inference.py failed: ZeroDivisionError"),
}


@pytest.mark.parametrize(("program", "told"), BROKEN.values(), ids=BROKEN)
def test_V03_what_cannot_work_is_found_at_the_start(tmp_path: Path, program: str, told: str) -> None:
    with pytest.raises(ArtifactError, match=re.escape(told)):
        served(tmp_path, program)


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("def input_fn(body, content_type): return 1 / 0", "input_fn of inference.py failed (ZeroDivisionError)"),
        ("def output_fn(predictions, accept): return 7", "output_fn answered int, expected bytes or text"),
        ("def predict_fn(data, model): return [1, 2, 3]", "the answer has 3 rows for 1 records"),
    ],
)
def test_V09_what_the_users_code_does_wrong_is_its_fault_and_named(tmp_path: Path, program: str, told: str) -> None:
    with pytest.raises(AlgorithmError, match=re.escape(told)):
        served(tmp_path, program)(b"1,2,3\n", "text/csv")


def test_V07_the_users_code_may_blame_the_caller(tmp_path: Path) -> None:
    predictor = served(
        tmp_path,
        """
        from containers.errors import RequestError

        def input_fn(body, content_type):
            raise RequestError("no such customer")
        """,
    )
    with pytest.raises(RequestError, match="no such customer"):
        predictor(b"x", "text/plain")


def test_a_model_without_predict_needs_predict_fn(tmp_path: Path) -> None:
    predictor = served(tmp_path, "def model_fn(model_dir): return 3", trained=False)
    with pytest.raises(AlgorithmError, match="int of model_fn has no method predict: define predict_fn"):
        predictor(b"1\n", "text/csv")


def test_a_server_runs_the_users_code_and_says_so(tmp_path: Path, start_server: StartServer) -> None:
    write_model(tmp_path / "model")
    (tmp_path / "model" / "code").mkdir()
    (tmp_path / "model" / "code" / "inference.py").write_text("def output_fn(predictions, accept): return 'mine'")
    server = start_server()
    response = server.request("POST", "/invocations", csv_rows(2), {"Content-Type": "text/csv"})
    assert (response.status, response.body) == (200, b"mine")
    assert "inference.py takes over: output_fn" in server.log
