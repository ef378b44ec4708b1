"""The channels of SageMaker's tabular built-ins (LightGBM, CatBoost): two layouts and a file of categorical columns.

Layout A: channels ``train`` and ``validation``. Layout B: the train channel alone, with the sub-folders ``train`` or
``training`` and perhaps ``validation``. In both, ``categorical_index.json`` in the folder of the train channel names
the categorical columns, ``{"cat_index_list": [1, 5]}``, where the target is column 0.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from contract.errors import ChannelError
from contract.media_type import MediaType
from contract.source import Source
from contract.tables.formats.layout import WeightedHyperparameters, weighted_layout
from contract.tables.input import REQUEST_TYPES, TableInput

CATEGORICAL = "categorical_index.json"
KEY = "cat_index_list"
TRAIN_FOLDERS = ("train", "training")


def arrange(sources: Mapping[str, Source]) -> Mapping[str, Source]:
    """Takes the file of categorical columns out of the channels; splits a channel in layout B by its sub-folders."""
    train = sources["train"]
    below = next((train.folder / name for name in TRAIN_FOLDERS if _is_used(train, train.folder / name)), None)
    _refuse_strays(train, below)
    if below is not None and "validation" in sources and _is_used(train, train.folder / "validation"):
        raise ChannelError(
            "validation data twice: the channel validation and the folder validation/ of the train channel"
        )
    if below is None or "validation" in sources:
        return {name: _without_categorical(source) for name, source in sources.items()}
    found = {"train": _part(train, "train", below)}
    if _is_used(train, train.folder / "validation"):
        found["validation"] = _part(train, "validation", train.folder / "validation")
    outside = [path for path in train.files if not any(path in source.files for source in found.values())]
    if any(path.name != CATEGORICAL for path in outside):
        raise ChannelError(
            f"channel 'train': {outside[0].relative_to(train.folder)} lies beside the folder {below.name}/; put all "
            f"data into {below.name}/ and validation/, or none"
        )
    return found


def categorical_columns(params: WeightedHyperparameters, source: Source) -> tuple[int, ...]:
    """Returns the feature columns, from 0, that the train channel's ``categorical_index.json`` names; none without it.

    The file counts the weight as a column too. Raises ``ChannelError`` for a file that does not say what it should.
    """
    if params.csv_weights and MediaType.parse(source.content_type or "text/csv").name not in ("text/csv", "csv"):
        raise ChannelError(f"channel 'train': csv_weights is for CSV, the channel is {source.content_type}")
    file = next((folder / CATEGORICAL for folder in _places(source) if (folder / CATEGORICAL).is_file()), None)
    if file is None:
        return ()
    place, expected = f"channel 'train', file {CATEGORICAL}", f'expected {{"{KEY}": [1, 5]}}, the target being column 0'
    try:
        listed = json.loads(file.read_text(encoding="utf-8-sig"))[KEY]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ChannelError(f"{place}: cannot be read ({type(error).__name__}: {error}); {expected}") from error
    if not isinstance(listed, list) or any(type(index) is not int or index < 1 for index in listed):
        raise ChannelError(f"{place}: {KEY} is {str(listed)[:100]}; {expected}, so that every index is 1 or more")
    if len(set(listed)) < len(listed):
        raise ChannelError(f"{place}: {KEY} names a column twice")
    if params.csv_weights and 1 in listed:
        raise ChannelError(f"{place}: column 1 is the weight of the records, as csv_weights is 1")
    return tuple(index - 1 - params.csv_weights for index in listed)


def _refuse_strays(train: Source, below: Path | None) -> None:
    """Raises ``ChannelError`` for a file of categorical columns in a folder where it would be ignored."""
    looked_at = {train.folder, *([below] if below else [])}
    strays = [path for path in train.files if path.name == CATEGORICAL and path.parent not in looked_at]
    if strays:
        raise ChannelError(
            f"channel 'train': {strays[0].relative_to(train.folder)} must lie in the folder of the channel itself"
        )


def _places(source: Source) -> tuple[Path, ...]:
    """Returns the folders that may hold the file: that of the channel, or the one above the sub-folders of layout B."""
    return (source.folder, source.folder.parent) if source.folder.name in TRAIN_FOLDERS else (source.folder,)


def _is_used(source: Source, folder: Path) -> bool:
    return any(folder in path.parents for path in _data(source))


def _part(source: Source, channel: str, folder: Path) -> Source:
    files = tuple(path for path in _data(source) if folder in path.parents)
    return replace(source, channel=channel, folder=folder, files=files)


def _without_categorical(source: Source) -> Source:
    files = tuple(_data(source))
    if not files:
        raise ChannelError(f"channel {source.channel!r}: no data file in it beside {CATEGORICAL}")
    return replace(source, files=files)


def _data(source: Source) -> list[Path]:
    return [path for path in source.files if path.name != CATEGORICAL]


def tabular_input() -> TableInput[Any]:
    """Returns the input of the built-ins, whose hyperparameters have ``csv_weights``."""
    return TableInput(
        content_types=(
            "text/csv", "csv", "application/x-parquet", "parquet",
            "application/x-recordio-protobuf", "recordio-protobuf",
        ),
        request_types=(*REQUEST_TYPES, "csv", "libsvm", "text/x-libsvm", "recordio-protobuf"),
        layout=weighted_layout,
        sparse="zero",
        categories=categorical_columns,
        arrange=arrange,
    )  # fmt: skip


def feature_names(width: int) -> list[str]:
    """Names the columns as the built-ins' model files do."""
    return [f"feature_{column}" for column in range(width)]
