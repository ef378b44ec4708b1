"""Incremental training: the channel `model` brings the model that training goes on from."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from contract.errors import ChannelError
from tests.contract.tree import Tree
from tests.training.jobs_of_hosts import MEAN, Job, job_of
from train import base_model

SERVICE = {
    "TrainingInputMode": "File",
    "S3DistributionType": "FullyReplicated",
    "RecordWrapperType": "None",
    "ContentType": "application/x-sagemaker-model",
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model directory of a finished job."""
    with job_of(tmp_path_factory.mktemp("trained")) as job:
        job.run()
        return job.leader.model


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A job of one host with an empty channel ``model``."""
    with job_of(tmp_path) as found:
        tree = found.leader
        tree.channel_folder("model").mkdir()
        tree.write_config("inputdataconfig", tree.read_config("inputdataconfig") | {"model": SERVICE})
        return found


def _pack(folder: Path, archive: Path) -> None:
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, arcname=".")


def _level(model: Path) -> float:
    return float(json.loads((model / "mean.json").read_text())["level"])


def _failure(job: Job) -> str:
    """Runs a job that must fail as the user's mistake; returns its failure text."""
    job.start(job.names[0])
    assert set(job.ends().values()) == {2}, job.logs()
    assert "Traceback" not in job.logs()
    assert list(job.temporary.iterdir()) == []
    return job.leader.failure or ""


def _packed(tree: Tree, trained: Path) -> None:
    _pack(trained, tree.channel_folder("model") / "model.tar.gz")


def _packed_in_a_folder(tree: Tree, trained: Path) -> None:
    with tarfile.open(tree.channel_folder("model") / "output-of-job-1.tar.gz", "w:gz") as tar:
        tar.add(trained, arcname="my-model")


def _unpacked(tree: Tree, trained: Path) -> None:
    shutil.copytree(trained, tree.channel_folder("model"), dirs_exist_ok=True)


def _unpacked_beside_its_archive(tree: Tree, trained: Path) -> None:
    _unpacked(tree, trained)
    (tree.channel_folder("model") / "model.tar.gz").write_bytes(b"not looked at")


@pytest.mark.parametrize("bring", [_packed, _packed_in_a_folder, _unpacked, _unpacked_beside_its_archive])
def test_training_goes_on_from_the_model_in_the_channel(
    job: Job, trained: Path, bring: Callable[[Tree, Path], None]
) -> None:
    bring(job.leader, trained)
    job.run()
    assert "goes on from a model" in job.logs()
    assert _level(job.leader.model) == pytest.approx(2 * _level(trained))
    assert list(job.temporary.iterdir()) == []


def test_the_content_type_of_the_channel_does_not_matter(job: Job, trained: Path) -> None:
    channels = job.leader.read_config("inputdataconfig")
    channels["model"] = {"TrainingInputMode": "File", "ContentType": "application/x-tar"}
    job.leader.write_config("inputdataconfig", channels)
    _packed(job.leader, trained)
    job.run()
    assert "goes on from a model" in job.logs()


def test_C15_an_algorithm_that_does_not_go_on_says_that_the_channel_is_not_used(tmp_path: Path) -> None:
    with job_of(tmp_path, subject=MEAN) as job:
        tree = job.leader
        tree.channel_folder("model").mkdir()
        (tree.channel_folder("model") / "model.tar.gz").write_bytes(b"no archive")
        tree.write_config("inputdataconfig", tree.read_config("inputdataconfig") | {"model": SERVICE})
        job.run()
        assert "channel model is not used: mean does not go on from an earlier model" in job.logs()


def test_an_empty_channel_is_named(job: Job) -> None:
    assert "channel 'model': is empty; give it the S3 address of a model.tar.gz" in _failure(job)


def test_pipe_mode_is_refused(job: Job, trained: Path) -> None:
    _packed(job.leader, trained)
    channels = job.leader.read_config("inputdataconfig")
    channels["model"]["TrainingInputMode"] = "Pipe"
    job.leader.write_config("inputdataconfig", channels)
    assert "channel 'model': Pipe mode is not supported" in _failure(job)


def test_several_archives_are_named(job: Job, trained: Path) -> None:
    for name in ("a.tar.gz", "b.tgz"):
        _pack(trained, job.leader.channel_folder("model") / name)
    assert "several archives: a.tar.gz, b.tgz; training goes on from one model" in _failure(job)


