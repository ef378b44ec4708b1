"""CreateModel, CreateEndpointConfig, CreateEndpoint and UpdateEndpoint: what the service is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from launch.description import Job
from launch.requests import hosting
from tests.launch.descriptions import ALGORITHMS, AT, declared_of, example, job
from tests.launch.service_model import accept

MODEL = "s3://bucket/models/old/output/model.tar.gz"
TAGS = [
    {"Key": "open-algorithms:job", "Value": "seoul-bike"},
    {"Key": "open-algorithms:endpoint", "Value": "seoul-bike"},
]
OTHER = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/open-algorithms/sklearn:0.1.0"


def model(made: Job, data: str = MODEL) -> dict[str, Any]:
    request = hosting.model(made, declared_of(made), AT, data, hosting.endpoint_name(made))
    accept("CreateModel", request)
    return request


def config(made: Job) -> dict[str, Any]:
    request = hosting.endpoint_config(made, declared_of(made), AT, "the-model")
    accept("CreateEndpointConfig", request)
    return request


def variant(**endpoint: Any) -> dict[str, Any]:
    [only] = config(job(endpoint=endpoint))["ProductionVariants"]
    assert only.pop("VariantName") == "AllTraffic"
    assert only.pop("ModelName") == "the-model"
    assert only.pop("InitialVariantWeight") == 1.0
    return dict(only)


def update(**endpoint: Any) -> dict[str, Any]:
    request = hosting.update_endpoint(job(endpoint=endpoint), "the-config")
    accept("UpdateEndpoint", request)
    assert request.pop("EndpointName") == "seoul-bike"
    assert request.pop("EndpointConfigName") == "the-config"
    return request


@pytest.mark.parametrize(("family", "algorithm"), ALGORITHMS)
def test_the_service_takes_the_endpoint_of_every_algorithm(family: str, algorithm: str) -> None:
    made = job(example(family, algorithm), endpoint={})
    assert model(made)["PrimaryContainer"] == {"Image": AT.image, "ModelDataUrl": MODEL}
    config(made)
    accept("CreateEndpoint", hosting.endpoint(made, "the-config"))


def test_a_small_endpoint_asks_for_this() -> None:
    made = job(endpoint={})
    asked = model(made)
    assert asked.pop("ModelName").startswith("seoul-bike-")
    assert asked == {
        "PrimaryContainer": {"Image": AT.image, "ModelDataUrl": MODEL},
        "ExecutionRoleArn": AT.role,
        "Tags": TAGS,
    }
    assert config(made).keys() == {"EndpointConfigName", "ProductionVariants", "Tags"}
    assert variant() == {"InstanceType": "ml.m5.large", "InitialInstanceCount": 2}
    expected = {"EndpointName": "seoul-bike", "EndpointConfigName": "the-config", "Tags": TAGS}
    assert hosting.endpoint(made, "the-config") == expected
    assert update() == {}


def test_names_follow_from_the_content_and_the_endpoint() -> None:
    one, same = job(endpoint={}), job(endpoint={})
    assert model(one)["ModelName"] == model(same)["ModelName"]
    assert model(one)["ModelName"] != model(one, MODEL.replace("old", "new"))["ModelName"]
    assert config(one)["EndpointConfigName"] != config(job(endpoint={"instances": 3}))["EndpointConfigName"]
    elsewhere = job(endpoint={"name": "second"})
    assert model(elsewhere)["ModelName"].startswith("second-")
    assert len(config(job(endpoint={"name": "x" * 63}))["EndpointConfigName"]) == 63


def test_a_batch_transforms_model_is_another_one_than_the_endpoints() -> None:
    made = job(endpoint={})
    batch = hosting.model(made, declared_of(made), AT, MODEL)
    accept("CreateModel", batch)
    assert batch["ModelName"] != model(made)["ModelName"]
    assert batch["Tags"] == TAGS[:1]


def test_network_environment_and_keys_are_asked_for() -> None:
    vpc = {"subnets": ["subnet-0a"], "security_groups": ["sg-0a"]}
    made = job(
        network={"isolation": True, "vpc": vpc},
        keys={"volume": "volume-key", "output": "output-key"},
        endpoint={
            "environment": {"SAGEMAKER_MODEL_SERVER_WORKERS": "2"},
            "data_capture": {"output": "s3://bucket/captured/", "percentage": 20, "what": ["Input"]},
            "startup_seconds": 900,
        },
    )
    asked = model(made)
    assert asked["VpcConfig"] == {"Subnets": ["subnet-0a"], "SecurityGroupIds": ["sg-0a"]}
    assert asked["EnableNetworkIsolation"] is True
    assert asked["PrimaryContainer"]["Environment"] == {"SAGEMAKER_MODEL_SERVER_WORKERS": "2"}
    hosted = config(made)
    assert hosted["KmsKeyId"] == "volume-key"
    assert hosted["ProductionVariants"][0]["ContainerStartupHealthCheckTimeoutInSeconds"] == 900
    capture = hosted["DataCaptureConfig"]
    assert (capture["EnableCapture"], capture["InitialSamplingPercentage"]) == (True, 20)
    assert (capture["DestinationS3Uri"], capture["KmsKeyId"]) == ("s3://bucket/captured/", "output-key")
    assert capture["CaptureOptions"] == [{"CaptureMode": "Input"}]
    assert "text/csv" in capture["CaptureContentTypeHeader"]["CsvContentTypes"]


def test_an_asynchronous_endpoint_answers_into_s3() -> None:
    topics = {f"{what}_topic": f"arn:aws:sns:eu-west-1:123456789012:{what}" for what in ("success", "error")}
    places = {"output": "s3://bucket/answers/", "failures": "s3://bucket/failures/"}
    made = job(endpoint={"asynchronous": {**places, **topics, "max_concurrent": 4}}, keys={"output": "output-key"})
    assert config(made)["AsyncInferenceConfig"] == {
        "OutputConfig": {
            "S3OutputPath": "s3://bucket/answers/",
            "S3FailurePath": "s3://bucket/failures/",
            "KmsKeyId": "output-key",
            "NotificationConfig": {
                "SuccessTopic": topics["success_topic"],
                "ErrorTopic": topics["error_topic"],
            },
        },
        "ClientConfig": {"MaxConcurrentInvocationsPerInstance": 4},
    }


def test_a_serverless_endpoint_has_memory_and_places_and_no_instances() -> None:
    serverless = {"memory_mb": 4096, "concurrency": 8, "provisioned": 3}
    expected = {"MemorySizeInMB": 4096, "MaxConcurrency": 8, "ProvisionedConcurrency": 3}
    assert variant(serverless=serverless) == {"ServerlessConfig": expected}
    assert variant(serverless={}) == {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
    assert "KmsKeyId" not in config(job(endpoint={"serverless": {}}, keys={"volume": "volume-key"}))


@pytest.mark.parametrize(("cache", "setting"), [(True, "Enabled"), (False, "Disabled")])
def test_a_multi_model_endpoint_is_given_the_folder_of_its_models(cache: bool, setting: str) -> None:
    made = job(endpoint={"multi_model": {"models": "s3://bucket/all/", "cache": cache}})
    assert model(made, "s3://bucket/all/")["PrimaryContainer"] == {
        "Image": AT.image,
        "ModelDataUrl": "s3://bucket/all/",
        "Mode": "MultiModel",
        "MultiModelConfig": {"ModelCacheSetting": setting},
    }


def test_the_containers_of_a_pipeline_are_in_their_order() -> None:
    before = {"image": OTHER, "model": "s3://bucket/prepared/model.tar.gz", "environment": {"A": "1"}}
    made = job(endpoint={"pipeline": {"before": [before], "after": [{"image": OTHER}]}})
    asked = model(made)
    assert "PrimaryContainer" not in asked
    assert asked["InferenceExecutionConfig"] == {"Mode": "Serial"}
    assert asked["Containers"] == [
        {"Image": OTHER, "ModelDataUrl": "s3://bucket/prepared/model.tar.gz", "Environment": {"A": "1"}},
        {"Image": AT.image, "ModelDataUrl": MODEL},
        {"Image": OTHER},
    ]


@pytest.mark.parametrize(("scaling", "count"), [({"max": 4}, 2), ({"min": 3, "max": 4}, 3), ({"min": 1, "max": 1}, 1)])
def test_an_endpoint_begins_with_a_count_that_autoscaling_keeps_to(scaling: dict[str, int], count: int) -> None:
    assert variant(autoscaling=scaling)["InitialInstanceCount"] == count


def test_an_update_keeps_the_instances_that_the_load_has_called_for_but_not_the_old_capture() -> None:
    assert update(autoscaling={"max": 4}) == {
        "RetainAllVariantProperties": True,
        "ExcludeRetainedVariantProperties": [
            {"VariantPropertyType": "DesiredWeight"},
            {"VariantPropertyType": "DataCaptureConfig"},
        ],
    }
    asynchronous = {"output": "s3://bucket/answers/"}
    assert update(autoscaling={"min": 0, "max": 4}, asynchronous=asynchronous) == {}  # there may be none now


def test_alarms_bring_the_old_model_back() -> None:
    assert update(alarms=["errors", "latency"])["DeploymentConfig"] == {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 300},
            "TerminationWaitInSeconds": 300,
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}, {"AlarmName": "latency"}]},
    }


@pytest.mark.parametrize(("traffic", "member"), [("canary", "CanarySize"), ("linear", "LinearStepSize")])
def test_an_update_by_parts_has_its_size_and_its_waits(traffic: str, member: str) -> None:
    given = {"traffic": traffic, "percent": 25, "wait_seconds": 120, "keep_old_seconds": 600}
    assert update(update=given)["DeploymentConfig"]["BlueGreenUpdatePolicy"] == {
        "TrafficRoutingConfiguration": {
            "Type": traffic.upper(),
            "WaitIntervalInSeconds": 120,
            member: {"Type": "CAPACITY_PERCENT", "Value": 25},
        },
        "TerminationWaitInSeconds": 600,
    }
