"""Principal components of encoded columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from containers.sklearn.preprocessing.learning import TrainChannel
from containers.sklearn.preprocessing.model import FittedColumns, PrincipalComponents
from contract.errors import ChannelError, HyperparameterError
from contract.process.resources import memory_bytes
from contract.quality_log import line

MATRIX_SHARE = 0.1
"""The share of the memory that an encoded channel may take; a larger one is learned in parts, nearly as exactly."""


def learn_projection(model: FittedColumns, components: int, channel: TrainChannel) -> PrincipalComponents:
    """The first ``components`` principal components of what ``model`` makes of the channel."""
    rows, width = len(channel.table), len(model.encoded_names)
    if components > min(rows, width) or rows < 2:
        told = f"{rows:,} records of {width:,} encoded columns"
        raise HyperparameterError(f"pca_components: {components} cannot be learned from {told}; ask for fewer")
    with np.errstate(invalid="ignore"):
        if 8 * rows * width <= MATRIX_SHARE * memory_bytes():
            found = _at_once(model, components, channel)
        else:
            channel.context.log(line(f"pca_components: {told_size(rows, width)}, so they are learned in parts"))
            found = _in_parts(model, components, channel)
    shares = np.asarray(found.explained_variance_ratio_, np.float64)
    if not np.isfinite(shares).all():
        raise ChannelError("channel 'train': every column is constant, there are no principal components")
    return PrincipalComponents(np.asarray(found.mean_), np.ascontiguousarray(found.components_.T), shares)


def told_size(rows: int, width: int) -> str:
    """The size of a matrix, in words."""
    return f"{rows:,} records of {width:,} encoded columns are {8 * rows * width / 1e9:.1f} GB"


def _at_once(model: FittedColumns, components: int, channel: TrainChannel) -> Any:
    from sklearn.decomposition import PCA

    cells = np.concatenate([model.encode(part) for part in channel.parts()])
    return PCA(components, random_state=0).fit(cells)


def _in_parts(model: FittedColumns, components: int, channel: TrainChannel) -> Any:
    from sklearn.decomposition import IncrementalPCA

    found, width = IncrementalPCA(components), len(model.encoded_names)
    for part in channel.parts(max(5 * width, 4096)):
        found.partial_fit(model.encode(part))
    return found
