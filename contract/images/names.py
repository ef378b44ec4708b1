"""Names of many files, without an object for any."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator


class Names:
    """Names of files by number, from 0; of each are held its bytes in UTF-8 and where they end."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._text = bytearray()
        self._ends = array("q", [0])
        for name in names:
            self.append(name)

    def append(self, name: str) -> None:
        # Names that are no UTF-8 come with surrogates from the operating system, and go back to it as they came.
        self._text += name.encode("utf-8", "surrogateescape")
        self._ends.append(len(self._text))

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> str:
        return self._text[self._ends[number] : self._ends[number + 1]].decode("utf-8", "surrogateescape")

    def __iter__(self) -> Iterator[str]:
        return map(self.__getitem__, range(len(self)))