def test_something_that_is_no_archive_is_named(job: Job) -> None:
    (job.leader.channel_folder("model") / "weights.bin").write_bytes(b"weights")
    assert "holds neither a model.tar.gz nor a manifest.json but: weights.bin" in _failure(job)


def test_an_archive_without_a_manifest_names_what_is_in_it(job: Job, trained: Path) -> None:
    shutil.copytree(trained, job.folder / "foreign", ignore=shutil.ignore_patterns("manifest.json"))
    _pack(job.folder / "foreign", job.leader.channel_folder("model") / "model.tar.gz")
    failure = _failure(job)
    assert "model.tar.gz is no model of this image" in failure
    assert "mean.json" in failure


def test_a_model_of_another_algorithm_is_refused(job: Job, trained: Path) -> None:
    _unpacked(job.leader, trained)
    manifest = job.leader.channel_folder("model") / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"algorithm": "mean"}))
    assert "holds a model of mean (tests.toys.hosts), this job trains together" in _failure(job)


def test_a_damaged_manifest_is_refused(job: Job, trained: Path) -> None:
    _unpacked(job.leader, trained)
    (job.leader.channel_folder("model") / "manifest.json").write_text("{")
    assert "channel 'model': manifest.json cannot be read" in _failure(job)


@pytest.mark.parametrize("damage", ["cut", "changed", "not packed", "text"])
def test_a_damaged_archive_is_told_as_that(job: Job, trained: Path, damage: str) -> None:
    archive = job.leader.channel_folder("model") / "model.tar.gz"
    _pack(trained, archive)
    whole = archive.read_bytes()
    middle = len(whole) // 2
    archive.write_bytes(
        {
            "cut": whole[:middle],
            "changed": whole[:middle] + bytes(64) + whole[middle + 64 :],
            "not packed": gzip.decompress(whole),
            "text": gzip.compress(b"no tar at all" * 100),
        }[damage]
    )
    assert "model.tar.gz is damaged" in _failure(job)


def _archive(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for member, content in members:
            member.size = len(content) if member.isreg() else 0
            tar.addfile(member, io.BytesIO(content))
    return path


def _member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        (_member("../outside"), "leads out of its folder"),
        (_member("a/../../outside"), "leads out of its folder"),
        (_member("link", tarfile.SYMTYPE, "/etc/passwd"), "link or a device"),
        (_member("link", tarfile.LNKTYPE, "inside"), "link or a device"),
        (_member("pipe", tarfile.FIFOTYPE), "link or a device"),
        (_member("device", tarfile.CHRTYPE), "link or a device"),
        (_member("inside/below"), "cannot be unpacked"),
        (_member("x" * 300), "cannot be unpacked"),
    ],
    ids=lambda value: value.name[:20] if isinstance(value, tarfile.TarInfo) else None,
)
def test_an_archive_writes_regular_files_below_its_folder_only(
    tmp_path: Path, member: tarfile.TarInfo, reason: str
) -> None:
    archive = _archive(tmp_path / "m.tar.gz", (_member("inside"), b"harmless"), (member, b"harmful"))
    (tmp_path / "to").mkdir()
    with pytest.raises(ChannelError, match=reason):
        base_model.unpack(archive, tmp_path / "to")
    assert {path.name for path in tmp_path.rglob("*")} == {"m.tar.gz", "to", "inside"}


def test_an_absolute_name_is_unpacked_below_the_folder(tmp_path: Path) -> None:
    (tmp_path / "to").mkdir()
    base_model.unpack(_archive(tmp_path / "m.tar.gz", (_member("/sub/model.json"), b"{}")), tmp_path / "to")
    assert (tmp_path / "to" / "sub" / "model.json").read_bytes() == b"{}"


def test_owner_time_and_rights_in_an_archive_do_not_matter(tmp_path: Path) -> None:
    folder, file = _member("sub", tarfile.DIRTYPE), _member("sub/model.json")
    folder.mode, file.mode, file.mtime, file.uid = 0o000, 0o000, 1 << 62, 12345
    (tmp_path / "to").mkdir()
    base_model.unpack(_archive(tmp_path / "m.tar.gz", (folder, b""), (file, b"{}")), tmp_path / "to")
    unpacked = tmp_path / "to" / "sub" / "model.json"
    assert unpacked.read_bytes() == b"{}"
    assert unpacked.stat().st_uid == (tmp_path / "to").stat().st_uid
    assert unpacked.stat().st_mode & 0o600 == 0o600


