"""Reads the body of a request, no more than is allowed and no less than was announced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contract.errors import PayloadTooLarge, RequestError


class RequestBody:
    """The body of a WSGI request, not read yet. ``size`` is the most bytes that it may have.

    That is what Content-Length says; for a chunked one, all that ``max_bytes`` allows.
    """

    def __init__(self, environ: Mapping[str, Any], max_bytes: int | None) -> None:
        """Raises ``PayloadTooLarge`` where Content-Length says so."""
        declared = environ.get("CONTENT_LENGTH")
        self._stream = environ["wsgi.input"]
        self._max_bytes = max_bytes
        self._chunked = not declared and "HTTP_TRANSFER_ENCODING" in environ
        self._length = int(declared or 0)
        self.size = max_bytes or 0 if self._chunked else self._length
        if max_bytes is not None and self.size > max_bytes:
            raise _too_large(max_bytes)

    def read(self) -> bytes:
        """Returns the whole body, chunked or not; empty where the request has none.

        Raises ``PayloadTooLarge``, and ``RequestError`` for a body that ends early, stops arriving or is chunked
        wrongly.
        """
        if self._chunked:
            return self._read_chunks()
        body = self._read(self._length) if self._length else b""
        if len(body) < self._length:
            raise RequestError(f"the body ended after {len(body)} of {self._length} bytes")
        return body

    def _read_chunks(self) -> bytes:
        body = self._read(-1 if self._max_bytes is None else self._max_bytes + 1)
        if self._max_bytes is not None and len(body) > self._max_bytes:
            raise _too_large(self._max_bytes)
        return body

    def _read(self, size: int) -> bytes:
        try:
            body: bytes = self._stream.read(size)
            return body
        except Exception as error:  # the server's own kinds for broken chunks, OSError for a client gone or silent
            raise RequestError(f"the body could not be read to its end ({type(error).__name__})") from error


def _too_large(max_bytes: int) -> PayloadTooLarge:
    return PayloadTooLarge(
        f"the body is larger than {max_bytes} bytes; send fewer records at a time, or raise MAX_CONTENT_LENGTH"
    )
