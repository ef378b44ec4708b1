"""The bytes of a request, within the limits of size and honesty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contract.errors import PayloadTooLarge, RequestError


def announced_bytes(environ: Mapping[str, Any], max_bytes: int | None) -> int:
    """The bytes that a body may take: what Content-Length says, for a chunked one all that is allowed.

    Raises ``PayloadTooLarge`` where Content-Length says so.
    """
    declared = environ.get("CONTENT_LENGTH")
    length = int(declared) if declared else (max_bytes or 0) if "HTTP_TRANSFER_ENCODING" in environ else 0
    if max_bytes is not None and length > max_bytes:
        raise _too_large(max_bytes)
    return length


def read_body(environ: Mapping[str, Any], max_bytes: int | None) -> bytes:
    """The whole body of a WSGI request, chunked or not.

    Raises ``PayloadTooLarge`` before reading where Content-Length says so, and ``RequestError`` for a body that ends
    early, stops arriving or is chunked wrongly.
    """
    declared = environ.get("CONTENT_LENGTH")
    if not declared:
        return _read_chunks(environ, max_bytes)
    length = announced_bytes(environ, max_bytes)
    body = _read(environ, length)
    if len(body) < length:
        raise RequestError(f"the body ended after {len(body)} of {length} bytes")
    return body


def _read_chunks(environ: Mapping[str, Any], max_bytes: int | None) -> bytes:
    if "HTTP_TRANSFER_ENCODING" not in environ:
        return b""
    body = _read(environ, -1 if max_bytes is None else max_bytes + 1)
    if max_bytes is not None and len(body) > max_bytes:
        raise _too_large(max_bytes)
    return body


def _read(environ: Mapping[str, Any], size: int) -> bytes:
    try:
        body: bytes = environ["wsgi.input"].read(size)
        return body
    except Exception as error:  # the server's own kinds for broken chunks, OSError for a client that is gone or silent
        raise RequestError(f"the body could not be read to its end ({type(error).__name__})") from error


def _too_large(max_bytes: int) -> PayloadTooLarge:
    return PayloadTooLarge(
        f"the body is larger than {max_bytes} bytes; send fewer records at a time, or raise MAX_CONTENT_LENGTH"
    )
