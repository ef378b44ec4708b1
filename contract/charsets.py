"""The charsets in which text is read: those that people use, by their names in IANA's registry and usual other ones.

Python knows many codecs more. Some of them are no charsets, some take quadratic time, so none is found by its name.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping

from contract.errors import Malformed
from contract.media_type import MediaType

UTF8 = "utf-8"

_NAMES: Mapping[str, tuple[str, ...]] = {
    UTF8: ("utf-8", "utf8", "us-ascii", "ascii", "utf-8-sig"),
    "utf-16": ("utf-16", "utf16"),
    "utf-16-le": ("utf-16le", "utf-16-le"),
    "utf-16-be": ("utf-16be", "utf-16-be"),
    "latin-1": ("iso-8859-1", "latin-1", "latin1", "iso8859-1", "iso_8859-1"),
    "iso8859-2": ("iso-8859-2", "latin2", "latin-2"),
    "iso8859-15": ("iso-8859-15", "latin-9", "latin9"),
    "cp1250": ("windows-1250", "cp1250"),
    "cp1251": ("windows-1251", "cp1251"),
    "cp1252": ("windows-1252", "cp1252"),
    "koi8-r": ("koi8-r",),
    "shift_jis": ("shift_jis", "shift-jis", "sjis"),
    "cp932": ("windows-31j", "cp932"),
    "euc_jp": ("euc-jp",),
    "gb18030": ("gb18030", "gbk", "gb2312"),
    "big5": ("big5",),
    "euc_kr": ("euc-kr",),
}
_CODECS: Mapping[str, str] = {name: codec for codec, names in _NAMES.items() for name in names}

USUAL = "utf-8, iso-8859-1, windows-1252 or utf-16"
"""The charsets that messages name."""


def codec(media_type: MediaType) -> str:
    """Returns Python's name of the charset of a media type; raises ``Malformed`` for one that is not read."""
    charset = media_type.parameters.get("charset", UTF8)
    found = _CODECS.get(charset.lower())
    if found is None:
        shown = charset if len(charset) <= 40 else charset[:37] + "..."
        raise Malformed(f"charset {shown!r} is not read; use {USUAL}")
    return found


def decoder(media_type: MediaType) -> Callable[[bytes, bool], str] | None:
    """Returns what turns bytes, part by part and finally the last, into text; None where they are UTF-8 already.

    It raises ``Malformed`` for bytes that are not of the charset, and this function for a charset that is not read.
    """
    if "charset" not in media_type.parameters:
        return None
    name = codec(media_type)
    return None if name == UTF8 else _told(codecs.getincrementaldecoder(name)(), media_type.parameters["charset"])


def _told(decoder: codecs.IncrementalDecoder, charset: str) -> Callable[[bytes, bool], str]:
    def decode(part: bytes, final: bool) -> str:
        try:
            return decoder.decode(part, final)
        except UnicodeError as error:
            raise Malformed(f"the text is not {charset}: {error}") from None

    return decode