def test_damage_behind_the_last_member_is_found_however_far_it_is(tmp_path: Path) -> None:
    """Tar ends at two empty blocks; the checksum of gzip comes after whatever follows them."""
    archive = _archive(tmp_path / "m.tar.gz", (_member("model.json"), b"{}"))
    packed = gzip.compress(gzip.decompress(archive.read_bytes()) + bytes(3 * base_model.PIECE))
    archive.write_bytes(packed[:-8] + bytes(4) + packed[-4:])
    (tmp_path / "to").mkdir()
    with pytest.raises(ChannelError, match=r"m\.tar\.gz is damaged"):
        base_model.unpack(archive, tmp_path / "to")


def _raw(path: Path, header: tarfile.TarInfo, content: bytes = b"") -> Path:
    """An archive of an empty file and a member whose header does not tell the truth."""
    headers = [member.tobuf(tarfile.GNU_FORMAT) for member in (_member("empty"), header)]
    path.write_bytes(gzip.compress(b"".join(headers) + content))
    return path


def test_an_archive_of_too_many_members_is_refused(tmp_path: Path) -> None:
    folder = _member("folder", tarfile.DIRTYPE)
    content = folder.tobuf() * base_model.MOST_MEMBERS
    (tmp_path / "to").mkdir()
    with pytest.raises(ChannelError, match="more than 10,000 members"):
        base_model.unpack(_raw(tmp_path / "m.tar.gz", folder, content), tmp_path / "to")


def test_an_archive_that_claims_more_than_the_disk_has_is_refused_before_it_is_written(tmp_path: Path) -> None:
    header = _member("huge")
    header.size = 1 << 60
    (tmp_path / "to").mkdir()
    with pytest.raises(ChannelError, match="give the job a larger volume"):
        base_model.unpack(_raw(tmp_path / "m.tar.gz", header, bytes(1024)), tmp_path / "to")
    assert not (tmp_path / "to" / "huge").exists()


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_that_would_fill_the_memory_is_refused(tmp_path: Path, kind: bytes) -> None:
    header = _member("././@LongLink", kind)
    header.size = 1 << 40
    (tmp_path / "to").mkdir()
    with pytest.raises(ChannelError, match="is damaged"):
        base_model.unpack(_raw(tmp_path / "m.tar.gz", header, bytes(4096)), tmp_path / "to")


@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.XHDTYPE])
def test_a_negative_size_ends_and_does_not_go_round_for_ever(tmp_path: Path, kind: bytes) -> None:
    header = _member("a", kind)
    header.size = -512
    (tmp_path / "to").mkdir()
    with pytest.raises(ChannelError, match="is damaged"):
        base_model.unpack(_raw(tmp_path / "m.tar.gz", header, bytes(4096)), tmp_path / "to")


def _pax(headers: dict[str, str]) -> bytes:
    member = _member("model.json")
    member.pax_headers = headers
    return member.tobuf(tarfile.PAX_FORMAT)


def _old_sparse_header() -> bytes:
    """The header of a sparse file whose map goes on in a block that is not there."""
    header = bytearray(_member("a", tarfile.GNUTYPE_SPARSE).tobuf(tarfile.GNU_FORMAT))
    header[482] = 1
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


@pytest.mark.parametrize(
    "content",
    [
        _pax({"path": "model\0.json"}),
        _pax({"GNU.sparse.map": "0,many"}),
        _pax({"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "a", "GNU.sparse.realsize": "1"}),
        _old_sparse_header(),
        _member("a", tarfile.XHDTYPE).tobuf() * 2000,
    ],
    ids=["name with NUL", "sparse map", "sparse file without map", "sparse file that goes on", "nested headers"],
)
def test_headers_that_tarfile_does_not_expect_are_damage(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "to").mkdir()
    (tmp_path / "m.tar.gz").write_bytes(gzip.compress(content))
    with pytest.raises(ChannelError, match="is damaged"):
        base_model.unpack(tmp_path / "m.tar.gz", tmp_path / "to")
