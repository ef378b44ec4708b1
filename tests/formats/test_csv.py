"""text/csv: what is read, what is refused and where the fault is said to be."""

import io
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contract.errors import Malformed
from contract.media_type import MediaType
from contract.tables.data import Table
from contract.tables.formats import cells, csv
from contract.tables.formats.layout import RecordLayout
from contract.tables.formats.matrix import overflows
from contract.wire import lines
from tests.formats.refusals import refusal
from tests.formats.samples import as_csv

REQUEST = RecordLayout()
TRAINING = RecordLayout(label_size=1)
NAN = math.nan


def decode(body: bytes, media_type: str = "text/csv", layout: RecordLayout = REQUEST) -> Table:
    return csv.decode(body, MediaType.parse(media_type), layout)


def read(body: bytes, media_type: str = "text/csv", layout: RecordLayout = TRAINING) -> list[Table]:
    return list(csv.chunks(io.BytesIO(body), MediaType.parse(media_type), layout))


def rows(table: Table) -> list[list[float]]:
    assert isinstance(table.features, np.ndarray)
    assert table.features.dtype == np.float32
    return table.features.tolist()


@pytest.mark.parametrize(
    "body",
    [
        b"1,2\n3,4\n",
        b"1,2\n3,4",
        b"1,2\r\n3,4\r\n",
        b"1,2\r\n3,4\r",
        b"\n1,2\n\n3,4\n\n\n",
        b"  \n1,2\n   \n3,4\n  \n",
        b" 1, 2\n3 ,\t4 \n",
        b'"1","2"\n"3","4"\n',
        b'"1",2\n 3 , "4"\n',
        b"1;2\n3;4\n",
        b"1\t2\n3\t4\n",
        b"1|2\n3|4\n",
        b"+1,2.\n3e0,.4E+1\n",
        b"\xef\xbb\xbf1,2\n3,4\n",
        b"01,2.0\n3,4.000\n",
    ],
)
def test_F05_every_usual_way_of_writing_lines_and_cells_loads_the_same(body: bytes) -> None:
    assert rows(decode(body)) == [[1, 2], [3, 4]]
    assert [row for table in read(body, layout=REQUEST) for row in rows(table)] == [[1, 2], [3, 4]]


@pytest.mark.parametrize("empty", [b"", b" ", b"nan", b"NaN", b"-NAN", b'""', b'" "', b'"nan"'])
def test_F05_an_empty_cell_is_missing_in_a_request_and_in_training(empty: bytes) -> None:
    body = b"1," + empty + b",3\n" + empty + b",5," + empty + b"\n" + b",".join([empty] * 3) + b"\n"
    expected = np.array([[1, NAN, 3], [NAN, 5, NAN], [NAN, NAN, NAN]], np.float32)
    np.testing.assert_array_equal(decode(body).features, expected)
    np.testing.assert_array_equal(read(b"7," + body.replace(b"\n", b"\n7,")[:-2])[0].features, expected)


def test_F01_the_first_column_is_the_label_in_training() -> None:
    (table,) = read(b"0,1,2\n1,3,4\n")
    assert (rows(table), table.label.tolist(), table.weight) == ([[1, 2], [3, 4]], [0, 1], None)
    assert table.label.dtype == np.float32
    assert table.features.flags.c_contiguous


def test_the_second_column_is_the_weight_when_the_layout_says_so() -> None:
    (table,) = read(b"0,0.5,1\n1,2,3\n", layout=RecordLayout(label_size=1, weight_size=1))
    assert (rows(table), table.label.tolist(), table.weight.tolist()) == ([[1], [3]], [0, 1], [0.5, 2])


def test_label_size_of_the_media_type_overrides_the_layout() -> None:
    assert read(b"1,2\n", "text/csv; label_size=0")[0].label is None
    assert decode(b"1,2\n", "text/csv;label_size=1").label.tolist() == [1]
    assert "label_size is 0 or 1, not '2'" in refusal(lambda: decode(b"1,2\n", "text/csv;label_size=2"))


