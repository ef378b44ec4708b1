"""How a job description is read: what YAML may be, which mistakes there are, and how they are told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from launch.declaration import families
from launch.description import Job, read
from launch.description.schema import root, stand_in
from launch.errors import DescriptionError, LaunchError, UsageError

SMALL = """\
name: mean
family: xgboost
hyperparameters: {num_round: 10}
channels:
  train: {s3: s3://my-bucket/train/, content_type: text/csv}
"""

Read = Callable[[str], Job]
Told = Callable[[str], list[str]]


@pytest.fixture
def described(tmp_path: Path) -> Read:
    """The job of a text, written to the file ``job.yaml``."""

    def write_and_read(text: str) -> Job:
        (tmp_path / "job.yaml").write_text(text, encoding="utf-8")
        return read(tmp_path / "job.yaml")

    return write_and_read


@pytest.fixture
def told(described: Read, tmp_path: Path) -> Told:
    """The mistakes of a text as ``line: key: what``."""

    def lines(text: str) -> list[str]:
        with pytest.raises(DescriptionError) as caught:
            described(text)
        return [line.removeprefix(f"{tmp_path / 'job.yaml'}:") for line in caught.value.mistakes]

    return lines


def test_the_smallest_description_needs_four_keys(described: Read) -> None:
    job = described(SMALL)
    assert (job.name, job.training.instances, job.endpoint) == ("mean", 1, None)


def test_local_paths_are_seen_from_the_folder_of_the_file(described: Read, tmp_path: Path) -> None:
    job = described(SMALL.replace("s3: s3://my-bucket/train/", "local: data/../rows.csv"))
    assert job.channels["train"].local == tmp_path / "rows.csv"


def test_the_models_of_a_pipeline_may_be_local_too(described: Read, tmp_path: Path) -> None:
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/open-algorithms/sklearn:0.1.0"
    job = described(SMALL + f"endpoint: {{pipeline: {{before: [{{image: {image}, local: a/../model.tar.gz}}]}}}}\n")
    assert job.endpoint is not None
    assert job.endpoint.pipeline is not None
    assert job.endpoint.pipeline.before[0].local == tmp_path / "model.tar.gz"


def test_the_data_of_a_transform_may_be_local_too(described: Read, tmp_path: Path) -> None:
    job = described(SMALL + "transform: {data: s3://my-bucket/in/, local: ../in, output: s3://my-bucket/out/}\n")
    assert job.transform is not None
    assert job.transform.local == tmp_path.parent / "in"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1e-3", 0.001), ("1.5", 1.5), (".5", 0.5), ("-3", -3), ("true", True), ("'true'", "true"),
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("010", "010"), ("1:30", "1:30"),
        ("2024-01-01", "2024-01-01"), ("0x10", "0x10"), ("[1, a]", (1, "a")),
    ],
)  # fmt: skip
def test_plain_values_are_those_of_yaml_1_2(described: Read, written: str, value: Any) -> None:
    text = SMALL.replace("family: xgboost", "family: xgboost\nenvironment: {SAGEMAKER_PROGRAM: train.py}")
    given = described(text.replace("num_round: 10", f"value: {written}")).hyperparameters["value"]
    assert given == value
    assert type(given) is type(value)


def test_keys_are_texts_whatever_they_look_like(described: Read) -> None:
    assert described(SMALL + "tags: {2024: a, yes: b, null: c}\n").tags == {"2024": "a", "yes": "b", "null": "c"}


def test_anchors_and_merges_are_understood(described: Read) -> None:
    text = SMALL.replace("train: {", "train: &csv {") + "  validation: {<<: *csv, s3: s3://my-bucket/validation/}\n"
    channels = described(text).channels
    assert channels["validation"].content_type == "text/csv"
    assert channels["validation"].s3 == "s3://my-bucket/validation/"


@pytest.mark.parametrize(("before", "after"), [("", ""), ("\ufeff", ""), ("%YAML 1.2\n---\n", "...\n")])
def test_marks_of_editors_and_of_yaml_itself_do_not_matter(described: Read, before: str, after: str) -> None:
    assert described(before + SMALL.replace("\n", "\r\n") + after).name == "mean"


BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize(
    ("content", "mistake"),
    [
        (b"", "1: the file is empty"),
        (b"# nothing\n", "1: the file is empty"),
        (b"- a\n", "1: a job description is a mapping"),
        (b"hello", "1: a job description is a mapping"),
        (b"a:\n\tb: 1\n", "2:1: not readable as YAML: found character '\\t' that cannot start any token; indent with"),
        (b"name: a\n---\nname: b\n", "2:1: not readable as YAML: found another document; one file holds one"),
        (b"a: {b: 1\n", "2:1: not readable as YAML"),
        (b"a: b: c\n", "1:5: not readable as YAML: mapping values are not allowed here; put a text"),
        (b"a: *x\n", "1:4: not readable as YAML: found undefined alias"),
        (b"? [a]\n: b\n", "1:3: not readable as YAML: found unhashable key"),
        (b"a: !!python/object/apply:os.system ['touch pwned']\n", "1:4: not readable as YAML: could not determine"),
        (b"a: !mine b\n", "1:4: not readable as YAML: could not determine a constructor for the tag '!mine'"),
        (b"a: !!timestamp 2024-01-01\n", "1:4: not readable as YAML"),
        (b"a: !!int b\n", "1: a value is not what its tag says"),
        (b"a: &a [*a]\n", "1: too many values, or one within itself"),
        (b"a: &a {<<: *a}\n", "1: too many values, or one within itself"),
        (b"[" * 2000, "1: too many values"),
        (BOMB.encode(), "1: too many values"),
        ("name: a\n".encode("utf-16"), "1: not UTF-8 text"),
        (b"name: a\nb: \xff\n", "2: not UTF-8 text"),
        (b"a: \0\n", "1: not readable as YAML: special characters"),
    ],
)  # fmt: skip
def test_what_is_no_description_is_refused_with_its_line(
    content: bytes, mistake: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("job.yaml").write_bytes(content)
    with pytest.raises(DescriptionError) as caught:
        read(Path("job.yaml"))
    assert [line.startswith(f"job.yaml:{mistake}") for line in caught.value.mistakes] == [True], caught.value
    assert not Path("pwned").exists()


@pytest.mark.parametrize(("file", "reason"), [("none.yaml", "No such file"), (".", "Is a directory"), ("a\0b", "null")])
def test_a_file_that_is_not_there_is_a_wrong_command(file: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        read(Path(file))


def test_a_file_that_is_far_too_large_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"a" * 300_000)
    with pytest.raises(UsageError, match="larger than"):
        read(tmp_path / "model.bin")


@pytest.mark.parametrize(
    ("wrong", "mistakes"),
    [
        ("trainig: {}", ["6: trainig: unknown key, did you mean training?"]),
        ("max_runtime: 5", ["6: max_runtime: unknown key; it belongs into training or tuning"]),
        ("training:", ["6: training: is empty; give a value, or remove the key"]),
        ("training: 5", ["6: training: should be a mapping of keys and values, not 5; known are instance_type, "]),
        ("training: {instances: two}", ["6: training.instances: should be a whole number, not 'two'"]),
        ("training: {instances: 0}", ["6: training.instances: should be greater than or equal to 1, not 0"]),
        ("training: {instance_type: m5.large}", ["6: training.instance_type: 'm5.large' has not the form of ml.m5"]),
        ("network: {isolation: maybe}", ["6: network.isolation: should be true or false, not 'maybe'"]),
        ("network:\n  vpc: {subnets: [a]}", ["7: network.vpc.subnets.0: 'a' has not the form of subnet-",
                                             "7: network.vpc.security_groups: is required and not given"]),
        ("environment: {A: 1}", ["6: environment.A: should be a text, not 1; put it in quotes"]),
        ("environment: {a-b: x}", ["6: environment.a-b: 'a-b' has not the form"]),
        ("output: s3:/my-bucket", ["6: output: 's3:/my-bucket' has not the form of s3://my-bucket/"]),
        ("tuning: {ranges: {eta: {from: 0, to: 1}}}", ["6: tuning.metric: is required and not given, for example va"]),
        ("tuning: {metric: train:rmse, ranges: {eta: 3}}", ["6: tuning.ranges.eta: should be {from: …, to: …}"]),
        ("transform: {data: s3://my-bucket/new/}", ["6: transform.output: is required and not given, for example s3"]),
        ("name: other", ["1: name: is given twice, again in line 6; keep one"]),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_line_key_and_remedy(told: Told, wrong: str, mistakes: list[str]) -> None:
    found = told(f"{SMALL}{wrong}\n")
    assert len(found) == len(mistakes), found
    for mistake in mistakes:
        assert any(line.startswith(mistake) for line in found), found


def test_a_wrong_name_does_not_hide_what_is_wrong_with_the_rest(told: Told) -> None:
    text = SMALL.replace("name: mean", "name: a b").replace("num_round", "num_rounds")
    assert [line.partition(": ")[2].partition(": ")[0] for line in told(text)][:1] == ["name"]
    assert any("hyperparameters.num_rounds" in line for line in told(text))


def test_a_family_that_is_not_there_is_told_with_those_that_are(told: Told) -> None:
    assert told(SMALL.replace("xgboost", "xgbost")) == [
        f"2: family: there is no family 'xgbost': choose one of {', '.join(families())}, or name a package"
    ]


def test_a_package_that_is_not_there_is_told_with_where_it_is_looked_for(told: Told) -> None:
    assert told(SMALL.replace("xgboost", "mine.family")) == [
        "2: family: there is no package mine.family: put the folder that holds it on PYTHONPATH"
    ]


def test_every_part_has_a_smallest_value_that_may_stand_for_a_wrong_one() -> None:
    for part in root()["properties"]:
        small = {"name": "a", "family": "xgboost", "channels": {}} | {part: stand_in((part,))}
        Job.model_validate(small)


JUNK = st.sampled_from(
    [None, "", [], {}, 0, -1, 1.5, float("nan"), True, "s3://", "~nobody/x", [[1]], {"a": {}}, 10**30]
)
KEYS = st.sampled_from(["name", "family", "channels", "training", "tuning", "endpoint", "transform", "network", "tags",
                        "train", "s3", "local", "fsx", "spot", "ranges", "eta", "from", "metric", "data", "output",
                        "serverless", "pipeline", "before", "vpc", "hyperparameters", "num_round"])  # fmt: skip
TREES = st.recursive(JUNK, lambda inner: st.dictionaries(KEYS, inner, max_size=5) | st.lists(inner, max_size=2))


@given(st.dictionaries(KEYS, TREES, max_size=8))
def test_no_content_ends_in_anything_but_a_told_mistake(tmp_path_factory: Any, content: dict[str, Any]) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_text(yaml.safe_dump(yaml.safe_load(SMALL) | content))
    told = outcome(file)
    assert told == "right" or str(file) in told


def outcome(file: Path) -> str:
    try:
        read(file)
    except LaunchError as error:
        return str(error)
    return "right"
