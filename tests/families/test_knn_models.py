"""The three files of a knn model: what they hold, what may be edited, and what is refused."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest

from containers.sklearn.knn.algorithm import ALGORITHM
from containers.sklearn.knn.model import NeighbourModel
from contract.errors import ArtifactError
from tests.families.knn_jobs import KINDS, files, fit, table

LISTS = {"index_type": "faiss.IVFFlat", "faiss_index_ivf_nlists": "10"}
QUANTISED = {"index_type": "faiss.IVFPQ", "faiss_index_ivf_nlists": "10", "faiss_index_pq_m": "4"}
SIGNS = {"dimension_reduction_type": "sign", "dimension_reduction_target": "4"}
MOSTLY_EMPTY = {**LISTS, "faiss_index_ivf_nlists": "300"}
ROWS, COLUMNS = 300, 6
QUERIES = table(40, seed=11)


def saved(model: NeighbourModel, folder: Path) -> Path:
    """The folder with the model's files."""
    files(model, folder)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return saved(fit(table()), tmp_path / "model")


def edit(folder: Path, **changes: Any) -> None:
    path = folder / "model_algo-1.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize("given", [*KINDS.values(), MOSTLY_EMPTY], ids=[*KINDS, "mostly empty lists"])
def test_a_model_answers_the_same_after_its_trip_through_the_files(tmp_path: Path, given: dict[str, str]) -> None:
    model = fit(table(), **given)
    loaded = ALGORITHM.load(saved(model, tmp_path / "model"))
    assert ALGORITHM.predict(loaded, QUERIES).tobytes() == ALGORITHM.predict(model, QUERIES).tobytes()