def test_a_header_is_read_only_when_the_media_type_says_that_it_is_there() -> None:
    (table,) = read(b'\nprice,"size, m2", age \n1,2,3\n', "text/csv; header=present")
    assert (table.names, rows(table), table.label.tolist()) == (("size, m2", "age"), [[2, 3]], [1])
    assert decode(b"a;b\n1;2\n", "text/csv; header=present").names == ("a", "b")
    assert rows(decode(b"1,2\n", "text/csv; header=absent")) == [[1, 2]]


def test_F06_a_header_that_was_not_announced_is_refused_with_the_remedy() -> None:
    message = refusal(lambda: read(b"y,x\n1,2\n"))
    assert message.startswith("line 1, column 1: 'y' is not a number")
    assert "text/csv; header=present" in message
    assert "header=present" in refusal(lambda: decode(b"1,x\n1,2\n"))


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"1,2\n3\n", "line 2"),
        (b"1,2\n\n\n3,4,5\n", "line 4"),
        (b"1,2\r\n3,x\r\n", "line 2, column 2"),
        (b"1,2\n3,4 5\n", "line 2, column 2"),
        (b"1,2\n3,4\r5\n", "line 2, column 2"),
        (b"1,2\n3,0x10\n", "line 2, column 2"),
        (b"1,2\n3,1_000\n", "line 2, column 2"),
        (b"1,2\n3,yes\n", "line 2, column 2"),
        (b"1,2\n3,nothing\n", "line 2, column 2"),
        (b"1,2\n3,[4]\n", "line 2, column 2"),
        (b"1,2\n3],[4\n", "line 2, column 1"),
        (b"1,2\n3,inf\n", "line 2, column 2"),
        (b"1,2\n-Infinity,4\n", "line 2, column 1"),
        (b"1,2\n3,1e39\n", "line 2, column 2"),
        (b"1,2\n3,-1e400\n", "line 2, column 2"),
        (b"1,2\n3,\x004\n", "line 2, column 2"),
        (b"1,2\n3,\xd9\xa1\n", "line 2, column 2"),
        (b"1,2\n3,\xff\n", "line 2"),
        (b'1,2\n3,"4\n5,6"\n', "line 2"),
        (b'1,2\n"3"4,5\n', "line 2"),
        (b'1,2\n3,"4,5"\n', "line 2, column 2"),
        (b"1;2,5\n3;4,5;5\n", "line 1, column 1"),
        (b"1,2\n3;4\n", "line 2"),
    ],
)
def test_F06_a_malformed_cell_or_row_is_refused_with_its_place(body: bytes, place: str) -> None:
    assert refusal(lambda: decode(body)).startswith(f"{place}: ")
    assert refusal(lambda: read(b"0,0\n" * 20_000 + body)).startswith(
        f"line {20_000 + int(place.split()[1].strip(','))}"
    )


@pytest.mark.parametrize("label", [b"", b"nan", b'""'])
def test_a_missing_label_or_weight_is_refused_with_its_line(label: bytes) -> None:
    assert refusal(lambda: read(b"1,2\n\n" + label + b",3\n")).startswith("line 3: the label is missing")
    weighted = RecordLayout(label_size=1, weight_size=1)
    assert refusal(lambda: read(b"1," + label + b",3\n", layout=weighted)).startswith("line 1: the weight is missing")


def test_a_body_without_a_record_is_refused_and_a_file_without_one_is_empty() -> None:
    for body in (b"", b"\n", b" \r\n \n", b"\xef\xbb\xbf"):
        assert refusal(lambda body=body: decode(body)) == "the body holds no record"
        assert read(body) == []
    assert read(b"a,b\n", "text/csv; header=present") == []
    assert "no record" in refusal(lambda: decode(b"a,b\n", "text/csv; header=present"))


def test_a_file_of_labels_alone_is_refused() -> None:
    assert "no feature is left" in refusal(lambda: read(b"1\n2\n"))
    assert "no feature is left" in refusal(lambda: read(b"1,2\n", layout=RecordLayout(label_size=1, weight_size=1)))


