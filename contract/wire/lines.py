"""Text of any charset as blocks of whole UTF-8 lines, and the numbers in it."""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from contract.errors import Malformed, NotANumber
from contract.media_type import MediaType

BLOCK_BYTES = 8 << 20
LONGEST_RECORD = 64 << 20

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NUMBER = re.compile(r"[+-]?(?:nan|(?:\d++\.?+\d*+|\.\d++)(?:e[+-]?\d++)?+)", re.ASCII | re.IGNORECASE)
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
    return Block(1, _tidy(utf8(body, media_type), 1))


def utf8(body: bytes, media_type: MediaType) -> bytes:
    """The body in UTF-8 without byte order mark, its line ends untouched."""
    decode = _decoder(media_type)
    if decode is not None:
        body = decode(body, True).encode()
    return body.removeprefix(_BYTE_ORDER_MARK)


def line_text(line: bytes, number: int) -> str:
    """One line as text; the number is for the message when it is not UTF-8."""
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        what = f"byte 0x{line[error.start]:02x} is not UTF-8; name the encoding, as in `charset=latin-1`"
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
    decode = _decoder(media_type)
    while part := stream.read(BLOCK_BYTES):
        yield part if decode is None else decode(part, False).encode()
    if decode is not None:
        yield decode(b"", True).encode()


def _decoder(media_type: MediaType) -> Callable[[bytes, bool], str] | None:
    """Returns what turns the bytes of the media type's charset into text, or None where they are UTF-8 already."""
    charset = media_type.parameters.get("charset", "utf-8")
    if charset.lower() in ("utf-8", "utf8", "us-ascii", "ascii"):
        return None
    try:
        "0".encode(charset)  # also refuses codecs that are not encodings of text, such as hex and zip
        decoder = codecs.getincrementaldecoder(charset)()
    except (LookupError, ValueError):
        raise Malformed(f"charset {shortened(charset)} is unknown; use utf-8, latin-1, cp1252 or utf-16") from None
    return _told(decoder, charset)


def _told(decoder: codecs.IncrementalDecoder, charset: str) -> Callable[[bytes, bool], str]:
    def decode(part: bytes, final: bool) -> str:
        try:
            return decoder.decode(part, final)
        except UnicodeError as error:
            raise Malformed(f"the text is not {charset}: {error}") from None

    return decode
