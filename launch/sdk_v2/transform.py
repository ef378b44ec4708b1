"""A batch transform, as the SDK's transformer of a model."""

from __future__ import annotations

from typing import Any

from sagemaker.model import Model
from sagemaker.pipeline import PipelineModel
from sagemaker.transformer import Transformer

from launch import declaration, sdk_arguments
from launch.description import Job
from launch.local_mode import this_machine
from launch.requests import transform


def transformer(job: Job, model: Model | PipelineModel, *, local: bool = False) -> Transformer:
    """The transformer of the part ``transform``. It creates ``model`` first, as the SDK's own transformers do.

    ``transform(job.transform.data, **records(job))`` starts it. In local mode give files of this machine instead, and
    their folder as the attribute ``output_path``: ``file:///…``.
    """
    arguments = sdk_arguments.of_transformer(_request(job, model.name), job.name, local=local)
    model.create(arguments["instance_type"], tags=arguments["tags"])
    return Transformer(**arguments, sagemaker_session=model.sagemaker_session)


def records(job: Job, *, local: bool = False) -> dict[str, Any]:
    """The arguments of ``Transformer.transform`` that say how files become requests, and what is kept."""
    return sdk_arguments.of_transform(_request(job, "any"), local=local)


def _request(job: Job, model_name: str) -> dict[str, Any]:
    declared = declaration.find(job.family, job.algorithm)
    return transform.transform_job(job, declared, this_machine(job), model_name)
