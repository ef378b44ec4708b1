"""Texts as an algorithm's input: lines with labels in front, and requests in text, JSON or JSON Lines."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from contract.algorithm import Example, Signature
from contract.data import Int64
from contract.errors import ChannelError, Malformed, RequestError
from contract.hyperparameters import Hyperparameters
from contract.media_type import MediaType
from contract.source import Source
from contract.wire import instances
from contract.wire.lines import blocks, line_text, one_block

PREFIX = "__label__"
IGNORED = "ignored"
"""The channel of words that are left out, a JSON list."""
FORMS = 'send {"instances": ["some words", ...], "configuration": {"k": 2}}'


@dataclass(frozen=True)
class Text:
    """One record. ``k`` is how many labels it wants, where it says so itself."""

    words: tuple[str, ...]
    label: str = ""
    k: int | None = None


@dataclass(frozen=True)
class Texts:
    """Records of a channel or of a request, and what the request asks of all of them."""

    records: Sequence[Text]
    ignored: frozenset[str] = frozenset()
    configuration: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.records)

    def fingerprint(self) -> str:
        return hashlib.sha256(repr(self.records).encode()).hexdigest()

    def summary(self) -> Sequence[tuple[str, str]]:
        return [("texts", str(len(self))), ("labels", str(len({record.label for record in self.records})))]

    def parts(self, records: int) -> Iterator[Self]:
        for start in range(0, len(self), records):
            yield replace(self, records=self.records[start : start + records])

    def take(self, rows: Int64) -> Self:
        return replace(self, records=[self.records[row] for row in rows])


@dataclass(frozen=True)
class TextInput:
    """Reads texts."""

    content_types: Sequence[str] = ("text/plain",)
    request_types: Sequence[str] = ("application/json", "application/jsonlines", "text/plain")

    def arrange(self, sources: Mapping[str, Source]) -> Mapping[str, Source]:
        """Puts the list of ignored words beside the channels of texts."""
        companions = {name: source for name, source in sources.items() if name == IGNORED}
        return {name: replace(source, companions=companions) for name, source in sources.items() if name != IGNORED}

    def read(self, source: Source, params: Hyperparameters, like: Texts | None) -> Texts:
        media_type = MediaType.parse(source.content_type or self.content_types[0])
        ignored = _words(source.companions[IGNORED]) if IGNORED in source.companions else frozenset()
        found: list[Text] = []
        for path in source.files:
            with source.open(path) as stream:
                for block in blocks(stream, media_type):
                    found += [_labelled(line, at, ignored) for at, line in block.lines() if line.strip()]
        if not found:
            raise ChannelError(f"channel {source.channel!r}: holds no text")
        return Texts(found, ignored)

    def decode(self, body: bytes, media_type: MediaType, signature: Signature) -> Texts:
        try:
            if media_type.name == "text/plain":
                lines = [(at, line) for at, line in one_block(body, media_type).lines() if line.strip()]
                return _heeding(Texts([Text(tuple(line_text(line, at).split())) for at, line in lines]), signature)
            if media_type.name == "application/jsonlines":
                found = instances.lines(body, media_type)
            else:
                found = instances.document(body, media_type, lambda record: "source" in record, FORMS)
            records = [_record(record, found.place(row)) for row, record in enumerate(found.records)]
            return _heeding(Texts(records, configuration=found.configuration()), signature)
        except Malformed as error:
            raise RequestError(str(error)) from error

    def configuration(self, batch: Texts) -> Mapping[str, Any]:
        return batch.configuration

    def batch(self, made: Any, signature: Signature) -> Texts:
        if not isinstance(made, list | tuple) or not all(isinstance(text, str) for text in made):
            raise TypeError(f"{type(made).__name__} holds no texts")
        return _heeding(Texts([Text(tuple(text.split())) for text in made]), signature)

    def signature(self, data: Texts) -> Signature:
        return {"labels": sorted({record.label for record in data.records}), "ignored": sorted(data.ignored)}

    def example(self, data: Texts) -> Example:
        return Example("application/json", json.dumps({"instances": [" ".join(data.records[0].words)]}).encode())


def _heeding(texts: Texts, signature: Signature) -> Texts:
    """The texts without the words that the model's training ignored."""
    ignored = frozenset(signature["ignored"])
    records = [replace(text, words=tuple(word for word in text.words if word not in ignored)) for text in texts.records]
    return replace(texts, records=records, ignored=ignored)


def _words(source: Source) -> frozenset[str]:
    """The words in the lists of a channel, each file being a JSON list. Raises ``ChannelError``."""
    found: set[str] = set()
    for path in source.files:
        with source.open(path) as stream:
            words = instances.document(
                stream.read(), MediaType.parse(source.content_type or ""), lambda record: False, ""
            )
            found.update(map(str, words.records))
    return frozenset(found)


def _list(body: bytes, media_type: MediaType) -> list[Any]:
    if media_type.name != "application/json":
        raise Malformed(f"{media_type.name or 'a channel without ContentType'} is no list of words")
    return instances.document(body, media_type, lambda record: False, 'write a list, as ["the", "a"]').records


def _labelled(line: bytes, at: int, ignored: Collection[str]) -> Text:
    tokens = [token for token in line_text(line, at).split() if token not in ignored]
    label, words = tokens[0].removeprefix(PREFIX), tuple(tokens[1:])
    if label == tokens[0] or not words:
        raise Malformed(f"write a label and words, as in {PREFIX}good all is well", f"line {at}")
    return Text(words, label)


def _record(record: Any, place: str) -> Text:
    """A record of JSON: a text, or an object with ``source`` and perhaps a ``k`` of its own."""
    found = record if isinstance(record, dict) else {"source": record}
    if not isinstance(found.get("source"), str):
        raise Malformed('no text; send "some words" or {"source": "some words", "k": 2}', place)
    return Text(tuple(found["source"].split()), k=number_of_labels(found, place))


def number_of_labels(said: Mapping[str, Any], place: str) -> int | None:
    """The ``k`` of a record or of a configuration, if there is one. Raises ``Malformed``."""
    k = said.get("k")
    if "k" in said and (type(k) is not int or k < 1):
        raise Malformed(f"k is {k!r}, not a whole number from 1 on", place)
    return k
