"""How channels are found and read where an input arranges them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from contract.errors import ChannelError
from contract.source import Source
from contract.tables.input import TableInput
from tests.contract.runtime import Processes, run
from tests.contract.subject import Subject
from tests.contract.tree import Tree
from tests.toys.mean.averaging import Mean, MeanHyperparameters
from tests.training.jobs_of_hosts import Job, job_of
from train import channels, environment

WORDS = Subject("tests.toys.words", "words")


@pytest.fixture
def job(tmp_path: Path) -> Job:
    with job_of(tmp_path) as found:
        return found


def _add_channel(job: Job, name: str, content: str, **fields: str) -> None:
    tree = job.leader
    tree.channel_folder(name).mkdir()
    (tree.channel_folder(name) / "file").write_text(content)
    entry = {"TrainingInputMode": "File", "ContentType": "text/csv", **fields}
    tree.write_config("inputdataconfig", tree.read_config("inputdataconfig") | {name: entry})


def test_a_companion_is_logged_and_handed_to_the_channel_that_it_is_about(job: Job) -> None:
    _add_channel(job, "train_notes", "sense")
    job.run()
    assert "channel train_notes: reading 1 files" in job.logs()
    assert "channel train_notes: rows" not in job.logs()


def test_a_companion_that_is_bad_is_the_one_that_is_named(job: Job) -> None:
    _add_channel(job, "train_notes", "nonsense")
    job.start(job.names[0])
    assert set(job.ends().values()) == {2}, job.logs()
    assert "channel 'train_notes': is nonsense" in (job.leader.failure or "")


def test_channels_of_one_job_may_have_different_types(job: Job) -> None:
    file = job.leader.channel_file("validation")
    rows = [line.split(",") for line in file.read_text().splitlines()]
    file.write_text(
        "".join(f"{row[0]} " + " ".join(f"{i}:{cell}" for i, cell in enumerate(row[1:])) + "\n" for row in rows)
    )
    entries = job.leader.read_config("inputdataconfig")
    entries["validation"]["ContentType"] = "text/libsvm"
    job.leader.write_config("inputdataconfig", entries)
    job.run()
    assert "channel validation: rows 20" in job.logs()


def _parted(sources: Mapping[str, Source]) -> Mapping[str, Source]:
    return {"test": replace(sources["validation"], channel="validation"), "train": sources["train"]}


class Parted(Mean):
    input = TableInput[MeanHyperparameters](content_types=("text/csv",), arrange=_parted)


def test_what_arrange_returns_is_read_the_declared_channels_first(job: Job) -> None:
    told = environment.read({"SAGEMAKER_BASE_DIR": str(job.leader.base), "ALGORITHM_FAMILY": "any"})
    algorithm = Parted()
    sources = channels.locate(told, algorithm)
    data = channels.read(sources, algorithm, MeanHyperparameters())
    assert [(name, len(table)) for name, table in data.items()] == [("train", 60), ("test", 20)]


@pytest.mark.parametrize(("field", "expected"), [("ShardedByS3Key", True), ("FullyReplicated", False), (None, False)])
def test_a_job_knows_whether_its_train_channel_is_sharded_whatever_its_name(
    job: Job, field: str | None, expected: bool
) -> None:
    folder = job.leader.channel_folder("train")
    shutil.move(folder, folder.with_name("training"))
    entry = {"TrainingInputMode": "File"} | ({"S3DistributionType": field} if field else {})
    job.leader.write_config(
        "inputdataconfig", {"training": entry, "validation": {"S3DistributionType": "ShardedByS3Key"}}
    )
    told = environment.read({"SAGEMAKER_BASE_DIR": str(job.leader.base), "ALGORITHM_FAMILY": "any"})
    assert channels.is_sharded(told, Mean()) is expected


def _locate(job: Job, hosts: list[str], train: str, validation: str) -> set[str]:
    """The channels that the first of several hosts finds."""
    entries = job.leader.read_config("inputdataconfig")
    entries["train"]["S3DistributionType"] = train
    entries["validation"]["S3DistributionType"] = validation
    job.leader.write_config("inputdataconfig", entries)
    job.leader.write_config("resourceconfig", {"current_host": hosts[0], "hosts": hosts})
    told = environment.read({"SAGEMAKER_BASE_DIR": str(job.leader.base), "ALGORITHM_FAMILY": "any"})
    return set(channels.locate(told, Mean()))


def test_several_hosts_refuse_a_sharded_validation_channel_beside_a_replicated_train_channel(job: Job) -> None:
    with pytest.raises(ChannelError, match=r"'validation'.*ShardedByS3Key.*'train'.*S3DataDistributionType.*same"):
        _locate(job, ["algo-1", "algo-2"], "FullyReplicated", "ShardedByS3Key")


@pytest.mark.parametrize(
    ("hosts", "train", "validation"),
    [
        (["algo-1"], "FullyReplicated", "ShardedByS3Key"),
        (["algo-1", "algo-2"], "ShardedByS3Key", "ShardedByS3Key"),
        (["algo-1", "algo-2"], "ShardedByS3Key", "FullyReplicated"),
    ],
)
def test_other_distributions_of_channels_are_taken(job: Job, hosts: list[str], train: str, validation: str) -> None:
    """With a replicated validation channel every host judges all of it, and the means are the same."""
    assert _locate(job, hosts, train, validation) == {"train", "validation"}


@pytest.fixture
def words(tmp_path: Path) -> Tree:
    """A job whose channel ``ignored`` has a content type of its own, and names none."""
    return Tree.copy(WORDS.example, tmp_path / "words")


def trained(tree: Tree, **entry: str) -> tuple[int, str]:
    config = tree.read_config("inputdataconfig")
    tree.write_config("inputdataconfig", config | {"ignored": config["ignored"] | entry})
    return run(Processes(), ["train"], WORDS, tree, {})


@pytest.mark.parametrize("entry", [{}, {"ContentType": "application/json"}], ids=["none", "its own"])
def test_a_channel_may_have_a_content_type_of_its_own_which_is_meant_where_none_is_given(
    words: Tree, entry: dict[str, str]
) -> None:
    exit_code, log = trained(words, **entry)
    assert exit_code == 0, log
    manifest = json.loads((words.model / "manifest.json").read_text())
    assert manifest["signature"]["ignored"] == ["not", "today", "was", "we"]


def test_a_channel_of_its_own_content_type_does_not_take_those_of_the_training_data(words: Tree) -> None:
    exit_code, _ = trained(words, ContentType="text/plain")
    assert exit_code == 2
    assert "channel 'ignored': content type 'text/plain' is not supported; use application/json" in (
        words.failure or ""
    )


def test_the_content_type_of_one_channel_is_not_that_of_the_others(words: Tree) -> None:
    config = words.read_config("inputdataconfig")
    words.write_config("inputdataconfig", config | {"train": config["train"] | {"ContentType": "application/json"}})
    exit_code, _ = trained(words)
    assert exit_code == 2
    assert "channel 'train': content type 'application/json' is not supported; use text/plain" in (words.failure or "")
