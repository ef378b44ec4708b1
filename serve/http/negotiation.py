"""Settles from Content-Type and Accept what is read and what is answered, before any work is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from contract import charsets
from contract.answer import RequestOptions
from contract.errors import Malformed, NotAcceptable, UnsupportedContentType, UserError
from contract.media_type import MediaType, split_outside_quotes
from serve.settings import Settings, names

REMEMBERED = 128
"""Pairs of headers whose outcome is kept: clients send the same ones again and again."""

ANY_TYPE = "application/json"
"""The media type of a request without Content-Type where the user's own code reads any."""

SERIALIZERS = {
    "text/csv": "CSVSerializer()",
    "application/json": "JSONSerializer()",
    "application/jsonlines": "JSONLinesSerializer()",
    "text/libsvm": "LibSVMSerializer()",
    "application/x-npy": "NumpySerializer()",
}
"""The serializer with which a Predictor of the SageMaker SDK sends a media type; its default is octet-stream."""


@dataclass(frozen=True)
class Agreement:
    """How one request is read and answered: ``accept`` is the name of a media type."""

    content_type: MediaType
    accept: str
    options: RequestOptions


@dataclass(frozen=True)
class MediaRange:
    """One entry of an Accept header: ``quality`` from 0 to 1, ``position`` in the header from 0."""

    media_type: MediaType
    quality: float
    position: int

    def precision(self, name: str) -> int:
        """Tells how exactly this entry names a media type: 3 fully, 2 as ``text/*``, 1 as ``*/*``, 0 not at all."""
        kind = name.partition("/")[0]
        return {name: 3, f"{kind}/*": 2, "*/*": 1}.get(self.media_type.name, 0)


class Negotiator:
    """Settles both media types for one model; None for either means that the user's own code settles it.

    Raises ``UserError`` for a default that the model cannot answer.
    """

    def __init__(
        self,
        request_types: Sequence[str] | None,
        accepts: Sequence[str] | None,
        usual_accept: Callable[[str], str],
        settings: Settings,
    ) -> None:
        self._request_types = request_types
        wanted = settings.default_accept
        if wanted and accepts is not None and MediaType.parse(wanted).name not in accepts:
            raise UserError(
                f"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT is {wanted!r}, this model answers {', '.join(accepts)}"
            )
        self._accepts = accepts
        self._usual_accept = (lambda content_type: wanted) if wanted else usual_accept
        self._settings = settings
        self.agree: Callable[[str | None, str | None], Agreement] = lru_cache(REMEMBERED)(self._agree)

    def _agree(self, content_type: str | None, accept: str | None) -> Agreement:
        """Raises ``UnsupportedContentType`` or ``NotAcceptable``; a header may be missing."""
        request_type = self._request_type((content_type or "").strip())
        wish = (accept or "").strip()
        usual = self._usual_accept(request_type.name)
        chosen, parameters = self._answer_type(usual if wish in ("", "*/*") else wish, usual)
        return Agreement(request_type, chosen, self._options(parameters, request_type))

    def _request_type(self, content_type: str) -> MediaType:
        if self._request_types is None:
            return MediaType.parse(content_type or ANY_TYPE)
        media_type = MediaType.parse(content_type or self._request_types[0])
        if media_type.name in self._request_types:
            return _readable(media_type)
        serializer = SERIALIZERS.get(self._request_types[0], "a serializer of one of these")
        raise UnsupportedContentType(
            f"Content-Type {_short(content_type)} is not read here; send one of {', '.join(self._request_types)} "
            f"(with a Predictor of the SageMaker SDK set serializer={serializer})"
        )

    def _answer_type(self, accept: str, usual: str) -> tuple[str, MediaType]:
        ranges = parse_accept(accept)
        if self._accepts is None:
            wished = max(ranges, key=lambda entry: entry.quality)
            return wished.media_type.name if "*" not in wished.media_type.name else usual, wished.media_type
        best, rank, asked = "", (0.0, 0, 0), MediaType("")
        for name in sorted(self._accepts, key=lambda name: name != MediaType.parse(usual).name):
            found = max(ranges, key=lambda entry: entry.precision(name))
            quality = found.quality if found.precision(name) else 0.0
            if quality > 0 and (quality, found.precision(name), -found.position) > rank:
                best, rank, asked = name, (quality, found.precision(name), -found.position), found.media_type
        if best:
            return best, asked
        raise NotAcceptable(f"Accept {_short(accept)} cannot be answered; ask for one of {', '.join(self._accepts)}")

    def _options(self, asked: MediaType, content_type: MediaType) -> RequestOptions:
        wanted = asked.parameters.get("output")
        verbose = asked.parameters.get("verbose", "false").lower() not in ("false", "0")
        return RequestOptions(
            names(wanted) if wanted else self._settings.wanted,
            verbose=verbose,
            batch=self._settings.batch,
            accept=asked.parameters,
            content_type=content_type.parameters,
        )


def parse_accept(accept: str) -> list[MediaRange]:
    """Returns the entries of an Accept header, in their order.

    A part without a slash belongs to the one before, so that ``text/csv; output=label,probability`` needs no quotes.
    """
    parts: list[str] = []
    for part in split_outside_quotes(accept, ","):
        if parts and "/" not in part.partition(";")[0]:
            parts[-1] += f",{part}"
        else:
            parts.append(part)
    entries = [MediaType.parse(part) for part in parts]
    return [MediaRange(entry, _quality(entry), position) for position, entry in enumerate(entries)]


def _readable(media_type: MediaType) -> MediaType:
    """Returns the media type. Raises ``UnsupportedContentType`` where it names a charset that is not read."""
    try:
        charsets.codec(media_type)
    except Malformed as error:
        raise UnsupportedContentType(str(error)) from None
    return media_type


def _quality(entry: MediaType) -> float:
    try:
        return float(entry.parameters.get("q", "1"))
    except ValueError:
        return 1.0


def _short(header: str) -> str:
    return repr(header if len(header) <= 100 else header[:99] + "…")
