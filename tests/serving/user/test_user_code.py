"""The functions of a user's inference.py take the place of the algorithm's steps, and of no others."""

from __future__ import annotations

import json
import re
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from contract.errors import (
    AlgorithmError,
    ArtifactError,
    NotAcceptable,
    RequestError,
    UnsupportedContentType,
    UserError,
)
from contract.media_type import MediaType
from serve.one.predictor import Predictor
from serve.settings import Settings
from serve.user.steps import UserSteps
from tests.serving.conftest import StartServer
from tests.serving.toy_models import csv_rows, write_model

PLAIN = """
    class Doubling:
        def predict(self, rows):
            return rows.sum(axis=1) * 2

    def model_fn(model_dir):
        return Doubling()
"""


def served(base: Path, text: str, trained: bool = True, signature: object = None, **settings: object) -> Predictor:
    """The predictor of a toy model, or of an empty model directory, with the user's program in its folder ``code``."""
    code = base / "model" / "code"
    if trained:
        write_model(base / "model", **({"signature": signature} if signature else {}))
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


def test_input_fn_gets_text_of_csv_and_json_and_bytes_of_all_else(tmp_path: Path) -> None:
    predictor = served(
        tmp_path,
        """
        def input_fn(body, content_type):
            return [[1, 2, len(body) if isinstance(body, str) else -len(body)]]
        """,
    )
    assert scores(predictor, b"abc", "text/csv") == scores(predictor, b"abc", "application/json; charset=utf-8")
    assert scores(predictor, b"abc", "text/csv") != scores(predictor, b"abc", "text/plain")
    with pytest.raises(RequestError, match=r"the body is not UTF-8 text \(byte 3\)"):
        predictor(b"1,\xff", "text/csv")


@pytest.mark.parametrize(
    ("made", "told"),
    [("[[1, 2, float('inf')]]", "a feature is infinite"), ("[[1, 2]]", "expected 3 features a record, got 2")],
)
def test_V07_what_input_fn_makes_of_a_wrong_request_is_the_callers_fault(tmp_path: Path, made: str, told: str) -> None:
    predictor = served(tmp_path, f"def input_fn(body, content_type): return {made}")
    with pytest.raises(RequestError, match=told):
        predictor(b"x", "text/plain")


@pytest.mark.parametrize("made", ["{'a': 1}", "None", "'text'", "[[1, 2, 3], [4]]"])
def test_V09_what_holds_no_records_is_input_fns_fault(tmp_path: Path, made: str) -> None:
    predictor = served(tmp_path, f"def input_fn(body, content_type): return {made}")
    with pytest.raises(AlgorithmError, match=r"input_fn of inference\.py made what the algorithm cannot predict with"):
        predictor(b"x", "text/plain")


def test_the_columns_of_a_frame_are_matched_by_name(tmp_path: Path) -> None:
    program = """
        import numpy

        class Frame:
            columns = ["c", "a", "b"]

            def __array__(self, dtype=None, copy=None):
                return numpy.array([[30.0, 1.0, 2.0]])

        def input_fn(body, content_type):
            return Frame()
    """
    predictor = served(tmp_path, program, signature={"feature_count": 3, "feature_names": ["a", "b", "c"]})
    assert isinstance(predictor.steps, UserSteps)
    table = predictor.steps.read(b"x", MediaType("text/plain"))
    assert np.asarray(table).tolist() == [[1, 2, 30]]


@pytest.mark.parametrize("made", ["[float('nan')]", "[1, 2]"])
def test_V09_predictions_of_predict_fn_are_checked_as_the_algorithms(tmp_path: Path, made: str) -> None:
    predictor = served(tmp_path, f"def predict_fn(data, model): return {made}")
    with pytest.raises(AlgorithmError, match=r"not a finite number|predict_fn made 2 predictions for 1 records"):
        predictor(b"1,2,3\n", "text/csv")


def test_data_between_input_fn_and_predict_fn_are_the_users_own(tmp_path: Path) -> None:
    predictor = served(
        tmp_path,
        """
        import json

        def input_fn(body, content_type):
            return json.loads(body)

        def predict_fn(data, model):
            return [house["rooms"] for house in data["houses"]]
        """,
    )
    body = b'{"houses": [{"rooms": 3}, {"rooms": 5}]}'
    assert scores(predictor, body, "application/json") == [3, 5]


def test_output_fn_alone_is_asked_for_what_the_algorithm_would_answer(tmp_path: Path) -> None:
    predictor = served(tmp_path, "def output_fn(predictions, accept): return accept")
    assert predictor(csv_rows(1), "text/csv").body == b"application/json"


def test_V18_a_function_that_exits_fails_its_request_and_not_the_server(tmp_path: Path) -> None:
    predictor = served(tmp_path, "import sys\ndef input_fn(body, content_type): sys.exit(3)")
    with pytest.raises(AlgorithmError, match=r"input_fn of inference\.py failed \(SystemExit\)"):
        predictor(b"x", "text/plain")


