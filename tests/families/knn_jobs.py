"""Tiny real jobs of the algorithm knn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from containers.sklearn.knn.algorithm import ALGORITHM
from containers.sklearn.knn.hyperparameters import KNNHyperparameters
from containers.sklearn.knn.model import NeighbourModel
from contract.context import Context
from contract.hyperparameters import parse
from contract.tables.data import Table
from serve.http.negotiation import Negotiator
from serve.settings import Settings

LISTS = {"index_type": "faiss.IVFFlat", "faiss_index_ivf_nlists": "10"}
EVERYWHERE = {**LISTS, "_faiss_index_nprobe": "10"}
QUANTISED = {"index_type": "faiss.IVFPQ", "faiss_index_ivf_nlists": "4", "faiss_index_pq_m": "3"}
SIGNS = {"dimension_reduction_type": "sign", "dimension_reduction_target": "4"}
FJLT = {"dimension_reduction_type": "fjlt", "dimension_reduction_target": "4"}
KINDS: dict[str, dict[str, str]] = {
    "flat": {},
    "flat, inner product": {"index_metric": "INNER_PRODUCT"},
    "flat, cosine": {"index_metric": "COSINE"},
    "lists": LISTS,
    "lists, inner product": {**LISTS, "index_metric": "INNER_PRODUCT"},
    "lists, cosine": {**LISTS, "index_metric": "COSINE"},
    "more neighbours than the first lists hold": {**LISTS, "_faiss_index_nprobe": "1", "k": "120"},
    "quantised": QUANTISED,
    "quantised, padded": {**QUANTISED, "faiss_index_pq_m": "4"},
    "signs": SIGNS,
    "fjlt": FJLT,
    "signs, quantised": {**QUANTISED, **SIGNS},
    "fjlt, lists": {**LISTS, **FJLT},
}
"""Every kind of index, of metric and of projection, over 6 features."""


def table(records: int = 300, columns: int = 6, classes: int = 2, seed: int = 1) -> Any:
    """A ``Table`` of random features, and the numbers of classes that lie side by side and overlap."""
    random = np.random.default_rng(seed)
    label = random.integers(0, classes, records)
    features = random.normal(size=(records, columns))
    features[:, 0] += 1.5 * label
    return Table(features.astype(np.float32), label.astype(np.float32))


def params(**given: str) -> KNNHyperparameters:
    """Those of a classifier over 6 features, with others in their place."""
    usual = {"k": "5", "feature_dim": "6", "predictor_type": "classifier", "sample_size": "100000"}
    return parse(KNNHyperparameters, usual | given)


def fit(train: Table, **given: str) -> NeighbourModel:
    return logged(train, **given)[0]


def logged(train: Table, **given: str) -> tuple[NeighbourModel, str]:
    """A model, and what its job logged."""
    lines: list[str] = []
    chosen = params(**{"feature_dim": str(train.width)} | given)
    return ALGORITHM.fit(chosen, train, None, replace(Context(), log=lines.append)), "\n".join(lines)


def predicted(model: NeighbourModel, queries: Table) -> Any:
    """The predicted labels, (n,)."""
    return ALGORITHM.output(model).predicted(ALGORITHM.predict(model, queries))


def files(model: NeighbourModel, folder: Path) -> dict[str, bytes]:
    """What the model's files hold, which are written into a new folder."""
    folder.mkdir()
    ALGORITHM.save(model, folder)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def respond(body: bytes, content_type: str | None, accept: str | None, model: NeighbourModel) -> bytes:
    """Request to answer, as an endpoint goes."""
    output = ALGORITHM.output(model)
    agreed = Negotiator(ALGORITHM.input.request_types, output.accepts, output.usual_accept, Settings("sklearn")).agree(
        content_type, accept
    )
    signature = {"feature_count": model.feature_dim, "feature_names": []}
    batch = ALGORITHM.input.decode(body, agreed.content_type, signature)
    return output.encode(output.answer(ALGORITHM.predict(model, batch), batch, agreed.options), agreed.accept)
