"""CreateTrainingJob: what the service is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from launch.errors import DescriptionError
from launch.requests.training import training_job
from tests.launch.descriptions import ALGORITHMS, AT, ROLE, declared_of, example, job
from tests.launch.service_model import accept

VPC = {"subnets": ["subnet-0a", "subnet-0b"], "security_groups": ["sg-0a"]}
SYSTEM = {"id": "fs-0123456789abcdef0", "path": "/fsx/train"}
TRAIN = "s3://bucket/train/"
EVERYTHING: dict[str, dict[str, Any]] = {
    "spot with checkpoints": {"training": {"spot": {"max_wait": 172800}, "checkpoints": "s3://bucket/checkpoints/"}},
    "a warm pool": {"training": {"keep_alive": 600}},
    "retries": {"training": {"retries": 3, "max_runtime": 60}},
    "a VPC, isolated and encrypted": {"network": {"isolation": True, "vpc": VPC, "encrypt_traffic": True}},
    "keys": {"keys": {"volume": "alias/volumes", "output": "arn:aws:kms:eu-west-1:123456789012:key/1234abcd"}},
    "tags and variables": {"tags": {"cost-centre": "Bücher"}, "environment": {"LEVEL": "debug", "EMPTY": ""}},
    "FSx": {"channels": {"train": {"fsx": SYSTEM}}, "network": {"vpc": VPC}},
    "EFS": {"channels": {"train": {"efs": SYSTEM | {"access": "rw"}}}, "network": {"vpc": VPC}},
    "FastFile": {"channels": {"train": {"s3": TRAIN, "input_mode": "FastFile"}}},
    "an augmented manifest": {
        "channels": {
            "train": {
                "s3": "s3://bucket/train.manifest",
                "data_type": "AugmentedManifestFile",
                "attributes": ["source-ref", "class"],
                "record_wrapper": "RecordIO",
                "distribution": "ShardedByS3Key",
                "shuffle_seed": 0,
            }
        }
    },
}


def request(**changes: Any) -> dict[str, Any]:
    made = job(**changes)
    return training_job(made, declared_of(made), AT)


@pytest.mark.parametrize(("family", "algorithm"), ALGORITHMS)
def test_the_service_takes_the_job_of_every_algorithm(family: str, algorithm: str) -> None:
    made = job(example(family, algorithm))
    asked = training_job(made, declared_of(made), AT)
    accept("CreateTrainingJob", asked)
    assert asked["HyperParameters"]["algorithm"] == algorithm
    assert asked["HyperParameters"].items() >= example(family, algorithm)["hyperparameters"].items()
    assert {channel["ChannelName"] for channel in asked["InputDataConfig"]} == set(made.channels)


@pytest.mark.parametrize("changes", EVERYTHING.values(), ids=EVERYTHING)
def test_the_service_takes_everything_that_a_description_can_say(changes: dict[str, Any]) -> None:
    asked = request(**changes)
    accept("CreateTrainingJob", asked)
    assert asked["TrainingJobName"] != request()["TrainingJobName"]


def test_a_small_description_asks_for_nothing_beside_it() -> None:
    asked = request()
    metrics = asked["AlgorithmSpecification"].pop("MetricDefinitions")
    assert 0 < len(metrics) <= 40
    assert asked == {
        "TrainingJobName": asked["TrainingJobName"],
        "HyperParameters": {"objective": "reg:squarederror", "num_round": "20"},
        "AlgorithmSpecification": {"TrainingImage": AT.image, "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "InputDataConfig": [
            {
                "ChannelName": name,
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "S3Prefix",
                        "S3Uri": f"s3://bucket/{name}/",
                        "S3DataDistributionType": "FullyReplicated",
                    }
                },
                "ContentType": "text/csv",
            }
            for name in ("train", "validation")
        ],
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/models/"},
        "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
        "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
        "Tags": [{"Key": "open-algorithms:job", "Value": "seoul-bike"}],
    }


def test_the_name_follows_from_the_request_and_from_nothing_else() -> None:
    name = request()["TrainingJobName"]
    assert name.startswith("seoul-bike-")
    assert request(tuning=None)["TrainingJobName"] == name
    assert request(training={"instance_type": "ml.m5.2xlarge"})["TrainingJobName"] != name
    assert len(request(name="x" * 40)["TrainingJobName"]) <= 63


def test_spot_training_waits_and_keeps_checkpoints() -> None:
    asked = request(**EVERYTHING["spot with checkpoints"])
    assert asked["EnableManagedSpotTraining"] is True
    assert asked["StoppingCondition"] == {"MaxRuntimeInSeconds": 86400, "MaxWaitTimeInSeconds": 172800}
    assert asked["CheckpointConfig"] == {"S3Uri": "s3://bucket/checkpoints/"}


def test_network_and_keys_stand_where_the_service_looks_for_them() -> None:
    asked = request(**EVERYTHING["a VPC, isolated and encrypted"], **EVERYTHING["keys"])
    assert asked["VpcConfig"] == {"SecurityGroupIds": ["sg-0a"], "Subnets": ["subnet-0a", "subnet-0b"]}
    assert asked["EnableNetworkIsolation"] is True
    assert asked["EnableInterContainerTrafficEncryption"] is True
    assert asked["ResourceConfig"]["VolumeKmsKeyId"] == "alias/volumes"
    assert asked["OutputDataConfig"]["KmsKeyId"] == "arn:aws:kms:eu-west-1:123456789012:key/1234abcd"


def test_instances_time_and_variables_are_those_of_the_description() -> None:
    training = {"instance_type": "ml.c5.2xlarge", "volume_gb": 7, "max_runtime": 60, "keep_alive": 600, "retries": 3}
    asked = request(training=training, environment={"LEVEL": "debug", "EMPTY": ""}, tags={"team": "bikes"})
    assert asked["ResourceConfig"] == {
        "InstanceType": "ml.c5.2xlarge",
        "InstanceCount": 1,
        "VolumeSizeInGB": 7,
        "KeepAlivePeriodInSeconds": 600,
    }
    assert asked["StoppingCondition"] == {"MaxRuntimeInSeconds": 60}
    assert asked["RetryStrategy"] == {"MaximumRetryAttempts": 3}
    assert asked["Environment"] == {"LEVEL": "debug", "EMPTY": ""}
    assert {"Key": "team", "Value": "bikes"} in asked["Tags"]


def test_several_hosts_are_asked_for_where_the_algorithm_can_share_the_work() -> None:
    shared = [pair for pair in ALGORITHMS if declared_of(job(example(*pair))).distributed]
    assert shared
    for family, algorithm in shared:
        made = job(example(family, algorithm), training={"instances": 3})
        assert training_job(made, declared_of(made), AT)["ResourceConfig"]["InstanceCount"] == 3


@pytest.mark.parametrize(("key", "kind"), [("fsx", "FSxLustre"), ("efs", "EFS")])
def test_a_file_system_is_mounted_as_the_channel(key: str, kind: str) -> None:
    asked = request(channels={"train": {key: SYSTEM, "content_type": "text/csv"}}, network={"vpc": VPC})
    source = {"FileSystemId": SYSTEM["id"], "FileSystemAccessMode": "ro", "FileSystemType": kind}
    assert asked["InputDataConfig"] == [
        {
            "ChannelName": "train",
            "DataSource": {"FileSystemDataSource": source | {"DirectoryPath": "/fsx/train"}},
            "ContentType": "text/csv",
        }
    ]


def test_everything_about_a_channel_in_s3_is_told() -> None:
    (manifest,) = request(**EVERYTHING["an augmented manifest"])["InputDataConfig"]
    assert manifest["DataSource"]["S3DataSource"] == {
        "S3DataType": "AugmentedManifestFile",
        "S3Uri": "s3://bucket/train.manifest",
        "S3DataDistributionType": "ShardedByS3Key",
        "AttributeNames": ["source-ref", "class"],
    }
    assert manifest["RecordWrapperType"] == "RecordIO"
    assert manifest["ShuffleConfig"] == {"Seed": 0}
    (streamed,) = request(**EVERYTHING["FastFile"])["InputDataConfig"]
    assert streamed["InputMode"] == "FastFile"


def test_hyperparameters_become_the_texts_that_the_image_reads() -> None:
    given = {"num_round": 5, "eta": 0.1, "eval_metric": ["rmse", "mae"], "seed": None}
    given |= {"tree_method": "hist", "interaction_constraints": [[1, 2], [3, 4]], "deterministic_histogram": True}
    assert request(hyperparameters=given)["HyperParameters"] == {
        "num_round": "5",
        "eta": "0.1",
        "eval_metric": '["rmse", "mae"]',
        "seed": "null",
        "deterministic_histogram": "true",
        "tree_method": "hist",
        "interaction_constraints": "[[1, 2], [3, 4]]",
    }


def test_what_has_no_place_in_aws_is_told_at_once() -> None:
    local = {"channels": {"train": {"local": "train.csv"}, "validation": {"local": "validation.csv"}}, "output": None}
    with pytest.raises(DescriptionError) as caught:
        request(**local)
    assert [line.partition(":")[0] for line in caught.value.mistakes] == [
        "output",
        "channels.train",
        "channels.validation",
    ]


def test_a_description_without_hyperparameters_sends_none() -> None:
    asked = request(family="lightgbm", hyperparameters={})
    assert "HyperParameters" not in asked
    accept("CreateTrainingJob", asked)
