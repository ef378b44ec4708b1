"""Corpora made of known topics, and tiny real jobs of the algorithm lda."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from containers.sklearn.lda.algorithm import ALGORITHM
from containers.sklearn.lda.hyperparameters import LDAHyperparameters
from containers.sklearn.lda.inference import Topics
from contract.context import Context
from contract.hyperparameters import parse
from contract.scores import Scores
from contract.tables.data import Table
from tests.families import asking


def params(**given: str) -> LDAHyperparameters:
    return parse(LDAHyperparameters, {"num_topics": "2", "feature_dim": "4", "mini_batch_size": "60", **given})


def planted(alpha: Any, words: int, documents: int, length: int = 60, seed: int = 1) -> tuple[Any, Any]:
    """Documents (n, words) written by LDA itself, and the word distributions (k, words) of its topics."""
    random = np.random.default_rng(seed)
    beta = random.dirichlet(np.full(words, 0.1), len(alpha))
    mixtures = random.dirichlet(alpha, documents)
    return np.stack([random.multinomial(length, mixture @ beta) for mixture in mixtures]).astype(np.float32), beta


def trained(features: Any, **given: str) -> tuple[Topics, list[str], list[Scores]]:
    """Topics, what the job logged, and the scores of its passes."""
    lines: list[str] = []
    passes: list[Scores] = []
    context = replace(Context(), log=lines.append, log_round=lambda step, scores: passes.append(scores))
    chosen = params(**{"feature_dim": str(features.shape[1]), "mini_batch_size": str(len(features)), **given})
    return ALGORITHM.fit(chosen, Table(features), None, context), lines, passes


def distances(found: Any, expected: Any) -> Any:
    """Total variation distances (k,) between topics that belong together; in the order of ``found``."""
    apart = np.abs(found[:, None] - expected[None]).sum(axis=2) / 2
    rows, columns = linear_sum_assignment(apart)
    return apart[rows, columns]


def respond(body: bytes, content_type: str, accept: str, model: Topics) -> bytes:
    """Request to answer, as an endpoint goes."""
    return asking.respond(ALGORITHM, model, model.beta.shape[1], body, content_type, accept)