@pytest.mark.parametrize("charset", ["latin-1", "cp1252", "utf-16", "utf-16-le", "UTF-8", "utf-8-sig"])
def test_text_of_another_charset_is_read(charset: str) -> None:
    body = "größe,x\n1,2\n".encode(charset)
    table = decode(body, f"text/csv; header=present; charset={charset}")
    assert (table.names, rows(table)) == (("größe", "x"), [[1, 2]])


@pytest.mark.parametrize("charset", ["klingon", "hex", "", "utf\x008", "undefined", "a" * 300])
def test_an_unknown_charset_is_refused(charset: str) -> None:
    assert refusal(lambda: decode(b"1,2\n", f"text/csv; charset={charset}")).startswith("charset ")


def test_bytes_that_are_not_of_the_charset_are_refused() -> None:
    assert "UTF-8" in refusal(lambda: decode(b"gr\xf6\xdfe,x\n1,2\n", "text/csv; header=present"))
    assert "not utf-16" in refusal(lambda: decode(b"1,2", "text/csv; charset=utf-16"))
    assert "not shift-jis" in refusal(lambda: read(b"1,2\n\x81", "text/csv; charset=shift-jis"))


@pytest.mark.parametrize(
    ("line", "expected"),
    [("Baker, J.;1;2", ";"), ("a;b, c\t1\t2", "\t"), ("a,b;c\td|1|2", "|"), ("a;b\tc,1,2", ",")],
)
def test_the_delimiter_is_the_mark_that_the_first_line_holds_most_of(line: str, expected: str) -> None:
    table = decode(line.encode(), layout=RecordLayout(texts=frozenset({0})))
    assert list(table.texts[0]) == line.split(expected)[:1]
    assert table.features[:, 1:].tolist() == [[1, 2]]


CATEGORIES = RecordLayout(texts=frozenset({0}))


@pytest.mark.parametrize("numbers", [b" 1 ,2", b"1,\t2", b"1.0,2"])
def test_numbers_beside_texts_are_read_as_elsewhere(numbers: bytes) -> None:
    table = decode(b"X-ray," + numbers + b'\n  \n"blue, or",-3.5,\n red\t,4e2,NaN\n', layout=CATEGORIES)
    assert list(table.texts[0]) == ["X-ray", "blue, or", "red"]
    np.testing.assert_array_equal(table.features[:, 1:], np.array([[1, 2], [-3.5, NAN], [400, NAN]], np.float32))


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        (b"red,1", "line 4: 2"),
        (b"red,x,2", "line 4, column 2: 'x' is not a number"),
        (b"red,1,inf", "line 4, column 3: 'inf' is infinite"),
        (b'red,1,"2', "line 4"),
        (b"r\xffd,1,2", "line 4: byte 0xff is not UTF-8"),
    ],
)
def test_a_fault_beside_texts_has_its_line(wrong: bytes, fault: str) -> None:
    body = b"red,1,2\n\nblue,3,4\n" + wrong + b"\nred,5,6\n"
    assert refusal(lambda: decode(body, layout=CATEGORIES)).startswith(fault)


def test_the_delimiter_can_be_named() -> None:
    assert rows(decode(b"1;2\n", 'text/csv; delimiter=";"')) == [[1, 2]]
    assert rows(decode(b"1\t2\n", "text/csv; delimiter=tab")) == [[1, 2]]
    assert "delimiter" in refusal(lambda: decode(b"1 2\n", 'text/csv; delimiter=" "'))
    assert "line 1, column 1" in refusal(lambda: decode(b"1,2\n", "text/csv; delimiter=|"))


def test_parameters_with_unknown_values_and_double_names_are_refused() -> None:
    assert "header is `present` or `absent`" in refusal(lambda: decode(b"1,2\n", "text/csv; header=yes"))
    assert "'a' twice" in refusal(lambda: decode(b"a,b,a\n1,2,3\n", "text/csv; header=present"))


def test_a_long_file_comes_in_parts_that_keep_their_line_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "BLOCK_BYTES", 1000)
    features = np.random.default_rng(0).normal(size=(500, 3)).astype(np.float32)
    body = as_csv(features, np.arange(500)).replace(b"\n", b"\r\n\r\n")
    tables = read(body)
    assert len(tables) > 20
    np.testing.assert_array_equal(np.concatenate([table.features for table in tables]), features)
    np.testing.assert_array_equal(np.concatenate([table.label for table in tables]), np.arange(500))
    assert refusal(lambda: read(body + b"1,2,3\n")).startswith("line 1001: 3 columns, but line 1 has 4")


