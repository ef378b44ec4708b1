"""What the SDKs' local mode takes from a description."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from launch.description import Job
from launch.errors import UsageError
from launch.local_mode import folders, this_machine


def job(**channel: Any) -> Job:
    content = {"name": "bikes", "family": "xgboost", "channels": {"train": channel}}
    return Job.model_validate(content)


def test_a_channel_is_its_folder(tmp_path: Path) -> None:
    ((name, channel, folder),) = folders(job(local=str(tmp_path), content_type="text/csv"))
    assert (name, channel.content_type, folder) == ("train", "text/csv", str(tmp_path))


def test_a_channel_without_data_of_this_machine_is_refused_by_its_name() -> None:
    with pytest.raises(UsageError, match=r"channels\.train has no `local`"):
        list(folders(job(s3="s3://my-bucket/train/")))


def test_a_file_is_refused_because_its_neighbours_would_be_mounted_with_it(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("1,2\n")
    with pytest.raises(UsageError, match="local mode mounts folders"):
        list(folders(job(local=str(tmp_path / "rows.csv"))))


def test_this_machine_has_the_newest_image_of_the_family_and_a_role_that_nobody_looks_up(tmp_path: Path) -> None:
    at = this_machine(job(local=str(tmp_path)))
    assert at.image == "open-algorithms/xgboost:latest"
    assert at.role.startswith("arn:aws:iam::000000000000:role/")
