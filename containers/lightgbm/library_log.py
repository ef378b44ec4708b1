"""The messages of the library while it learns, in the job's log."""

from __future__ import annotations

from collections.abc import Callable


class LibraryLog:
    """Takes the messages of ``lightgbm.register_logger``.

    The library repeats some warnings in every round; each text is written once.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._said: set[str] = set()

    def info(self, message: str) -> None:
        """Writes what the native library says, of any level: the text begins with it, ``[LightGBM] [Warning] …``."""
        text = " ".join(message.split())
        if text and text not in self._said:
            self._said.add(text)
            self._write(text)

    def warning(self, message: str) -> None:
        """Writes a warning of the Python side."""
        self.info(f"[LightGBM] [Warning] {message}")
