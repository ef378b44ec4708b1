"""FailureReason, as the service and our containers write it, and what to do about it."""

from __future__ import annotations

import pytest

from contract.errors import AlgorithmError, ChannelError, HyperparameterError
from launch.aws.failure_reasons import REMEDIES, remedy_of

REASONS = {
    "AlgorithmError: Exit Code: 137": "memory ran out",
    "AlgorithmError: AlgorithmError: out of memory; use an instance type with more memory, exit code: 1": (
        "memory ran out"
    ),
    "AlgorithmError: train.py was killed (exit code 137), most likely because memory ran out, exit code: 137": "memory",
    "AlgorithmError: PlatformError: /opt/ml/model/x: No space left on device, exit code: 3": "volume_gb",
    "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type "
    "or after some time.": "no such instance free",
    "MaxRuntimeExceeded": "training.max_runtime",
    "MaxWaitTimeExceeded": "training.spot.max_wait",
    "ClientError: Data download failed:No S3 objects found under S3 URL s3://my-bucket/x": "nothing at that address",
    "ClientError: Access denied to s3://my-bucket/train: 403 Forbidden": "may not read or write",
    "ClientError: Cannot access ECR image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/x:1": "python -m launch push",
    "ClientError: Unable to decrypt: the ciphertext refers to a KMS key that does not exist": "kms:Decrypt",
    "ClientError: Failed to assume role arn:aws:iam::123456789012:role/x": "execution-role-trust.json",
    "AlgorithmError: exec /usr/local/bin/train: exec format error, exit code: 1": "cannot be started",
    "AlgorithmError: Exit Code: 139": "a library crashed",
    "AlgorithmError: Model container failed to respond to ping; Please ensure /ping endpoint is implemented": "its log",
    "The primary container for production variant AllTraffic did not pass the ping health check.": "startup_seconds",
    "No objective metrics found after running 5 training jobs.": "tuning.metric",
    "InternalServerError: We encountered an internal error. Please try again.": "a fault of the service",
    "AlgorithmError: unexpected ValueError: nobody knows": "the log has the details",
}


@pytest.mark.parametrize("reason", REASONS)
def test_each_known_reason_has_its_remedy(reason: str) -> None:
    assert REASONS[reason] in remedy_of(reason)


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (HyperparameterError("hyperparameter eta: 7 is above 1"), "mend `hyperparameters`"),
        (ChannelError("channel train: line 3 has 4 columns, the others 5"), "python -m local_test train"),
        (AlgorithmError("the algorithm failed"), "the log has the details"),
    ],
)
def test_what_our_containers_write_is_understood(error: HyperparameterError, remedy: str) -> None:
    assert remedy in remedy_of(f"AlgorithmError: {error.blame}: {error}, exit code: 2")


def test_every_cure_is_the_first_for_some_reason() -> None:
    given = {remedy_of(reason) for reason in REASONS}
    given |= {remedy_of(reason) for reason in (
        "ResourceLimitExceeded: service limit", "All training jobs failed",
        "ClientError: the bucket my-bucket does not exist", "ClientError: hyperparameter eta",
        "ClientError: channel train", "Temporary failure in name resolution", "ClientError: something else",
    )}  # fmt: skip
    assert {remedy for _, remedy in REMEDIES} <= given
