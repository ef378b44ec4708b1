"""What a job reads of the files and variables around it, and how it locates its channels: no process is started."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contract.errors import ChannelError, PlatformError
from tests.toys.hosts.together import Together
from tests.toys.mean.averaging import Mean
from train import channels
from train.environment import ChannelConfig, Environment, Paths, read


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """An empty tree."""
    (tmp_path / "input" / "config").mkdir(parents=True)
    (tmp_path / "input" / "data").mkdir()
    return tmp_path


def _read(base: Path, *, family: str = "tests.toys.mean", algorithm: str = "", **files: Any) -> Environment:
    """Reads a tree with these configuration files; texts are written as they are."""
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (base / "input" / "config" / f"{name}.json").write_text(text)
    return read({"SAGEMAKER_BASE_DIR": str(base), "ALGORITHM_FAMILY": family, "ALGORITHM": algorithm})


def _fill(base: Path, *names: str, content: str = "1,2\n") -> None:
    for name in names:
        path = base / "input" / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def test_the_tree_lies_under_opt_ml_unless_a_variable_moves_it() -> None:
    assert Paths.of({}).base == Paths.of({"SAGEMAKER_BASE_DIR": ""}).base == Path("/opt/ml")
    assert Paths.of({"SAGEMAKER_BASE_DIR": "/tmp/ml"}).output_data == Path("/tmp/ml/output/data")


def test_without_any_file_a_job_has_one_host_and_no_channel(base: Path) -> None:
    told = _read(base)
    assert (told.hosts, told.host, told.channels, told.checkpoints) == (("algo-1",), "algo-1", {}, None)
    assert (told.hyperparameters, told.algorithm, told.job_name) == ({}, None, "")


def test_a_family_must_be_named(base: Path) -> None:
    with pytest.raises(PlatformError, match="ALGORITHM_FAMILY is not set"):
        _read(base, family="")


@pytest.mark.parametrize("chosen", ["knn", '"knn"'])
def test_the_hyperparameter_chooses_the_algorithm_before_the_variable(base: Path, chosen: str) -> None:
    assert _read(base, algorithm="kmeans").algorithm == "kmeans"
    assert _read(base, algorithm="kmeans", hyperparameters={"algorithm": chosen}).algorithm == "knn"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "hyperparameters.json cannot be read as JSON"),
        ("[1]", "hyperparameters.json must hold one JSON object, not list"),
    ],
)
def test_a_file_that_is_no_object_is_named(base: Path, content: str, reason: str) -> None:
    with pytest.raises(PlatformError, match=reason):
        _read(base, hyperparameters=content)


def test_a_file_that_cannot_be_opened_is_named(base: Path) -> None:
    (base / "input" / "config" / "resourceconfig.json").mkdir()
    with pytest.raises(PlatformError, match=r"resourceconfig\.json cannot be read"):
        _read(base)


@pytest.mark.parametrize("hosts", [["algo-1", "algo-1"], ["algo-2"], "algo-1"])
def test_hosts_that_do_not_hold_the_current_one_once_are_refused(base: Path, hosts: object) -> None:
    with pytest.raises(PlatformError, match=r"resourceconfig\.json: .*hosts"):
        _read(base, resourceconfig={"current_host": "algo-1", "hosts": hosts})


def test_hosts_stay_in_the_order_of_the_file(base: Path) -> None:
    told = _read(base, resourceconfig={"current_host": "algo-1", "hosts": ["algo-2", "algo-1"]})
    assert (told.host, told.hosts) == ("algo-1", ("algo-2", "algo-1"))


@pytest.mark.parametrize("entry", [{"TrainingInputMode": 1}, {"ContentType": ["text/csv"]}, "File", None])
def test_a_channel_of_a_wrong_form_is_named(base: Path, entry: object) -> None:
    with pytest.raises(PlatformError, match=r"inputdataconfig\.json: .*channel 'train'"):
        _read(base, inputdataconfig={"train": entry})


def test_a_channel_is_a_file_channel_without_a_type_where_nothing_is_said(base: Path) -> None:
    assert _read(base, inputdataconfig={"train": {}}).channels == {"train": ChannelConfig("File", None, sharded=False)}


def test_without_inputdataconfig_the_folders_are_the_channels(base: Path) -> None:
    _fill(base, "train/a.csv", "validation/a.csv", "stray.csv")
    assert _read(base).channels == dict.fromkeys(["train", "validation"], ChannelConfig("File", None, sharded=False))


def test_checkpoints_are_where_the_configuration_says_and_only_if_that_folder_is_there(base: Path) -> None:
    config = {"LocalPath": str(base / "mine")}
    assert _read(base, checkpointconfig=config).checkpoints is None
    (base / "mine").mkdir()
    (base / "checkpoints").mkdir()
    assert _read(base, checkpointconfig=config).checkpoints == base / "mine"
    assert _read(base, checkpointconfig={}).checkpoints == base / "checkpoints"


def _located(base: Path, **entries: Any) -> dict[str, list[str]]:
    """The names of the files of each channel that the toy ``mean`` finds."""
    sources = channels.locate(_read(base, inputdataconfig=entries), Mean())
    return {name: [path.name for path in source.files] for name, source in sources.items()}


def test_a_required_channel_that_is_missing_is_named_with_those_that_there_are(base: Path) -> None:
    _fill(base, "validation/a.csv")
    with pytest.raises(ChannelError, match="channel 'train' is required and not given; the job has: validation"):
        _located(base, validation={})
    with pytest.raises(ChannelError, match="the job has: no channel"):
        _located(base)


def test_an_unknown_channel_is_named_with_those_that_are_read(base: Path) -> None:
    _fill(base, "train/a.csv", "tests/a.csv")
    with pytest.raises(ChannelError, match=r"channel 'tests' is unknown; mean reads train, validation \(optional\)"):
        _located(base, train={}, tests={})


def test_a_channel_under_two_of_its_names_is_refused(base: Path) -> None:
    _fill(base, "train/a.csv", "training/a.csv")
    with pytest.raises(ChannelError, match="'train' and 'training' are the same channel"):
        _located(base, train={}, training={})


def test_channels_of_programs_and_models_are_no_data(base: Path) -> None:
    _fill(base, "train/a.csv", "code/train.py", "model/model.tar.gz")
    assert _located(base, code={}, train={}, model={}) == {"train": ["a.csv"]}


@pytest.mark.parametrize(("mode", "reason"), [("Pipe", "Pipe mode is not supported"), ("Tape", "unknown input mode")])
def test_a_mode_that_brings_no_files_is_refused(base: Path, mode: str, reason: str) -> None:
    _fill(base, "train/a.csv")
    with pytest.raises(ChannelError, match=f"channel 'train': {reason}"):
        _located(base, train={"TrainingInputMode": mode})


def test_a_content_type_is_known_in_any_case_and_with_parameters_or_refused_by_name(base: Path) -> None:
    _fill(base, "train/a.csv")
    assert _located(base, train={"ContentType": "Text/CSV; label_size=1"}) == {"train": ["a.csv"]}
    with pytest.raises(ChannelError, match=r"content type 'image/png' is not supported; use text/csv"):
        _located(base, train={"ContentType": "image/png"})


def test_empty_and_hidden_files_are_no_data_and_the_others_are_sorted_through_all_folders(base: Path) -> None:
    _fill(base, "train/b.csv", "train/a/c.csv", "train/.hidden", "train/_SUCCESS", "train/_old/d.csv", "train/a.csv")
    _fill(base, "train/empty.csv", content="")
    assert _located(base, train={}) == {"train": ["a.csv", "c.csv", "b.csv"]}


@pytest.mark.parametrize(("distribution", "hint"), [("FullyReplicated", False), ("ShardedByS3Key", True)])
def test_a_channel_without_data_is_named_and_a_sharded_one_may_have_too_few_files(
    base: Path, distribution: str, hint: bool
) -> None:
    _fill(base, "train/empty.csv", content="")
    with pytest.raises(ChannelError, match="channel 'train': no data file in it; check the S3 prefix") as caught:
        _located(base, train={"S3DistributionType": distribution})
    assert ("ShardedByS3Key left this host without one" in str(caught.value)) is hint


def test_folders_that_link_to_each_other_are_read_once(base: Path) -> None:
    _fill(base, "train/a.csv")
    (base / "input" / "data" / "train" / "again").symlink_to(base / "input" / "data" / "train")
    assert _located(base, train={}) == {"train": ["a.csv"]}


def test_a_file_that_cannot_be_read_is_named(base: Path) -> None:
    _fill(base, "train/a.csv")
    (base / "input" / "data" / "train" / "lost.csv").symlink_to("/nowhere/lost.csv")
    with pytest.raises(ChannelError, match=r"lost\.csv in .*train cannot be read"):
        _located(base, train={})


def test_a_channel_read_without_a_content_type_says_as_what_it_was_read(base: Path) -> None:
    _fill(base, "train/a.csv", content="1,2\nno,numbers\n")
    params = Together.Hyperparameters()
    for entry, told in (({}, True), ({"ContentType": "text/csv"}, False)):
        sources = channels.locate(_read(base, inputdataconfig={"train": entry}), Together())
        with pytest.raises(ChannelError) as caught:
            channels.read(sources, Together(), params)
        assert ("has no ContentType, so it was read as text/csv)" in str(caught.value)) is told


def test_the_log_tells_what_is_read_and_what_came_of_it(base: Path, caplog: pytest.LogCaptureFixture) -> None:
    _fill(base, "train/a.csv", "train/b.csv", content="1.25,2\n" * 100_000)
    _fill(base, "validation/a.csv")
    sources = channels.locate(_read(base), Mean())
    with caplog.at_level("INFO", "train"):
        channels.read(sources, Mean(), Mean.Hyperparameters())
    assert caplog.messages[:2] == [
        "channel train: reading 2 files, 1.4 MB",
        "channel validation: reading 1 files, 0.0 MB",
    ]
    train, validation = caplog.messages[2:]
    assert train.startswith("channel train: rows 200,000, ")
    assert validation.startswith("channel validation: rows 1, ")
