"""The levels of category columns, from the codes of the train channel."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from containers.sklearn.preprocessing.learning import TrainChannel
from containers.sklearn.preprocessing.model import UNSEEN, Categories
from containers.sklearn.preprocessing.schema import CategoryColumn
from contract.errors import ChannelError
from contract.tables.categories import EXACT


def learn_categories(columns: Mapping[int, CategoryColumn], most: int, channel: TrainChannel) -> tuple[Categories, ...]:
    """Learns the category columns, by their places in the features; ``most`` is the limit of a one-hot column."""
    numbers = _numbers(columns, channel)
    found = tuple(_column(column, at, numbers.get(at), channel) for at, column in columns.items())
    for category in found:
        _check(category, most)
    return tuple(_filled(found, columns, channel))


def check_names(numbers: Collection[str], categories: Collection[Categories]) -> None:
    """Raises ``ChannelError`` where two columns of the answer would have the same name."""
    known = {name: repr(name) for name in numbers}
    for category in categories:
        levels = [f" (category {level!r})" for level in category.levels] if category.onehot else [""]
        for name, level in zip(category.names, levels, strict=True):
            told = f"{category.name!r}{level}"
            if name in known:
                remedy = "give one of them another name, in `schema` and in headers, or encode it as ordinal"
                both = f"the columns {known[name]} and {told} would both be {name!r} in an answer"
                raise ChannelError(f"channel 'train': {both}; {remedy}")
            known[name] = told


def _numbers(columns: Mapping[int, CategoryColumn], channel: TrainChannel) -> dict[int, Any]:
    """The numbers that occur, ascending, in each column whose cells are the categories themselves."""
    found = {at: np.empty(0) for at in columns if not channel.table.levels[at]}
    for part in channel.parts() if found else ():
        for at in found:
            cells = part[:, at].astype(np.float64)
            found[at] = np.union1d(found[at], cells[~np.isnan(cells)])
    return found


def _column(column: CategoryColumn, at: int, numbers: Any, channel: TrainChannel) -> Categories:
    """One column; ``numbers`` occur in it, or None where it holds texts."""
    texts = list(channel.table.levels[at]) if numbers is None else [f"{number:.0f}" for number in numbers]
    levels = list(column.levels or texts)
    unknown = [text for text in texts if text not in set(levels) and text != column.fill_value]
    if column.levels and unknown:
        remedy = f"add it to levels, which are {', '.join(column.levels)}"
        raise ChannelError(f"channel 'train': the column {column.name!r} holds the category {unknown[0]!r}; {remedy}")
    if column.impute == "constant" and column.fill_value not in levels:
        levels.append(column.fill_value)
    if numbers is not None:
        texts = sorted(filter(_is_number, levels), key=int)
    place = {level: number for number, level in enumerate(levels)}
    codes = np.array([int(text) for text in texts] if numbers is not None else range(len(texts)), np.float64)
    places = np.array([place.get(text, UNSEEN) for text in texts], np.int64)
    fill = place[column.fill_value] if column.impute == "constant" else UNSEEN
    return Categories(column.name, at, tuple(levels), codes, places, fill, column.encode == "onehot")


def _is_number(level: str) -> bool:
    """True if the cells of a table can be this category's number itself."""
    return level.isascii() and level.isdecimal() and len(level) <= 8 and int(level) < EXACT


def _check(category: Categories, most: int) -> None:
    if not category.levels:
        raise ChannelError(f"channel 'train': the column {category.name!r} holds no category; leave it out")
    if category.onehot and len(category.levels) > most:
        remedy = "encode it as ordinal, leave it out (is it an identifier?) or raise max_levels"
        count = f"{len(category.levels):,} categories, max_levels is {most:,}"
        raise ChannelError(f"channel 'train': the column {category.name!r} has {count}; {remedy}")


def _filled(
    found: tuple[Categories, ...], columns: Mapping[int, CategoryColumn], channel: TrainChannel
) -> Iterator[Categories]:
    """The columns of impute=most_frequent with the level that occurs most; the first of equals."""
    wanted = [category for category in found if columns[category.at].impute == "most_frequent"]
    counts = {category.at: np.zeros(len(category.levels), np.int64) for category in wanted}
    for part in channel.parts() if wanted else ():
        for category in wanted:
            levels = category.level(part[:, category.at])
            counts[category.at] += np.bincount(levels[levels != UNSEEN], minlength=len(category.levels))
    for category in found:
        yield replace(category, fill=int(counts[category.at].argmax())) if category.at in counts else category
