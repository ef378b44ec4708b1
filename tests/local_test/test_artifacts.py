"""Archives: what is packed and unpacked, and what is refused."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from local_test.artifacts import pack, unpack
from local_test.errors import ModelArchiveError


def archive_with(path: Path, member: tarfile.TarInfo, content: bytes = b"") -> Path:
    member.size = len(content)
    with tarfile.open(path, "w:gz") as tar:
        tar.addfile(member, io.BytesIO(content))
    return path


def test_what_was_packed_comes_out_again(tmp_path: Path) -> None:
    (tmp_path / "model" / "deep").mkdir(parents=True)
    (tmp_path / "model" / "deep" / "weights.bin").write_bytes(b"\x00\x01")
    (tmp_path / "model" / ".hidden").write_text("kept")
    (tmp_path / "unpacked").mkdir()
    pack(tmp_path / "model", tmp_path / "model.tar.gz")
    unpack(tmp_path / "model.tar.gz", tmp_path / "unpacked")
    assert (tmp_path / "unpacked" / "deep" / "weights.bin").read_bytes() == b"\x00\x01"
    assert (tmp_path / "unpacked" / ".hidden").read_text() == "kept"


def test_a_hard_link_inside_the_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    os.link(tmp_path / "a", tmp_path / "b")
    with pytest.raises(ModelArchiveError, match="a hard link to"):
        pack(tmp_path, tmp_path.parent / "model.tar.gz")


def test_a_fifo_inside_the_model_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ModelArchiveError, match="pipe is neither a file nor a folder"):
        pack(tmp_path, tmp_path.parent / "model.tar.gz")


@pytest.mark.parametrize("name", ["../outside", "/outside", "a/../../outside"])
def test_a_member_that_leads_out_of_the_folder_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    with pytest.raises(ModelArchiveError, match="leads out of the model folder"):
        unpack(archive_with(tmp_path / "m.tar.gz", tarfile.TarInfo(name), b"x"), tmp_path / "model")
    assert not (tmp_path / "outside").exists()


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    link = tarfile.TarInfo("link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with pytest.raises(ModelArchiveError, match="a link or a device"):
        unpack(archive_with(tmp_path / "m.tar.gz", link), tmp_path)


def test_a_file_that_is_no_archive_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "m.tar.gz").write_text("a model, honestly")
    with pytest.raises(ModelArchiveError, match=r"give a tar\.gz"):
        unpack(tmp_path / "m.tar.gz", tmp_path)
