"""CreateTransformJob: what the service is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from launch.errors import UsageError
from launch.requests.transform import transform_job
from tests.launch.descriptions import ALGORITHMS, AT, SMALL, TRANSFORM, declared_of, example, job
from tests.launch.service_model import accept

PROTOBUF = "application/x-recordio-protobuf"


def request(base: dict[str, Any] | None = None, more: dict[str, Any] | None = None, **transform: Any) -> dict[str, Any]:
    made = job(base, transform=TRANSFORM | transform, **(more or {}))
    asked = transform_job(made, declared_of(made), AT, "the-model")
    accept("CreateTransformJob", asked)
    return asked


def record_handling(asked: dict[str, Any]) -> tuple[Any, ...]:
    """Split, strategy, assembly and Accept; None where nothing is asked for."""
    output = asked["TransformOutput"]
    split, strategy = asked["TransformInput"].get("SplitType"), asked["BatchStrategy"]
    return split, strategy, output.get("AssembleWith"), output.get("Accept")


@pytest.mark.parametrize(("family", "algorithm"), ALGORITHMS)
def test_the_service_takes_the_transform_of_every_algorithm_and_of_all_that_it_reads(
    family: str, algorithm: str
) -> None:
    base = example(family, algorithm)
    for content_type in declared_of(job(base)).request_types:
        asked = request(base, content_type=content_type)
        assert asked["TransformInput"]["ContentType"] == content_type
        whole = declared_of(job(base)).one_record or content_type == "application/json"
        assert ("SplitType" not in asked["TransformInput"]) == whole


def test_a_small_transform_asks_for_this() -> None:
    asked = request()
    assert asked["TransformJobName"].startswith("seoul-bike-")
    assert asked == {
        "TransformJobName": asked["TransformJobName"],
        "ModelName": "the-model",
        "BatchStrategy": "MultiRecord",
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/new/"}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {"S3OutputPath": "s3://bucket/predicted/", "Accept": "text/csv", "AssembleWith": "Line"},
        "TransformResources": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
        "Tags": [{"Key": "open-algorithms:job", "Value": "seoul-bike"}],
    }


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/csv", ("Line", "MultiRecord", "Line", "text/csv")),
        ("csv", ("Line", "MultiRecord", "Line", "text/csv")),
        ("Text/CSV; charset=utf-8", ("Line", "MultiRecord", "Line", "text/csv")),
        ("application/jsonlines", ("Line", "MultiRecord", "Line", "application/jsonlines")),
        ("text/libsvm", ("Line", "MultiRecord", "Line", "text/csv")),
        (PROTOBUF, ("RecordIO", "MultiRecord", None, PROTOBUF)),
        ("recordio-protobuf", ("RecordIO", "MultiRecord", None, PROTOBUF)),
        ("application/json", (None, "SingleRecord", None, None)),
    ],
)
def test_files_of_records_are_never_sent_whole(content_type: str, expected: tuple[Any, ...]) -> None:
    assert record_handling(request(content_type=content_type)) == expected


def test_a_picture_is_sent_whole_and_alone() -> None:
    family, algorithm = next(pair for pair in ALGORITHMS if declared_of(job(example(*pair))).one_record)
    asked = request(example(family, algorithm), content_type="image/png")
    assert record_handling(asked) == (None, "SingleRecord", None, None)


def test_what_the_description_says_goes_before_what_fits() -> None:
    asked = request(strategy="SingleRecord", assemble="None", accept="application/jsonlines")
    assert record_handling(asked) == ("Line", "SingleRecord", None, "application/jsonlines")
    assert record_handling(request(split="None"))[0] is None
    lines = request(content_type="application/json", split="Line")
    assert record_handling(lines) == ("Line", "MultiRecord", "Line", "application/jsonlines")


def test_sizes_times_and_variables_are_those_of_the_description() -> None:
    asked = request(
        max_payload_mb=0,
        max_concurrent=4,
        timeout_seconds=3600,
        retries=0,
        environment={"LEVEL": "debug"},
        compression="Gzip",
        instance_type="ml.c5.xlarge",
        instances=3,
    )
    assert asked["MaxPayloadInMB"] == 0
    assert asked["MaxConcurrentTransforms"] == 4
    assert asked["ModelClientConfig"] == {"InvocationsTimeoutInSeconds": 3600, "InvocationsMaxRetries": 0}
    assert asked["Environment"] == {"LEVEL": "debug"}
    assert asked["TransformInput"]["CompressionType"] == "Gzip"
    assert asked["TransformResources"] == {"InstanceType": "ml.c5.xlarge", "InstanceCount": 3}


@pytest.mark.parametrize("content_type", ["text/csv", "application/jsonlines", "application/json"])
def test_answers_stand_beside_their_records_in_the_same_type(content_type: str) -> None:
    asked = request(content_type=content_type, join=True, input_filter="$[1:]", output_filter="$[0,-1]")
    processing = {"InputFilter": "$[1:]", "OutputFilter": "$[0,-1]", "JoinSource": "Input"}
    assert asked["DataProcessing"] == processing
    assert asked["TransformOutput"]["Accept"] == content_type
    assert asked["TransformInput"].get("SplitType") == asked["TransformOutput"].get("AssembleWith")


def test_keys_and_tags_are_those_of_the_description() -> None:
    more = {"keys": {"volume": "alias/volumes", "output": "alias/results"}, "tags": {"team": "bikes"}}
    asked = request(more=more)
    assert asked["TransformResources"]["VolumeKmsKeyId"] == "alias/volumes"
    assert asked["TransformOutput"]["KmsKeyId"] == "alias/results"
    assert {"Key": "team", "Value": "bikes"} in asked["Tags"]


def test_the_name_follows_from_the_request_and_its_model() -> None:
    made = job(SMALL, transform=TRANSFORM)
    one, same, other = (transform_job(made, declared_of(made), AT, model) for model in ("a", "a", "b"))
    assert one["TransformJobName"] == same["TransformJobName"] != other["TransformJobName"]


def test_without_the_part_there_is_no_transform_job() -> None:
    made = job()
    with pytest.raises(UsageError, match="no part `transform`"):
        transform_job(made, declared_of(made), AT, "the-model")
