"""The hyperparameters of knn: what SageMaker's k-NN takes, and what contradicts itself."""

from __future__ import annotations

import pytest

from containers.sklearn.knn import index
from containers.sklearn.knn.hyperparameters import INDEX_METRICS, INDEX_TYPES, PQ_M, KNNHyperparameters
from contract.errors import HyperparameterError
from contract.hyperparameters import parse, specs
from tests.families.knn_jobs import params

SPECS = {spec.name: spec for spec in specs(KNNHyperparameters)}


def test_C02_the_four_that_have_no_sensible_default_are_required() -> None:
    with pytest.raises(HyperparameterError) as error:
        parse(KNNHyperparameters, {})
    required = {"feature_dim", "k", "predictor_type", "sample_size"}
    assert {name for name in SPECS if f"- {name}: is required" in str(error.value)} == required


def test_the_defaults_are_those_of_the_built_in() -> None:
    given = params()
    assert (given.index_type, given.index_metric) == ("faiss.Flat", "L2")
    assert (given.faiss_index_ivf_nlists, given.faiss_index_pq_m) == ("auto", None)
    assert (given.dimension_reduction_type, given.dimension_reduction_target) == (None, None)
    assert (given.mini_batch_size, given.faiss_index_nprobe, given.epochs) == (5000, 5, 1)


def test_every_name_of_the_built_in_and_of_its_container_is_read() -> None:
    given = params(
        dimension_reduction_type="fjlt",
        dimension_reduction_target="3",
        index_type="faiss.IVFPQ",
        index_metric="L2",
        faiss_index_ivf_nlists="7",
        faiss_index_pq_m="3",
        mini_batch_size="100",
        _faiss_index_nprobe="2",
        epochs="1",
        _tuning_objective_metric="test:accuracy",
        _num_gpus="auto",
    )
    assert (given.faiss_index_ivf_nlists, given.faiss_index_nprobe, given.mini_batch_size) == (7, 2, 100)


@pytest.mark.parametrize("name", ["k", "sample_size", "feature_dim", "mini_batch_size", "dimension_reduction_target"])
@pytest.mark.parametrize("value", ["0", "-3", "2.5", "many"])
def test_C08_sizes_are_whole_numbers_above_zero(name: str, value: str) -> None:
    with pytest.raises(HyperparameterError, match=f"- {name}: .*{value}"):
        params(**{name: value})


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("predictor_type", "classification", "classifier, regressor"),
        ("dimension_reduction_type", "pca", "sign, fjlt"),
        ("index_type", "Flat", ", ".join(INDEX_TYPES)),
        ("index_metric", "L1", ", ".join(INDEX_METRICS)),
        ("faiss_index_pq_m", "5", "1, 2, 3, 4, 8, 12"),
        ("faiss_index_ivf_nlists", "some", "auto"),
    ],
)
def test_C08_a_choice_that_is_unknown_is_refused_with_those_that_there_are(name: str, value: str, allowed: str) -> None:
    with pytest.raises(HyperparameterError) as error:
        params(**{name: value})
    assert all(part in str(error.value) for part in (f"- {name}:", value, allowed))


@pytest.mark.parametrize("parts", PQ_M)
def test_every_number_of_parts_that_the_built_in_lists_is_allowed(parts: int) -> None:
    assert params(index_type="faiss.IVFPQ", faiss_index_pq_m=str(parts)).faiss_index_pq_m == parts


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"dimension_reduction_type": "sign"}, "dimension_reduction_target: is required"),
        ({"dimension_reduction_target": "3"}, "without dimension_reduction_type"),
        (
            {"dimension_reduction_type": "sign", "dimension_reduction_target": "6"},
            "dimension_reduction_target: 6 must be less than feature_dim",
        ),
        ({"index_type": "faiss.IVFPQ"}, "faiss_index_pq_m: is required"),
        (
            {"index_type": "faiss.IVFPQ", "faiss_index_pq_m": "2", "index_metric": "COSINE"},
            "faiss.IVFPQ takes L2 only, not COSINE",
        ),
        (
            {"index_type": "faiss.IVFFlat", "faiss_index_ivf_nlists": "11", "sample_size": "10"},
            "11 lists need as many records",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_named(given: dict[str, str], message: str) -> None:
    with pytest.raises(HyperparameterError, match=message):
        params(**given)


@pytest.mark.parametrize(
    ("wanted", "records", "lists"), [("auto", 400, 20), ("auto", 1, 1), ("30", 400, 30), ("30", 9, 9)]
)
def test_the_number_of_lists_is_the_root_of_the_records_or_what_is_wished(
    wanted: str, records: int, lists: int
) -> None:
    assert index.lists(params(index_type="faiss.IVFFlat", faiss_index_ivf_nlists=wanted), records) == lists


def test_the_tuner_ranges_are_those_of_the_built_in() -> None:
    tunable = {name: spec.declaration.tunable for name, spec in SPECS.items() if spec.declaration.tunable}
    assert tunable == {"k": (1, 1024), "sample_size": (256, 20000000)}
