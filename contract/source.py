"""The files of one channel, from which training data is read."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from contract.errors import ChannelError, Malformed

GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True)
class Source:
    """One channel of a training job: its name, its folder, the data files found in it (sorted) and its ContentType.

    ``companions`` are channels that say more about this one, by the algorithm's name for them: an input's ``arrange``
    puts a list of labels beside the images that it is of. An input tells ``log`` what it decided about the data, which
    whoever trains a model would want to know: columns that it left out, texts that it took for the same category.
    """

    channel: str
    folder: Path
    files: tuple[Path, ...]
    content_type: str | None = None
    companions: Mapping[str, Source] = field(default_factory=dict)
    log: Callable[[str], None] = field(default=lambda line: None, compare=False)
    """Writes one line to the job's log, with the channel's name in front."""
    reading: Callable[[str], None] = field(default=lambda place: None, compare=False)
    """Is told the file that is open, and "" once it is not: a library may end the whole process over what it reads."""

    @contextmanager
    def open(self, path: Path) -> Iterator[BinaryIO]:
        """Opens one of ``files`` for reading, unpacking gzip; what goes wrong inside names channel and file."""
        place = f"channel {self.channel!r}, file {path.relative_to(self.folder)}"
        self.reading(place)
        try:
            with path.open("rb") as plain:
                packed = plain.read(2) == GZIP_MAGIC
                plain.seek(0)
                yield cast(BinaryIO, gzip.GzipFile(fileobj=plain)) if packed else plain
        except Malformed as error:
            where = f", {error.where}" if error.where else ""
            raise ChannelError(f"{place}{where}: {error.what}") from error
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise ChannelError(f"{place}: is a damaged gzip file ({error}); upload it again") from error
        except OSError as error:
            raise ChannelError(f"{place}: cannot be read ({error.strerror or error})") from error
        finally:
            self.reading("")
