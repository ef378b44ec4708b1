"""The hyperparameters of ``knn``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from contract.hyperparameters import Hyperparameters, hyperparameter, rule

PREDICTOR_TYPES = ("classifier", "regressor")
REDUCTIONS = ("sign", "fjlt")
INDEX_TYPES = ("faiss.Flat", "faiss.IVFFlat", "faiss.IVFPQ")
INDEX_METRICS = ("L2", "INNER_PRODUCT", "COSINE")
PQ_M = (1, 2, 3, 4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64, 96)


@dataclass(frozen=True, kw_only=True)
class KNNHyperparameters(Hyperparameters):
    """The hyperparameters of SageMaker's k-NN, by the names that its SDK sends."""

    feature_dim: int = hyperparameter(bounds="[1, inf)", help="feature columns of the data, checked")
    k: int = hyperparameter(
        bounds="[1, inf)", tunable=(1, 1024), help="neighbours that answer; all records where fewer are indexed"
    )
    predictor_type: str = hyperparameter(
        choices=PREDICTOR_TYPES, help="vote of the neighbours, or mean of their labels"
    )
    sample_size: int = hyperparameter(
        bounds="[1, inf)", tunable=(256, 20000000), help="records drawn from the train channel and indexed"
    )
    dimension_reduction_type: str | None = hyperparameter(
        None,
        choices=REDUCTIONS,
        shown="none",
        help="random projection: of random signs, or the fast Johnson-Lindenstrauss transform",
    )
    dimension_reduction_target: int | None = hyperparameter(
        None, bounds="[1, inf)", help="dimensions after the projection, fewer than feature_dim"
    )
    index_type: str = hyperparameter("faiss.Flat", choices=INDEX_TYPES, help="exact, or faster and approximate")
    index_metric: str = hyperparameter(
        "L2", choices=INDEX_METRICS, help="what makes records near; faiss.IVFPQ takes L2 only"
    )
    faiss_index_ivf_nlists: int | str = hyperparameter(
        "auto",
        bounds="[1, inf)",
        words=("auto",),
        help="faiss.IVF*: lists that the records are kept in; auto is the square root of the number of records",
    )
    faiss_index_pq_m: int | None = hyperparameter(
        None,
        bounds="[1, 96]",
        help=f"faiss.IVFPQ, required there: parts that a record is quantised in, one of {', '.join(map(str, PQ_M))}; "
        "the dimension becomes a multiple of it",
    )
    mini_batch_size: int = hyperparameter(5000, bounds="[1, inf)", help="records projected and indexed at a time")
    faiss_index_nprobe: int = hyperparameter(
        5, name="_faiss_index_nprobe", bounds="[1, inf)", help="faiss.IVF*: lists that a search looks into at first"
    )
    epochs: int = hyperparameter(1, bounds="[1, inf)", help="accepted, without effect: one pass indexes everything")

    @rule("dimension_reduction_type", "dimension_reduction_target", "feature_dim")
    def _reduction(self) -> Iterator[str]:
        kind, target = self.dimension_reduction_type, self.dimension_reduction_target
        if kind and target is None:
            yield f"dimension_reduction_target: is required with dimension_reduction_type={kind}"
        if target is not None and not kind:
            yield "dimension_reduction_target: says nothing without dimension_reduction_type (sign or fjlt)"
        if target is not None and target >= self.feature_dim:
            yield f"dimension_reduction_target: {target} must be less than feature_dim, which is {self.feature_dim}"

    @rule("index_type", "index_metric")
    def _metric_of_quantised_index(self) -> Iterator[str]:
        if self.index_type == "faiss.IVFPQ" and self.index_metric != "L2":
            yield f"index_metric: faiss.IVFPQ takes L2 only, not {self.index_metric}"

    @rule("index_type", "faiss_index_pq_m")
    def _parts_of_quantised_index(self) -> Iterator[str]:
        parts = self.faiss_index_pq_m
        if self.index_type == "faiss.IVFPQ" and parts is None:
            yield "faiss_index_pq_m: is required with index_type=faiss.IVFPQ"
        if parts is not None and parts not in PQ_M:
            yield f"faiss_index_pq_m: {parts} is not one of {', '.join(map(str, PQ_M))}"

    @rule("faiss_index_ivf_nlists", "sample_size", "index_type")
    def _lists(self) -> Iterator[str]:
        lists = self.faiss_index_ivf_nlists
        if self.index_type != "faiss.Flat" and isinstance(lists, int) and lists > self.sample_size:
            yield f"faiss_index_ivf_nlists: {lists} lists need as many records, sample_size is {self.sample_size}"