def test_the_files_are_those_of_the_built_in(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {"model_algo-1", "model_algo-1.labels", "model_algo-1.json"}
    index = faiss.read_index(str(folder / "model_algo-1"))
    assert (index.ntotal, index.d) == (ROWS, COLUMNS)
    np.testing.assert_array_equal(np.fromfile(folder / "model_algo-1.labels", "<f4"), table().label)


def test_the_json_file_has_the_documented_keys(tmp_path: Path) -> None:
    settings = json.loads((saved(fit(table(), **SIGNS), tmp_path / "model") / "model_algo-1.json").read_text())
    assert {"k": 5, "predictor_type": "classifier", "normalize": False, "version": "1.0"}.items() <= settings.items()
    expected = {"type": "sign", "seed": 0, "target_dim": 4, "input_dim": COLUMNS}
    assert expected.items() <= settings["dimension_reduction"].items()


def test_another_k_in_the_json_file_predicts_with_so_many_neighbours(folder: Path) -> None:
    edit(folder, k=17)
    edited = ALGORITHM.predict(ALGORITHM.load(folder), QUERIES)
    assert edited.tobytes() == ALGORITHM.predict(fit(table(), k="17"), QUERIES).tobytes()


def test_another_predictor_type_in_the_json_file_turns_votes_into_means(folder: Path) -> None:
    before = ALGORITHM.predict(ALGORITHM.load(folder), QUERIES)
    edit(folder, predictor_type="regressor")
    model = ALGORITHM.load(folder)
    output = ALGORITHM.output(model)
    assert output.task == "regression"
    np.testing.assert_allclose(
        output.predicted(ALGORITHM.predict(model, QUERIES)), before[:, 1].mean(axis=1), rtol=1e-6
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"k": 0}, "k is 0, expected a whole number"),
        ({"k": "5"}, "k is '5'"),
        ({"k": True}, "k is True"),
        ({"k": None}, "k is None"),
        ({"predictor_type": "oracle"}, "'oracle', expected classifier or regressor"),
        ({"normalize": 1}, "normalize is 1"),
        ({"feature_dim": 5}, "5 dimensions, the index model_algo-1 has 6"),
        ({"feature_dim": 7}, "7 dimensions, the index model_algo-1 has 6"),
        ({"dimension_reduction": {"type": "pca"}}, "none of sign, fjlt"),
        ({"dimension_reduction": [1]}, "none of sign, fjlt"),
        (
            {"dimension_reduction": {"type": "sign", "seed": 3, "target_dim": 6, "input_dim": 20}},
            "drawn by another program",
        ),
        (
            {
                "dimension_reduction": {
                    "type": "sign",
                    "seed": -1,
                    "target_dim": 6,
                    "input_dim": 6,
                    "generator": "PCG64",
                }
            },
            "seed is -1",
        ),
        (
            {"dimension_reduction": {"type": "sign", "seed": 0, "target_dim": 4, "input_dim": 6, "generator": "PCG64"}},
            "4 dimensions, the index model_algo-1 has 6",
        ),
        (
            {"dimension_reduction": {"type": "sign", "seed": 0, "target_dim": 6, "input_dim": 8, "generator": "PCG64"}},
            "feature_dim 6 is not the input_dim 8",
        ),
    ],
)
def test_a_json_file_that_makes_no_sense_is_refused(folder: Path, changes: dict[str, Any], message: str) -> None:
    edit(folder, **changes)
    with pytest.raises(ArtifactError, match=message):
        ALGORITHM.load(folder)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "5", '{"k": 5', "\ud800".encode("utf-8", "surrogatepass"), "[" * 99999]
)
def test_a_damaged_json_file_is_refused(folder: Path, text: str | bytes) -> None:
    (folder / "model_algo-1.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ArtifactError, match=r"model_algo-1\.json"):
        ALGORITHM.load(folder)


@pytest.mark.parametrize("name", ["model_algo-1", "model_algo-1.labels", "model_algo-1.json"])
def test_a_missing_file_is_named_with_those_that_there_are(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ArtifactError, match=f"no file {name} in the model directory, which holds: model_algo-1"):
        ALGORITHM.load(folder)


def test_labels_that_do_not_fit_the_index_are_refused(folder: Path) -> None:
    labels = folder / "model_algo-1.labels"
    labels.write_bytes(labels.read_bytes()[:-4])
    with pytest.raises(ArtifactError, match="1196 bytes, the 300 vectors of model_algo-1 need 1200"):
        ALGORITHM.load(folder)


def test_labels_that_are_no_numbers_are_refused(folder: Path) -> None:
    np.full(ROWS, np.nan, "<f4").tofile(folder / "model_algo-1.labels")
    with pytest.raises(ArtifactError, match="no finite numbers"):
        ALGORITHM.load(folder)


@pytest.mark.parametrize("given", [{}, LISTS, QUANTISED], ids=["flat", "lists", "quantised"])
def test_an_index_that_was_cut_off_anywhere_is_refused(tmp_path: Path, given: dict[str, str]) -> None:
    folder = saved(fit(table(), **given), tmp_path / "model")
    raw = (folder / "model_algo-1").read_bytes()
    for length in [*range(0, 300, 7), len(raw) // 2, len(raw) - 1]:
        (folder / "model_algo-1").write_bytes(raw[:length])
        with pytest.raises(ArtifactError, match="is damaged"):
            ALGORITHM.load(folder)
    (folder / "model_algo-1").write_bytes(raw + b"more")
    with pytest.raises(ArtifactError, match="something follows"):
        ALGORITHM.load(folder)


@pytest.mark.parametrize("given", [{}, LISTS, QUANTISED], ids=["flat", "lists", "quantised"])
def test_no_change_of_the_index_ends_the_process(tmp_path: Path, given: dict[str, str]) -> None:
    """Every attempt runs in a child, as a server tries a model, and must end it by itself."""
    folder = saved(fit(table(), **given), tmp_path / "model")
    raw = (folder / "model_algo-1").read_bytes()
    random = np.random.default_rng(0)
    for attempt in range(60):
        damaged = bytearray(raw)
        at = int(random.integers(0, 400 if attempt % 2 else len(raw) - 8))
        damaged[at : at + 8] = random.bytes(8)
        (folder / "model_algo-1").write_bytes(damaged)
        assert _child_ends(folder), f"8 bytes at {at}"


def _child_ends(folder: Path) -> bool:
    """Whether loading and predicting in a child process ends it with a result or with ``ArtifactError``."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            ALGORITHM.predict(ALGORITHM.load(folder), QUERIES)
            code = 0
        except ArtifactError:
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(pid, 0)[1] == 0


def test_an_index_of_another_kind_is_refused_before_it_is_read(folder: Path) -> None:
    other = faiss.index_factory(COLUMNS, "HNSW8")
    other.add(table().features)
    faiss.write_index(other, str(folder / "model_algo-1"))
    with pytest.raises(ArtifactError, match="no flat index and no index of inverted lists"):
        ALGORITHM.load(folder)


def test_lists_in_another_file_are_refused_and_the_file_is_not_opened(tmp_path: Path) -> None:
    folder = saved(fit(table(), **LISTS), tmp_path / "model")
    path = folder / "model_algo-1"
    path.write_bytes(path.read_bytes().replace(b"ilar", b"ilod", 1))
    with pytest.raises(ArtifactError, match="its lists are not in the file itself"):
        ALGORITHM.load(folder)


def test_lists_that_name_a_vector_that_is_not_there_are_refused(tmp_path: Path) -> None:
    folder = saved(fit(table(), **LISTS), tmp_path / "model")
    path = folder / "model_algo-1"
    path.write_bytes(path.read_bytes()[:-8] + struct.pack("<q", ROWS))
    with pytest.raises(ArtifactError, match="do not hold every vector once"):
        ALGORITHM.load(folder)


def test_vectors_that_are_no_numbers_are_noticed(folder: Path) -> None:
    path = folder / "model_algo-1"
    path.write_bytes(path.read_bytes()[:45] + np.full(ROWS * COLUMNS, np.nan, "<f4").tobytes())
    with pytest.raises(ArtifactError, match="no finite numbers"):
        ALGORITHM.predict(ALGORITHM.load(folder), QUERIES)


def test_the_three_files_alone_can_be_served(tmp_path: Path) -> None:
    """As another container may have written them, without our own key in the JSON file."""
    folder = saved(fit(table()), tmp_path / "model")
    settings = {
        "k": 5,
        "predictor_type": "classifier",
        "dimension_reduction": None,
        "normalize": False,
        "version": "1.0",
    }
    (folder / "model_algo-1.json").write_text(json.dumps(settings))
    signature, example = ALGORITHM.adopt(folder)
    assert signature == {"feature_count": COLUMNS, "feature_names": []}
    assert (example.content_type, example.body) == ("text/csv", b"0,0,0,0,0,0")
    assert ALGORITHM.predict(ALGORITHM.load(folder), QUERIES).shape == (len(QUERIES), 2, 5)


@pytest.mark.parametrize("probes", [0, 1 << 63])
@pytest.mark.parametrize("given", [LISTS, QUANTISED], ids=["lists", "quantised"])
def test_a_search_of_no_list_or_of_too_many_is_refused(tmp_path: Path, given: dict[str, str], probes: int) -> None:
    path = saved(fit(table(), **given), tmp_path / "model") / "model_algo-1"
    raw = path.read_bytes()
    path.write_bytes(raw[:45] + struct.pack("<Q", probes) + raw[53:])
    with pytest.raises(ArtifactError, match="none of its lists, or into too many"):
        ALGORITHM.load(path.parent)
