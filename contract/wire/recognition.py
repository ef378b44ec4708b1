"""Recognises bytes that are not the text that their media type promises, so that a message can say what they are."""

from __future__ import annotations

from contract.errors import Malformed

_COMPRESSED = "unpack it before it is sent, and upload plain files (or .gz, which training unpacks)"
_CSV = "write the data as CSV, or name the content type that they have"

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", f"is compressed with gzip; {_COMPRESSED}"),
    (b"PK\x03\x04", f"is a zip archive (.xlsx is one too); {_COMPRESSED}"),
    (b"BZh", f"is compressed with bzip2; {_COMPRESSED}"),
    (b"\x28\xb5\x2f\xfd", f"is compressed with Zstandard; {_COMPRESSED}"),
    (b"\xfd7zXZ\0", f"is compressed with xz; {_COMPRESSED}"),
    (b"PAR1", "is Parquet; name the content type application/x-parquet where it is read, or write CSV"),
    (b"\x93NUMPY", f"is an array of NumPy (.npy); {_CSV}"),
    (b"ORC", f"is ORC; {_CSV}"),
    (b"Obj\x01", f"is Avro; {_CSV}"),
    (b"\x89HDF\r\n", f"is HDF5; {_CSV}"),
    (b"ARROW1", f"is an Arrow file (Feather); {_CSV}"),
    (b"\x0a\x23\xd7\xce", "is RecordIO; name the content type application/x-recordio-protobuf"),
    *((b"\x80" + bytes([protocol]), f"is a Python pickle, which is never read; {_CSV}") for protocol in range(2, 6)),
    (b"\xff\xfe", "is UTF-16; name it, as in `text/csv; charset=utf-16`, or write UTF-8"),
    (b"\xfe\xff", "is UTF-16; name it, as in `text/csv; charset=utf-16`, or write UTF-8"),
)
_FIRST_BYTES = frozenset(beginning[0] for beginning, _ in _BEGINNINGS)
_LOOKED_AT = 200
_OF_UTF16 = 0.3
"""The share of zero bytes above which text is taken for UTF-16: of letters and digits every second byte is zero."""


def refuse_what_is_no_utf8_text(start: bytes) -> None:
    """Raises ``Malformed`` where the first bytes of a file or body are those of something else, by its own name."""
    if not start or (start[0] not in _FIRST_BYTES and 0 not in start[:_LOOKED_AT]):
        return
    for beginning, what in _BEGINNINGS:
        if start.startswith(beginning) and not _is_a_word(beginning, start):
            raise Malformed(f"this {what}")
    head = start[:_LOOKED_AT]
    if head.count(0) > _OF_UTF16 * len(head):
        order = "be" if head[0] == 0 else "le"
        raise Malformed(f"this is UTF-16; name it, as in `text/csv; charset=utf-16{order}`, or write UTF-8")


def refuse_carriage_returns(text: bytes) -> None:
    """Raises ``Malformed`` for lines that end in CR alone, which would all be one line."""
    if b"\r" in text and b"\n" not in text and text.strip(b"\r\n \t").count(b"\r"):
        raise Malformed("the lines end in CR alone, as on very old Macs; write LF or CRLF at their ends")


def _is_a_word(beginning: bytes, start: bytes) -> bool:
    """Returns whether a beginning of letters may as well be the first text of a CSV file."""
    return beginning.isalnum() and not any(byte < 9 or byte > 126 for byte in start[:_LOOKED_AT])
