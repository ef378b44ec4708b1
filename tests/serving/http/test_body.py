from __future__ import annotations

import io
from typing import Any

import pytest

from contract.errors import PayloadTooLarge, RequestError
from serve.http.body import RequestBody


class Refusing(io.RawIOBase):
    """A stream that must not be read."""

    def read(self, size: int = -1) -> bytes:
        raise AssertionError("read although Content-Length says that it is too much")


class Broken(io.RawIOBase):
    def read(self, size: int = -1) -> bytes:
        raise ConnectionResetError("the client is gone")


def read_body(environ: dict[str, Any], max_bytes: int | None) -> bytes:
    return RequestBody(environ, max_bytes).read()


def sized(body: bytes, declared: int | None = None) -> dict[str, Any]:
    return {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body) if declared is None else declared)}


def chunked(body: bytes) -> dict[str, Any]:
    return {"wsgi.input": io.BytesIO(body), "HTTP_TRANSFER_ENCODING": "chunked"}


def test_a_body_is_read_to_its_declared_length() -> None:
    assert read_body(sized(b"1,2\n3,4\n", declared=4), 100) == b"1,2\n"


def test_V20_a_chunked_body_is_read_to_its_end() -> None:
    assert read_body(chunked(b"1,2\n"), 100) == b"1,2\n"


def test_a_request_without_length_and_chunks_has_no_body() -> None:
    assert read_body({"wsgi.input": Refusing()}, 100) == b""


def test_V11_a_declared_length_above_the_limit_is_refused_unread() -> None:
    with pytest.raises(PayloadTooLarge, match="larger than 5 bytes"):
        read_body({"wsgi.input": Refusing(), "CONTENT_LENGTH": "6"}, 5)


def test_V11_a_chunked_body_above_the_limit_is_refused() -> None:
    assert read_body(chunked(b"12345"), 5) == b"12345"
    with pytest.raises(PayloadTooLarge):
        read_body(chunked(b"123456"), 5)


def test_B06_without_a_limit_any_size_is_read() -> None:
    body = b"1" * 3_000_000
    assert read_body(chunked(body), None) == body
    assert read_body(sized(body), None) == body


def test_a_body_may_have_as_many_bytes_as_it_says_and_a_chunked_one_all_that_are_allowed() -> None:
    assert RequestBody(sized(b"1,2\n"), 100).size == 4
    assert RequestBody(chunked(b"1,2\n"), 100).size == 100
    assert RequestBody(chunked(b"1,2\n"), None).size == 0
    assert RequestBody({"wsgi.input": Refusing()}, 100).size == 0


def test_a_body_of_no_bytes_is_not_waited_for() -> None:
    assert read_body({"wsgi.input": Refusing(), "CONTENT_LENGTH": "0", "HTTP_TRANSFER_ENCODING": "chunked"}, 5) == b""


def test_a_body_that_ends_early_is_not_taken_for_a_whole_one() -> None:
    with pytest.raises(RequestError, match="ended after 4 of 9 bytes"):
        read_body(sized(b"1,2\n", declared=9), 100)


def test_a_client_that_disappears_is_a_request_error() -> None:
    with pytest.raises(RequestError, match="could not be read"):
        read_body({"wsgi.input": Broken(), "CONTENT_LENGTH": "6"}, 100)