def test_a_line_without_end_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "BLOCK_BYTES", 1000)
    monkeypatch.setattr(lines, "LONGEST_RECORD", 10_000)
    assert refusal(lambda: read(b"1,2\n" + b"7" * 20_000)).startswith("line 2: the line goes on")


def test_a_number_with_a_million_digits_and_a_million_quotes_are_handled_quickly() -> None:
    assert rows(decode(b"1," + b"0" * 1_000_000 + b"\n")) == [[1, 0]]
    assert "not a number" in refusal(lambda: decode(b"2,1\n1," + b"1" * 1_000_000 + b"x\n"))
    assert "line 2" in refusal(lambda: decode(b"2,1\n1," + b'"' * 1_000_001 + b"\n"))
    assert "line 2" in refusal(lambda: decode(b"2,1\n1," + b" " * 1_000_000 + b"x\n"))


def test_minus_zero_is_read_as_zero_by_every_reader() -> None:
    for body in (b"-0,-0.0,-1e-99\n", b"-0,-.0,-1e-99\n", b"-0,-0.0,-1e-99\n" * 10_000):
        assert not np.signbit(decode(body).features).any()


NUMBERS = st.one_of(
    st.floats(width=32, allow_nan=False, allow_infinity=False).map(repr),
    st.floats(allow_nan=False).map(repr),
    st.integers().map(str),
    st.sampled_from(
        ["", " ", "nan", "-0", "+1", "1.", ".5", "1e5", "1E-5", "007", "1e400", "3.4028235677973366e38", "0x1"]
    ),
    st.sampled_from(["[1]", "1]", "null", "true", '"1"', '" 1"', '""', '"1', 'a"b', "1 2", "\r", "1\r", "-", "e", "a"]),
    st.text('0123456789.,eE+-naN "\r\t[]{}:', max_size=8),
)
LINES = st.lists(st.lists(NUMBERS, min_size=1, max_size=4).map(",".join), max_size=5)
BODIES = st.builds(lambda lines, ends: ends.join(lines) + ends, LINES, st.sampled_from(["\n", "\r\n", "\n\n", "\r"]))


def outcome(read_cells: Callable[[], np.ndarray | None]) -> object:
    try:
        return read_cells()
    except Malformed:
        return "refused"


@given(BODIES)
@example("1,2\n3],[4\n")
@example(" \n")
@example('""\n1\n')
@example('"1 ",2\n')
@example(",\n,\n")
def test_the_fast_readers_agree_with_the_careful_one_wherever_they_answer(body: str) -> None:
    block = lines.Block(1, body.encode().replace(b"\r\n", b"\n"))
    first = next((line for _, line in block.lines() if line.strip(b" ")), b"")
    width = first.count(b",") + 1
    columns = cells.CsvColumns(",", width, 0, 0, (), True, 1)
    careful = outcome(lambda: cells.careful(block, columns))
    for fast in (cells.regular(block.text, width), arrow(block.text, width)):
        if fast is not None and not overflows(fast).any():
            assert not isinstance(careful, str), f"the careful reader refuses what was read as {fast}"
            np.testing.assert_array_equal(fast, careful)


def arrow(body: bytes, width: int) -> np.ndarray | None:
    """The reader of long bodies on a short one: as many blank lines as make it long."""
    return cells.regular(body + b"\n" * cells.BULK_BYTES, width)


@given(BODIES)
def test_a_request_is_read_as_a_file_of_the_same_bytes_is(body: str) -> None:
    whole = outcome(lambda: decode(body.encode()).features)
    parts = outcome(lambda: np.concatenate([table.features for table in read(body.encode(), layout=REQUEST)] or [[]]))
    if isinstance(whole, str):
        assert isinstance(parts, str) or not len(parts)
    else:
        np.testing.assert_array_equal(whole, parts)


