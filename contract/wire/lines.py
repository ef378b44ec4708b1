"""Text of any charset as blocks of whole UTF-8 lines, and the numbers in it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from contract import charsets
from contract.errors import Malformed, NotANumber
from contract.media_type import MediaType
from contract.wire.recognition import refuse_carriage_returns, refuse_what_is_no_utf8_text

BLOCK_BYTES = 8 << 20
LONGEST_RECORD = 64 << 20

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NUMBER = re.compile(r"[+-]?(?:nan|(?:\d++\.?+\d*+|\.\d++)(?:e[+-]?\d++)?+)", re.ASCII | re.IGNORECASE)
_ONLY_WINDOWS = range(0x80, 0xA0)
"""Bytes that are characters in the Windows code pages and control codes in ISO 8859."""
_INFINITE = re.compile(r"[+-]?inf(?:inity)?", re.IGNORECASE)


class Block(NamedTuple):
    """Some whole lines in UTF-8, parted by ``\\n`` alone; ``first`` is the number of its first line in the file."""

    first: int
    text: bytes

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Every line with its number, without its end; an empty one after a final line end."""
        return enumerate(self.text.split(b"\n"), self.first)


def blocks(stream: BinaryIO, media_type: MediaType) -> Iterator[Block]:
    """Cuts a stream at line ends into blocks of about 8 MiB; a single longer line is read up to 64 MiB."""
    first, rest = 1, b""
    for part in _utf8_parts(stream, media_type):
        text = rest + part
        cut = text.rfind(b"\n") + 1
        whole, rest = text[:cut], text[cut:]
        if len(rest) > LONGEST_RECORD:
            raise Malformed(f"the line goes on for {LONGEST_RECORD >> 20} MiB: is this a text file?", f"line {first}")
        if whole:
            yield Block(first, _tidy(whole, first))
            first += whole.count(b"\n")
    if rest:
        yield Block(first, _tidy(rest, first))


def one_block(body: bytes, media_type: MediaType) -> Block:
    """A whole body as one block."""
    text = utf8(body, media_type)
    refuse_carriage_returns(text)
    return Block(1, _tidy(text, 1))


def utf8(body: bytes, media_type: MediaType) -> bytes:
    """The body in UTF-8 without byte order mark, its line ends untouched."""
    decode = charsets.decoder(media_type)
    if decode is not None:
        body = decode(body, True).encode()
    else:
        refuse_what_is_no_utf8_text(body)
    return body.removeprefix(_BYTE_ORDER_MARK)


def line_text(line: bytes, number: int) -> str:
    """One line as text; the number is for the message when it is not UTF-8."""
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        byte = line[error.start]
        likely = "windows-1252" if byte in _ONLY_WINDOWS else "iso-8859-1"
        what = f"byte 0x{byte:02x} is not UTF-8; name the encoding of the text, as in `charset={likely}`"
        raise Malformed(what, f"line {number}") from None


def is_number(cell: str) -> bool:
    """Returns whether the text means a number at all, if only infinity or nan."""
    return bool(_NUMBER.fullmatch(cell) or _INFINITE.fullmatch(cell))


def number(cell: str, where: Callable[[], str]) -> float:
    """The value of a decimal number or ``nan``; anything else is refused, infinity and 1e39 with their own reason."""
    if not _NUMBER.fullmatch(cell):
        if _INFINITE.fullmatch(cell):
            raise Malformed(f"{shortened(cell)} is infinite", where())
        raise NotANumber(f"{shortened(cell)} is not a number", where())
    value = float(cell)
    if abs(value) >= TOO_LARGE:
        raise Malformed(f"{shortened(cell)} is beyond the range of 32-bit floats", where())
    return value


TOO_LARGE = math.ldexp(1, 128) - math.ldexp(1, 103)
"""The smallest number that rounds to infinity as a 32-bit float."""


def shortened(text: str) -> str:
    """The text in quotes, cut to a length that fits a message."""
    return repr(text if len(text) <= 40 else text[:37] + "...")


def _tidy(text: bytes, first: int) -> bytes:
    if first == 1:
        text = text.removeprefix(_BYTE_ORDER_MARK)
    return text.replace(b"\r\n", b"\n").removesuffix(b"\r")


def _utf8_parts(stream: BinaryIO, media_type: MediaType) -> Iterator[bytes]:
    decode, part = charsets.decoder(media_type), stream.read(BLOCK_BYTES)
    if decode is None:
        refuse_what_is_no_utf8_text(part)
        refuse_carriage_returns(part)
    while part:
        yield part if decode is None else decode(part, False).encode()
        part = stream.read(BLOCK_BYTES)
    if decode is not None:
        yield decode(b"", True).encode()
