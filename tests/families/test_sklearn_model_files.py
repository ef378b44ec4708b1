"""The model file that the algorithms of the family sklearn share: what may be in it, and what is made of damage."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import numpy as np
import pytest

from containers.sklearn import model_file
from containers.sklearn.model_fields import Fields
from contract.errors import ArtifactError
from tests.contract.subject import Subject

CONTENT = {
    "centers": np.arange(6, dtype=np.float32).reshape(2, 3),
    "counts": np.array([1, 2]),
    "eval_metrics": ["msd", "ssd"],
    "total": 2.5,
    "kind": "plain",
    "größe": 3,
    "flag": True,
    "none": None,
    "part.name": "within",
    "part.empty": np.zeros((0, 4), bool),
}


def archive(directory: Path, members: dict[str, bytes], compression: int = ZIP_STORED) -> Path:
    """A model file with these members."""
    with ZipFile(directory / model_file.NAME, "w", compression) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return directory


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


def refusal(directory: Path) -> str:
    with pytest.raises(ArtifactError) as caught:
        model_file.load(directory)
    told = str(caught.value)
    assert told.startswith(model_file.NAME)
    assert "\n" not in told
    return told


def test_the_same_content_gives_the_same_bytes_and_comes_back(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        model_file.save(tmp_path / name, CONTENT)
    first, second = (tmp_path / name / model_file.NAME for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()
    found = model_file.load(tmp_path / "first")
    assert found.keys() == CONTENT.keys()
    for name, value in CONTENT.items():
        np.testing.assert_array_equal(found[name], value, strict=True)
        assert type(found[name]) is type(value)


def test_numpy_reads_the_arrays_and_a_member_in_json_holds_the_rest(tmp_path: Path) -> None:
    model_file.save(tmp_path, CONTENT)
    with np.load(tmp_path / model_file.NAME, allow_pickle=False) as found:
        np.testing.assert_array_equal(found["centers"], CONTENT["centers"], strict=True)
        np.testing.assert_array_equal(found["part.empty"], CONTENT["part.empty"], strict=True)
        assert json.loads(found["model.json"])["total"] == 2.5


@pytest.mark.parametrize(
    "array",
    [
        np.array(["a", "b"]),
        np.array([1j]),
        np.zeros(2, "datetime64[s]"),
        np.zeros(2, [("x", "f4")]),
        np.array([None, 1]),
        np.zeros(2, "V8"),
    ],
    ids=["texts", "complex", "times", "records", "objects", "bytes"],
)
def test_what_is_no_array_of_numbers_is_refused(tmp_path: Path, array: np.ndarray) -> None:
    archive(tmp_path, {"model.json": b"{}", "a.npy": npy(array)})
    assert "a.npy is no array of numbers, this image did not write it" in refusal(tmp_path)


def test_a_model_of_an_earlier_build_is_refused_with_the_remedy(tmp_path: Path) -> None:
    archive(tmp_path, {"schema.json": b"{}", "1.npy": npy(np.zeros(2))})
    assert refusal(tmp_path) == (
        "model_algo-1 was written by an earlier build, whose models are not read: train the model again"
    )


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"a.npy": npy(np.zeros(2))}, "no JSON object in model.json"),
        ({"model.json": b"[1]"}, "no JSON object in model.json"),
        ({"model.json": b'{"a": '}, "is damaged (Expecting value"),
        ({"model.json": b"\xff\xfe\x00"}, "is damaged"),
        ({"model.json": b"[" * 100_000}, "is damaged"),
        ({"model.json": b'{"a": ' + b"9" * 10_000 + b"}"}, "is damaged"),
        ({"model.json": b'{"a": 1}', "a.npy": npy(np.zeros(2))}, "holds a twice"),
        ({"model.json": b"{}", "program.py": b"print()"}, "is damaged"),
        ({"model.json": b"{}", "a.npy": npy(np.zeros(9))[:-8]}, "a.npy is not as long as it says"),
        ({"model.json": b"{}", "a.npy": npy(np.zeros(9)) + b"more"}, "a.npy is not as long as it says"),
        ({"model.json": b"{}", "a.npy": b"\x93NUMPY\x07\x00"}, "is damaged"),
        ({"model.json": b"{}", "a.npy": b"\x93NUMPY\x01\x00" + struct.pack("<H", 9999) + b" " * 9999}, "is damaged"),
    ],
    ids=[
        "no JSON", "a list", "cut JSON", "no UTF-8", "deep", "long number", "a name twice", "a program", "cut array",
        "long array", "version", "long header",
    ],
)  # fmt: skip
def test_an_archive_that_this_image_did_not_write_is_refused(
    tmp_path: Path, members: dict[str, bytes], told: str
) -> None:
    archive(tmp_path, members)
    assert told in refusal(tmp_path)


def test_no_room_is_made_for_numbers_that_are_not_there(tmp_path: Path) -> None:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (%d, %d), }" % (1 << 40, 1 << 30)
    data = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header
    archive(tmp_path, {"model.json": b"{}", "a.npy": data})
    assert "a.npy is not as long as it says" in refusal(tmp_path)


def test_a_member_that_grows_when_it_is_read_is_refused(tmp_path: Path) -> None:
    archive(tmp_path, {"model.json": b"{}", "a.npy": npy(np.zeros(1 << 16))}, ZIP_DEFLATED)
    assert (tmp_path / model_file.NAME).stat().st_size < 10_000
    assert "is compressed" in refusal(tmp_path)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x80\x04\x95", b"IxF2" + bytes(100)])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / model_file.NAME).write_bytes(data)
    assert refusal(tmp_path).endswith("upload the model archive again")


def test_a_number_that_was_changed_is_noticed(tmp_path: Path) -> None:
    model_file.save(tmp_path, {"centers": np.full(100, 1.5)})
    path = tmp_path / model_file.NAME
    path.write_bytes(path.read_bytes().replace(struct.pack("<d", 1.5), struct.pack("<d", 2.5), 1))
    assert "is damaged (Bad CRC-32 for file 'centers.npy')" in refusal(tmp_path)


def test_no_damage_comes_out_otherwise_than_as_a_refusal(tmp_path: Path) -> None:
    model_file.save(tmp_path, CONTENT)
    whole, random = (tmp_path / model_file.NAME).read_bytes(), np.random.default_rng(0)
    refused = 0
    for _ in range(300):
        damaged = bytearray(whole[: random.integers(1, len(whole) + 1)])
        damaged[random.integers(len(damaged))] = random.integers(256)
        (tmp_path / model_file.NAME).write_bytes(damaged)
        try:
            Fields.read(tmp_path).array("centers", np.float32, "k", "d")
        except ArtifactError:
            refused += 1
    assert refused > 200


@pytest.fixture
def fields(tmp_path: Path) -> Fields:
    gaps: dict[str, Any] = {"gap": np.array([1.0, np.nan]), "three": np.zeros(3), "huge": 10**400, "nan": float("nan")}
    model_file.save(tmp_path, CONTENT | gaps)
    return Fields.read(tmp_path)


def test_fields_are_read_as_they_were_written(fields: Fields) -> None:
    assert fields.array("centers", np.float32, "k", "d").dtype == np.float32
    assert fields.array("counts", np.int64, "k").tolist() == [1, 2]
    assert np.isnan(fields.gappy("gap", np.float64, "k")).tolist() == [False, True]
    assert fields.number("total") == 2.5
    assert fields.number("größe") == fields.whole("größe", 0, 4) == 3
    assert fields.flag("flag") is True
    assert fields.text("kind") == fields.text("kind", ("plain", "other")) == "plain"
    assert fields.texts("eval_metrics") == fields.texts("eval_metrics", ("ssd", "msd")) == ("msd", "ssd")
    assert fields.part("part").text("name") == "within"
    assert "centers" in fields
    assert "mean" not in fields
    assert "name" in fields.part("part")


def test_a_field_that_is_not_as_it_should_be_is_named(fields: Fields) -> None:
    def refusal(read: Any) -> str:
        with pytest.raises(ArtifactError) as caught:
            read()
        return str(caught.value)

    assert "has no mean" in refusal(lambda: fields.array("mean", np.float64, "d"))
    assert "has no part.mean" in refusal(lambda: fields.part("part").number("mean"))
    assert "centers is no array of float32 with 1 axes" in refusal(lambda: fields.array("centers", np.float32, "d"))
    assert "centers is no array of float64 with 2" in refusal(lambda: fields.array("centers", np.float64, "k", "d"))
    assert "kind is no array" in refusal(lambda: fields.array("kind", np.float64, "d"))
    assert "gap is not finite" in refusal(lambda: fields.array("gap", np.float64, "g"))
    fields.array("centers", np.float32, "k", "d")
    assert "counts is 2 long where other fields have 3" in refusal(lambda: fields.array("counts", np.int64, "d"))
    for name in ("kind", "flag", "huge", "nan"):
        assert f"{name} is no finite number" in refusal(lambda name=name: fields.number(name))
    assert "größe is 3, which is no whole number from 0 to 2" in refusal(lambda: fields.whole("größe", 0, 3))
    assert "flag is True, which is no whole number" in refusal(lambda: fields.whole("flag", 0, 3))
    assert "total is 2.5, which is neither true nor false" in refusal(lambda: fields.flag("total"))
    assert "kind is 'plain', which is none of a, b" in refusal(lambda: fields.text("kind", ("a", "b")))
    assert "total is 2.5, which is no text" in refusal(lambda: fields.text("total"))
    assert "no list of msd" in refusal(lambda: fields.texts("eval_metrics", ("msd",)))
    assert "no list of texts" in refusal(lambda: fields.texts("total"))


def test_a_directory_without_the_file_says_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").touch()
    with pytest.raises(ArtifactError, match=r"holds: model\.pkl"):
        model_file.load(tmp_path)


def test_the_reason_for_a_damaged_file_is_short_whatever_stands_in_it(tmp_path: Path) -> None:
    model_file.save(tmp_path, {"centers": np.zeros((400, 50)), "kind": "plain"})
    path = tmp_path / model_file.NAME
    content = bytearray(path.read_bytes())
    content[27] ^= 0x80  # the length of a name, in the header of a member
    path.write_bytes(content)
    with pytest.raises(ArtifactError, match="is damaged") as caught:
        model_file.load(tmp_path)
    assert len(str(caught.value)) < 400
    assert str(caught.value).isprintable()


def test_a_model_without_a_center_is_refused(tmp_path: Path) -> None:
    model_file.save(tmp_path, {"centers": np.zeros((0, 4), np.float32), "eval_metrics": ["msd"]})
    with pytest.raises(ArtifactError, match="centers is empty"):
        Subject("sklearn", "kmeans").algorithm.load(tmp_path)