def test_long_and_short_bodies_give_the_same_bits() -> None:
    features = np.random.default_rng(7).normal(size=(3000, 5)).astype(np.float32) * 1e-3
    features[features > 2e-3] = NAN
    body = as_csv(features)
    assert len(body) > cells.BULK_BYTES
    single = np.concatenate([decode(line + b"\n").features for line in body.splitlines()])
    assert decode(body).features.tobytes() == single.tobytes() == features.tobytes()


def test_very_wide_tables_are_read() -> None:
    features = np.random.default_rng(1).normal(size=(3, 20_000)).astype(np.float32)
    np.testing.assert_array_equal(decode(as_csv(features)).features, features)


def test_V12_numbers_alone_are_no_header() -> None:
    header = MediaType.parse("text/csv; header=present")
    with pytest.raises(Malformed, match="line 1: numbers alone are no header"):
        csv.decode(b"1,2\n3,4\n", header, RecordLayout())


def test_V12_a_blank_line_between_records_of_one_cell_is_refused() -> None:
    with pytest.raises(Malformed, match="line 2: the line is blank"):
        csv.decode(b"1\n\n3\n", MediaType("text/csv"), RecordLayout())
    assert len(csv.decode(b"1\n3\n\n\n", MediaType("text/csv"), RecordLayout())) == 2


@pytest.mark.parametrize("truth", ["True,False", "true,false", "TRUE,FALSE", '"True","False"', " True , False"])
def test_truth_values_are_one_and_zero_in_features_and_labels(truth: str) -> None:
    body = f"{truth},5\n1,0,6\n".encode()
    assert rows(decode(body)) == [[1, 0, 5], [1, 0, 6]]
    (table,) = read(body)
    assert table.label.tolist() == [1, 1]
    assert rows(decode(body * 5_000))[:2] == [[1, 0, 5], [1, 0, 6]]


@pytest.mark.parametrize("word", ["NA", "N/A", "#N/A", "NULL", "null", "None", "NaN", "NaT", "<NA>", "\\N", "?"])
def test_the_words_of_other_programs_for_no_value_are_missing(word: str) -> None:
    body = f"1,{word},3\n{word},5,6\n".encode()
    expected = np.array([[1, NAN, 3], [NAN, 5, 6]], np.float32)
    np.testing.assert_array_equal(decode(body).features, expected)
    np.testing.assert_array_equal(decode(body.replace(b",", b";")).features, expected)
    np.testing.assert_array_equal(decode(body * 5_000).features[:2], expected)
    assert "the label is missing" in refusal(lambda: read(f"1,2\n{word},3\n".encode()))


def test_a_word_that_only_begins_like_a_truth_value_is_refused() -> None:
    for cell in ("Truex", "True5", "5True", "NA5", "nullify"):
        assert "line 2, column 2" in refusal(lambda cell=cell: decode(f"1,2\n3,{cell}\n".encode()))


def test_the_delimiter_is_that_of_the_models_width_whatever_stands_in_the_cells() -> None:
    layout = RecordLayout(width=2, texts=frozenset({0}))
    for text in ("Action|Comedy|Drama", "a;b;c", "x\ty\tz", '"a,b"', "plain"):
        table = csv.decode(f"{text},3\n".encode(), MediaType("text/csv"), layout)
        assert (table.texts[0].tolist(), table.features[:, 1].tolist()) == ([text.strip('"')], [3])
    assert rows(csv.decode(b"1;2\n", MediaType("text/csv"), RecordLayout(width=2))) == [[1, 2]]


def test_the_delimiter_of_a_file_is_settled_by_several_lines() -> None:
    layout = RecordLayout(label_size=1, texts=frozenset({0}))
    (table,) = read(b"1,a|b|c|d,3\n2,e|f,4\n", layout=layout)
    assert table.texts[0].tolist() == ["a|b|c|d", "e|f"]
    (table,) = read(b"1;a,b;3\n2;e;4\n", layout=layout)
    assert table.texts[0].tolist() == ["a,b", "e"]
    (table,) = read(b'1,"a;b;c;d",3\n2,"e;f;g;h",4\n', layout=layout)
    assert table.texts[0].tolist() == ["a;b;c;d", "e;f;g;h"]


