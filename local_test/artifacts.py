"""model.tar.gz and output.tar.gz: packed as the service packs them, unpacked as it unpacks them."""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from local_test.errors import ModelArchiveError


def pack(folder: Path, archive: Path) -> None:
    """Packs a folder's content with its members at the root of the archive.

    Raises ModelArchiveError for links, devices and sockets: the service would run such a job and then refuse its
    model.
    """
    paths = sorted(_checked(folder))
    with tarfile.open(archive, "w:gz", compresslevel=6) as tar:
        for path in paths:
            tar.add(path, arcname=path.relative_to(folder).as_posix(), recursive=False, filter=_anonymous)


def unpack(archive: Path, folder: Path) -> None:
    """Unpacks an archive into an existing folder; refuses links, devices, absolute paths and ``..``."""
    try:
        with tarfile.open(archive, "r:*") as tar:
            for member in tar:
                _unpack_member(tar, member, folder)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ModelArchiveError(
            f"{archive} cannot be unpacked ({error}): give a tar.gz with the model's files"
        ) from error


def set_read_only(folder: Path, read_only: bool) -> None:
    """Takes the write permission from everything in a folder, or gives it back to the owner."""
    for at, _, files in os.walk(folder, topdown=False):
        for name in files:
            Path(at, name).chmod(0o444 if read_only else 0o644)
        Path(at).chmod(0o555 if read_only else 0o755)


def _checked(folder: Path) -> Iterator[Path]:
    seen: dict[tuple[int, int], str] = {}
    for at, folders, files in os.walk(folder):
        for name in folders + files:
            path = Path(at, name)
            shown = path.relative_to(folder).as_posix()
            if path.is_symlink():
                raise _refused(shown, "a symbolic link")
            if path.is_file():
                status = path.stat()
                twin = seen.setdefault((status.st_dev, status.st_ino), shown)
                if twin != shown:
                    raise _refused(shown, f"a hard link to {twin}")
            elif not path.is_dir():
                raise _refused(shown, "neither a file nor a folder")
            yield path


def _refused(path: str, what: str) -> ModelArchiveError:
    return ModelArchiveError(f"{path} is {what}: SageMaker takes regular files and folders only, write a copy")


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Sets root as owner: the owner on this machine means nothing where the archive is unpacked."""
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def _unpack_member(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts:
        raise ModelArchiveError(f"{member.name!r} leads out of the model folder: pack the files with plain names")
    target = folder / path
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
    elif member.isreg():
        target.parent.mkdir(parents=True, exist_ok=True)
        content = tar.extractfile(member)
        assert content is not None
        with content, target.open("wb") as file:
            shutil.copyfileobj(content, file)
    else:
        raise _refused(member.name, "a link or a device")