def test_a_program_may_have_dataclasses_and_classes_to_pickle(tmp_path: Path) -> None:
    program = """
        from __future__ import annotations

        import pickle
        from dataclasses import dataclass

        @dataclass
        class Row:
            size: int

        def output_fn(predictions, accept):
            return str(pickle.loads(pickle.dumps(Row(len(predictions)))).size)
    """
    assert served(tmp_path, program)(csv_rows(2), "text/csv").body == b"2"


def test_a_training_program_beside_it_is_the_users_own_module(tmp_path: Path) -> None:
    write_model(tmp_path / "model")
    code = tmp_path / "model" / "code" / "src"
    code.mkdir(parents=True)
    (code / "train.py").write_text("WORD = 'mine'")
    (code / "inference.py").write_text("from train import WORD\ndef output_fn(predictions, accept): return WORD")
    settings = Settings(family="tests.toys.mean", base=tmp_path, program="src/inference.py")
    kept = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "train"}
    for name in kept:
        del sys.modules[name]
    try:
        assert Predictor.load(settings)(csv_rows(1), "text/csv").body == b"mine"
    finally:
        sys.modules.pop("train", None)
        sys.modules.update(kept)


def test_a_name_alone_asks_for_no_program_that_is_not_there(tmp_path: Path) -> None:
    write_model(tmp_path / "model")
    predictor = Predictor.load(Settings(family="tests.toys.mean", base=tmp_path, program="train.py"))
    assert predictor.warm_up() is not None


def test_an_output_fn_that_does_not_know_the_example_does_not_keep_the_server_from_starting(tmp_path: Path) -> None:
    predictor = served(tmp_path, "def output_fn(predictions, accept): return {'text/csv': 'fine'}[accept]")
    assert predictor.warm_up() is None
    assert predictor(csv_rows(1), "text/csv", "text/csv").body == b"fine"


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
    [
        (None, b"[12.0,30.0]"),
        ("application/json", b"[12.0,30.0]"),
        ("text/csv", b"12.0\n30.0\n"),
        ("application/jsonlines", b"12.0\n30.0\n"),
    ],
)
def test_a_model_that_no_algorithm_knows_gets_arrays(tmp_path: Path, accept: str | None, body: bytes) -> None:
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
        served(tmp_path, "", program="score.py", code=tmp_path / "model" / "code")


def test_code_in_s3_is_refused_with_where_to_put_it() -> None:
    environ = {"ALGORITHM_FAMILY": "xgboost", "SAGEMAKER_SUBMIT_DIRECTORY": "s3://bucket/sourcedir.tar.gz"}
    assert Settings.read(environ).code is None, "nothing is asked for without a program"
    environ["SAGEMAKER_PROGRAM"] = "inference.py"
    with pytest.raises(UserError, match=r"pack it into the folder code of model\.tar\.gz"):
        Settings.read(environ)


BROKEN = {
    "moved": ("import containers.errors", "are in the package contract, such as contract.errors"),
    "syntax": ("def input_fn(:", "inference.py cannot be imported: SyntaxError"),
    "module": ("import no_such_module", "No module named 'no_such_module'; name what it needs in a requirements.txt"),
    "end": ("raise SystemExit(3)", "inference.py cannot be imported: SystemExit: 3"),
    "arguments": ("def predict_fn(data): pass", "predict_fn of inference.py is called with 2 arguments"),
    "async": ("async def predict_fn(data, model): pass", "predict_fn of inference.py is async"),
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
        ("def output_fn(predictions, accept): return (b'1',)", "output_fn answered tuple, expected bytes or text"),
        ("def output_fn(predictions, accept): return b'1', 'text/€'", "output_fn answered the media type 'text/€'"),
        ("def output_fn(predictions, accept): return b'1', 'a/b\\r\\nX: 1'", "which is no value of a header"),
        ("def predict_fn(data, model): return [1, 2, 3]", "predict_fn made 3 predictions for 1 records"),
    ],
)
def test_V09_what_the_users_code_does_wrong_is_its_fault_and_named(tmp_path: Path, program: str, told: str) -> None:
    with pytest.raises(AlgorithmError, match=re.escape(told)):
        served(tmp_path, program)(b"1,2,3\n", "text/csv")


def test_V07_the_users_code_may_blame_the_caller(tmp_path: Path) -> None:
    predictor = served(
        tmp_path,
        """
        from contract.errors import RequestError

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


ENDING = """
    import atexit

    class Large:
        def __del__(self):
            print("taken apart", flush=True)

    large = Large()
    atexit.register(print, "left in order", flush=True)

    def output_fn(predictions, accept):
        return "mine"
"""


def test_V17_at_its_end_a_server_runs_what_was_registered_for_it_and_takes_nothing_apart(
    tmp_path: Path, start_server: StartServer
) -> None:
    write_model(tmp_path / "model")
    (tmp_path / "model" / "code").mkdir()
    (tmp_path / "model" / "code" / "inference.py").write_text(textwrap.dedent(ENDING))
    server = start_server()
    assert server.stop() == 0
    assert "left in order" in server.log
    assert "taken apart" not in server.log