def test_decimal_commas_are_named_as_such() -> None:
    for body in (b'1,"2,5"\n', b"1,5;2,5;3\n", b"1,5;2,5;3\n4,5;1;2\n", b"1.234,5;2\n"):
        assert "write decimals with a point" in refusal(lambda body=body: decode(body))


@pytest.mark.parametrize("header", [b",y,a\n", b'"",y,a\n', b"Unnamed: 0,y,a\n", b"y,,a\n"])
def test_a_column_without_a_name_is_refused_for_it_may_be_the_index(header: bytes) -> None:
    message = refusal(lambda: read(header + b"0,1,2\n", "text/csv; header=present"))
    assert message.startswith("line 1: column ")
    assert "index=False" in message


@pytest.mark.parametrize(
    ("start", "told"),
    [
        (b"\x1f\x8b\x08rest", "compressed with gzip"),
        (b"PK\x03\x04rest", "zip archive"),
        (b"BZh91AY\xff\x00", "compressed with bzip2"),
        (b"\x28\xb5\x2f\xfdrest", "compressed with Zstandard"),
        (b"\xfd7zXZ\x00rest", "compressed with xz"),
        (b"PAR1\x15\x04", "is Parquet"),
        (b"\x80\x04\x95rest", "Python pickle"),
        (b"\x93NUMPY\x01", "array of NumPy"),
        ("1,2\n3,4\n".encode("utf-16"), "charset=utf-16`"),
        ("1,2\n3,4\n".encode("utf-16-le"), "charset=utf-16le`"),
        ("1,2\n3,4\n".encode("utf-16-be"), "charset=utf-16be`"),
        (b"1,2\r3,4\r5,6", "CR alone"),
    ],
)
def test_bytes_that_are_no_csv_are_told_by_their_own_name(start: bytes, told: str) -> None:
    assert told in refusal(lambda: decode(start))
    assert told in refusal(lambda: read(start))


def test_texts_that_begin_like_another_format_are_texts() -> None:
    layout = RecordLayout(texts=frozenset({0}))
    for text in ("PAR1", "BZhang", "ORCHID"):
        assert csv.decode(f"{text},1\n".encode(), MediaType("text/csv"), layout).texts[0].tolist() == [text]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"yes,1,2\nno,3,4\n", "number the classes from 0"),
        (b"1,red,2\n2,blue,3\n", "declare it as categories"),
        (b'1,"[1.0,2.0]"\n', "vector of Spark"),
        (b'1,"(3,[0,2],[1.0,2.0])"\n', "vector of Spark"),
        (b"1,2020-01-31\n", "encode dates as numbers"),
        (b'1,"a\nb",2\n', "a record must stand on one line"),
        (b'1,"a\\"b",2\n', "not written with a backslash"),
        (b"1,2\n1,\x96\n", "charset=windows-1252"),
        (b"1,2\n1,\xe9\n", "charset=iso-8859-1"),
        (b"y,a\n1,2\n", "header=present"),
    ],
)
def test_a_refused_cell_is_told_with_its_own_remedy(body: bytes, told: str) -> None:
    message = refusal(lambda: read(body))
    assert told in message
    assert ("header=present" in message) == (told == "header=present")


@pytest.mark.parametrize("charset", ["utf-7", "idna", "punycode", "unicode_escape", "rot13", "mbcs"])
def test_codecs_of_python_that_are_no_usual_charsets_are_refused(charset: str) -> None:
    assert refusal(lambda: decode(b"1,2\n", f"text/csv; charset={charset}")).startswith("charset ")


def test_a_blank_line_at_the_edge_of_a_block_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "BLOCK_BYTES", 4)
    for body in (b"1\n2\n\n3\n", b"1\n\n2\n3\n", b"1\n2\n3\n\n\n4\n", b"1\n22\n \n4\n"):
        blank = body.split(b"\n").index(b" " if b" " in body else b"") + 1
        assert refusal(lambda body=body: read(body, layout=REQUEST)).startswith(f"line {blank}: the line is blank")
    assert sum(map(len, read(b"1\n2\n3\n\n\n", layout=REQUEST))) == 3
