"""text/libsvm: labels, weights, indices, and what a request may leave out."""

import io

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contract.media_type import MediaType
from contract.tables.data import Sparse, Table
from contract.tables.formats import libsvm
from contract.tables.formats.layout import RecordLayout
from contract.wire import lines
from tests.formats.refusals import refusal
from tests.formats.samples import as_libsvm

LIBSVM = MediaType("text/libsvm")
TRAINING = RecordLayout(label_size=1)


def decode(body: bytes, layout: RecordLayout = RecordLayout()) -> Table:  # noqa: B008 - it is frozen
    return libsvm.decode(body, LIBSVM, layout)


def dense(table: Table) -> list[list[float | None]]:
    matrix = table.features
    assert isinstance(matrix, Sparse)
    rows: list[list[float | None]] = [[None] * matrix.shape[1] for _ in range(matrix.shape[0])]
    for row, cells in enumerate(rows):
        for at in range(matrix.indptr[row], matrix.indptr[row + 1]):
            cells[matrix.indices[at]] = float(matrix.values[at])
    return rows


@pytest.mark.parametrize(
    "body",
    [
        b"1 0:5 2:7\n0\n",
        b"1 0:5 2:7\n0",
        b"1 0:5 2:7 \r\n0 \r\n\r\n",
        b"+1 0:5.0 2:7e0\n-0\n",
        b"# a comment\n\n1\t0:5  2:7 # more\n0 # 1:1\n",
        b"1 2:7 0:5\n0\n",
        b"1 00:+5 2:7.\n0 1:nan\n",
    ],
)
def test_every_usual_way_of_writing_a_record_loads_the_same(body: bytes) -> None:
    table = decode(body, TRAINING)
    assert dense(table) == [[5, None, 7], [None, None, None]]
    assert (table.label.tolist(), table.weight) == ([1, 0], None)
    assert table.features.values.dtype == table.label.dtype == np.float32


def test_the_weight_stands_behind_the_label() -> None:
    table = decode(b"1:0.5 0:5\n0:2 1:6\n", TRAINING)
    assert (table.label.tolist(), table.weight.tolist()) == ([1, 0], [0.5, 2])
    assert refusal(lambda: decode(b"1:0.5 0:5\n\n0 1:6\n", TRAINING)).startswith("line 3: some records have a weight")


@pytest.mark.parametrize("body", [b"0:5 2:7\n1:1\n", b"9 0:5 2:7\n8 1:1\n", b"9 0:5 2:7\n1:1\n"])
def test_a_label_in_a_request_is_optional_and_ignored(body: bytes) -> None:
    table = decode(body)
    assert dense(table) == [[5, None, 7], [None, 1, None]]
    assert table.label is None


def test_F10_indices_count_from_the_base_of_the_layout() -> None:
    for base in (0, 1):
        table = decode(as_libsvm(np.array([[5.0, 6.0]]), base=base), RecordLayout(index_base=base))
        assert dense(table) == [[5, 6]]
        assert (table.indexed, table.index_base) == (True, base)
    assert decode(b"1:5\n").width == 2
    assert refusal(lambda: decode(b"1:5\n0:5\n", RecordLayout(index_base=1))).startswith("line 2: index 0 is below 1")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"x 0:1", "'x' is not a number"),
        (b"+-1 0:1", "'+-1' is not a number"),
        (b"1,2,3", "'1,2,3' is not a number"),
        (b"nan 0:1", "the label is missing"),
        (b"inf 0:1", "'inf' is infinite"),
        (b"1 5", "'5' is not index:value"),
        (b"1 -1:5", "the index '-1' is not a whole number"),
        (b"1 1.0:5", "the index '1.0' is not a whole number"),
        (b"1 1e1:5", "the index '1e1' is not a whole number"),
        (b"1 a:5", "the index 'a' is not a whole number"),
        (b"1 \xd9\xa1:5", "is not a whole number"),
        (b"1 2147483648:5", "index 2147483648 is not below 2147483648"),
        (b"1 99999999999999999999:5", "is not a whole number"),
        (b"1 0:", "'' is not a number"),
        (b"1 0:x", "'x' is not a number"),
        (b"1 0:1:2", "'1:2' is not a number"),
        (b"1 0:inf", "'inf' is infinite"),
        (b"1 0:1e39", "beyond the range"),
        (b"1 3:1 0:2 3:1", "index 3 occurs twice"),
        (b"1 qid:3 0:1", "remove the qid part"),
        (b"1:x 0:1", "'x' is not a number"),
        (b"1 0:1 \xff:2", "not UTF-8"),
    ],
)
def test_a_malformed_record_is_refused_with_its_line(line: bytes, fault: str) -> None:
    message = refusal(lambda: decode(b"1 0:1\n# nothing here\n" + line + b"\n", TRAINING))
    assert message.startswith("line 3")
    assert fault in message
    message = refusal(lambda: decode(b"1 0:1\n" + line + b"\n", TRAINING))  # the fast reader sees it first
    assert message.startswith("line 2")
    assert fault in message


def test_a_body_without_a_record_is_refused_and_a_file_without_one_is_empty() -> None:
    for body in (b"", b"\n", b"  \n", b"# nothing\n"):
        assert refusal(lambda body=body: decode(body)) == "the body holds no record"
        assert list(libsvm.chunks(io.BytesIO(body), LIBSVM, TRAINING)) == []


def test_a_long_file_comes_in_parts_as_wide_as_their_largest_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "BLOCK_BYTES", 100)
    body = b"".join(b"%d %d:1\n" % (row, row) for row in range(100))
    tables = list(libsvm.chunks(io.BytesIO(body), LIBSVM, TRAINING))
    assert [label for table in tables for label in table.label] == list(range(100))
    assert [table.width for table in tables] == [int(table.label.max()) + 1 for table in tables]
    assert len(tables) > 5


NUMBERS = st.sampled_from(["0", "1", "-1", "+1", "2.5", "1e3", ".5", "1.", "nan", "1e39", "x", "007", "-0", "1 ", ""])
TOKENS = st.one_of(NUMBERS, st.builds("{}:{}".format, NUMBERS, NUMBERS), st.text("0123:. #e-+\t", max_size=5))
BODIES = st.lists(st.lists(TOKENS, max_size=4).map(" ".join), max_size=4).map(lambda lines: "\n".join(lines) + "\n")


@given(BODIES, st.booleans())
@example("0:1 1:2\n3 1:2\n", False)
@example("1 0:1 0:2\n", True)
@example("+\n", False)
def test_the_fast_reader_agrees_with_the_careful_one_wherever_it_answers(body: str, labelled: bool) -> None:
    block = lines.Block(1, body.encode())
    fast = libsvm._plain_rows(block, labelled)
    if fast is not None:
        careful = libsvm._careful_rows(block, labelled)
        assert list(fast.lines) == list(careful.lines)
        for quick, slow in zip(fast[1 if labelled else 2 :], careful[1 if labelled else 2 :], strict=True):
            np.testing.assert_array_equal(quick, slow)


def test_regular_files_take_the_fast_reader() -> None:
    body = as_libsvm(np.array([[1.5, np.nan], [-2.0, 3e-5]]), np.array([0, 1]))
    assert libsvm._plain_rows(lines.Block(1, body), True) is not None
    assert libsvm._plain_rows(lines.Block(1, as_libsvm(np.array([[1.5, 2.5]]))), False) is not None
