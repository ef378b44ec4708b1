"""A batch transform, as the SDK's transformer of a model."""

from __future__ import annotations

from typing import Any

from sagemaker.core.helper.session_helper import Session
from sagemaker.core.transformer import Transformer

from launch import declaration, sdk_arguments
from launch.aws.cloud import Cloud
from launch.aws.destination import destination
from launch.description import Job
from launch.local_mode import this_machine
from launch.requests import transform
from launch.sdk_v3.sessions import aws_session, local_session


def transformer(job: Job, model_name: str, session: Session | None = None, *, local: bool = False) -> Transformer:
    """The transformer of the part ``transform`` for a model that is there, such as one of ``sdk_v3.model``.

    ``transform(job.transform.data, **records(job))`` starts it. In local mode give files of this machine instead, and
    their folder as the attribute ``output_path``: ``file:///…``.
    """
    if session is None:
        session = local_session(this_machine(job)) if local else aws_session(destination(job, Cloud(job.region)))
    arguments = sdk_arguments.of_transformer(_request(job, model_name), job.name, local=local)
    return Transformer(**arguments, sagemaker_session=session)


def records(job: Job, *, local: bool = False) -> dict[str, Any]:
    """The arguments of ``Transformer.transform`` that say how files become requests, and what is kept."""
    return sdk_arguments.of_transform(_request(job, "any"), local=local)


def _request(job: Job, model_name: str) -> dict[str, Any]:
    declared = declaration.find(job.family, job.algorithm)
    return transform.transform_job(job, declared, this_machine(job), model_name)
