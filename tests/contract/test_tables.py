"""Sections F and B of the checklist, for algorithms that read CSV: the text of a channel's files, and of requests."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.contract.conftest import Case, Failing, Trained
from tests.contract.jobs import fingerprint, train
from tests.contract.records import Records
from tests.contract.subject import Subject
from tests.contract.tree import Tree
from tests.endpoint import Endpoint
from tests.media_types import CSV, JSONLINES


def test_F01_headerless_csv_with_the_label_in_front_trains(trained: Trained) -> None:
    assert trained.exit_code == 0, trained.log


@pytest.mark.any_algorithm
def test_F02_all_files_are_used_nested_ones_too_and_their_order_is_that_of_their_names(
    case: Case, tree: Tree, trained: Trained
) -> None:
    whole = tree.channel_file()
    lines = whole.read_text().splitlines(keepends=True)
    (whole.parent / "z" / "deep").mkdir(parents=True)
    (whole.parent / "z" / "deep" / "part-2").write_text("".join(lines[40:]))
    (whole.parent / "a").mkdir()
    (whole.parent / "a" / "part-1.csv").write_text("".join(lines[:25]))
    whole.rename(whole.parent / "part-1b.csv")
    (whole.parent / "part-1b.csv").write_text("".join(lines[25:40]))
    train(case, tree)
    assert fingerprint(tree) == fingerprint(trained.tree)


@pytest.mark.any_algorithm
@pytest.mark.parametrize("ending", ["no final newline", "crlf", "blank lines", "byte order mark"])
def test_F05_line_ends_and_blank_lines_do_not_matter(case: Case, tree: Tree, trained: Trained, ending: str) -> None:
    file = tree.channel_file()
    text = file.read_text()
    changed = {
        "no final newline": text.rstrip("\n"),
        "crlf": text.replace("\n", "\r\n"),
        "blank lines": text + "\n\n\n",
        "byte order mark": "\ufeff" + text,
    }[ending]
    file.write_bytes(changed.encode())
    train(case, tree)
    assert fingerprint(tree) == fingerprint(trained.tree)


def test_F05_an_empty_cell_is_a_missing_value(case: Case, subject: Subject, tree: Tree) -> None:
    if not subject.takes_missing_values:
        pytest.skip("the algorithm needs complete records")
    cells = _empty_a_cell(tree)
    exit_code, log = case.train(tree)
    assert exit_code == 0, log
    assert "missing cells 1 " in log
    with case.serving(tree) as endpoint:
        assert endpoint.invoke(",".join(cells).encode(), "text/csv").status == 200


def test_F05_an_empty_cell_is_refused_with_its_place_by_who_needs_complete_records(
    case: Case, subject: Subject, tree: Tree, trained: Trained, failing: Failing
) -> None:
    if subject.takes_missing_values:
        pytest.skip("the algorithm takes missing values")
    cells = _empty_a_cell(tree)
    failure = failing(tree)
    assert "'train', record 1, feature 2" in failure
    assert "missing" in failure
    with case.serving(trained.tree) as endpoint:
        response = endpoint.invoke(",".join(cells).encode(), "text/csv")
        assert response.status == 400
        assert b"record 1, feature 2" in response.body


@pytest.mark.any_algorithm
@pytest.mark.parametrize(("line", "where"), [("1,2", "line 4"), ("1,2,3,4,5,6,7,8,9,10,11,12", "line 4")])
def test_F06_a_ragged_row_is_refused_with_file_and_line(tree: Tree, failing: Failing, line: str, where: str) -> None:
    failure = failing(_with_line(tree, 4, line))
    assert tree.channel_file().name in failure
    assert where in failure


def test_F06_a_cell_that_is_no_number_is_refused_with_file_and_line(tree: Tree, failing: Failing) -> None:
    width = tree.channel_file().read_text().split("\n", 1)[0].count(",") + 1
    failure = failing(_with_line(tree, 7, ",".join(["1"] * (width - 1) + ["seven"])))
    assert tree.channel_file().name in failure
    assert "line 7" in failure
    assert "seven" in failure


def test_F06_a_header_is_refused_with_the_way_to_declare_it(tree: Tree, failing: Failing) -> None:
    assert "header=present" in failing(_with_header(tree))


@pytest.mark.any_algorithm
def test_a_declared_header_is_read_and_its_names_kept(case: Case, tree: Tree) -> None:
    for channel in tree.read_config("inputdataconfig"):
        _with_header(tree, channel)
    train(case, tree.add_parameter("header=present"))
    signature = json.loads((tree.model / "manifest.json").read_text())["signature"]
    assert signature["feature_names"][:2] == ["column1", "column2"]


@pytest.mark.any_algorithm
def test_F11_gzipped_files_are_read(case: Case, tree: Tree, trained: Trained) -> None:
    file = tree.channel_file()
    Path(f"{file}.gz").write_bytes(gzip.compress(file.read_bytes()))
    file.unlink()
    train(case, tree)
    assert fingerprint(tree) == fingerprint(trained.tree)


@pytest.mark.any_algorithm
def test_F11_a_damaged_gzip_file_is_named(tree: Tree, failing: Failing) -> None:
    file = tree.channel_file()
    file.write_bytes(gzip.compress(file.read_bytes())[:-20])
    assert file.name in failing(tree)


@pytest.mark.parametrize("megabytes", [6, pytest.param(25, marks=pytest.mark.any_algorithm)])
def test_V10_large_requests_and_answers_work(endpoint: Endpoint, records: Records, megabytes: int) -> None:
    row = b",".join(f"{float(cell):.20f}".encode() for cell in records.each[0].split(b","))
    count = megabytes * 1_000_000 // (len(row) + 1)
    response = endpoint.invoke((row + b"\n") * count, CSV, CSV)
    assert response.status == 200, response.body[:500]
    assert response.body.count(b"\n") == count


@pytest.mark.parametrize("accept", [CSV, JSONLINES])
def test_B03_B04_B05_every_record_gives_one_line_with_or_without_its_newline(
    endpoint: Endpoint, records: Records, accept: str
) -> None:
    for some in (records[:1], records[:7]):
        with_newline = endpoint.invoke(some.body(), CSV, accept).body
        assert endpoint.invoke(some.body().rstrip(b"\n"), CSV, accept).body == with_newline
        assert with_newline.count(b"\n") == len(some)
        assert with_newline.endswith(b"\n")


def _with_line(tree: Tree, number: int, text: str) -> Tree:
    file = tree.channel_file()
    lines = file.read_text().splitlines()
    lines[number - 1] = text
    file.write_text("\n".join(lines) + "\n")
    return tree


def _with_header(tree: Tree, channel: str = "train") -> Tree:
    """Names the columns: the features from column1 on."""
    file = tree.channel_file(channel)
    text = file.read_text()
    first = 1 - tree.label_size(channel)
    width = text.split("\n", 1)[0].count(",") + 1
    file.write_text(",".join(f"column{first + place}" for place in range(width)) + "\n" + text)
    return tree


def _empty_a_cell(tree: Tree) -> list[str]:
    """Takes the second feature out of the first record of the train channel; returns its features."""
    file = tree.channel_file()
    first, rest = file.read_text().split("\n", 1)
    cells = first.split(",")
    cells[tree.label_size() + 1] = ""
    file.write_text(",".join(cells) + "\n" + rest)
    return cells[tree.label_size() :]
