"""Names of jobs and models are taken once: the service refuses what moto would overwrite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.sagemaker.exceptions import ResourceInUseException, ValidationError
from moto.sagemaker.models import SageMakerModelBackend

UNIQUE = (
    "{noun} names must be unique within an AWS account and region, and a {noun} with this name already exists ({arn})"
)


def fill() -> None:
    """Wraps what moto does."""
    for operation, jobs, name, noun in (
        ("create_training_job", "training_jobs", "training_job_name", "training job"),
        ("create_transform_job", "transform_jobs", "transform_job_name", "transform job"),
    ):
        setattr(SageMakerModelBackend, operation, _once(getattr(SageMakerModelBackend, operation), jobs, name, noun))
    SageMakerModelBackend.create_model = _model_once(SageMakerModelBackend.create_model)


def _once(create: Callable[..., Any], jobs: str, name: str, noun: str) -> Callable[..., Any]:
    def guarded(backend: SageMakerModelBackend, **request: Any) -> Any:
        if taken := getattr(backend, jobs).get(request[name]):
            raise ResourceInUseException(UNIQUE.format(noun=noun.capitalize(), arn=taken.arn))
        return create(backend, **request)

    return guarded


def _model_once(create: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(backend: SageMakerModelBackend, **request: Any) -> Any:
        if taken := backend._models.get(request["model_name"]):
            raise ValidationError(f'Cannot create already existing model "{taken.arn}".')
        return create(backend, **request)

    return guarded
