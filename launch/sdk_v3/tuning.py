"""A tuning job, as the SDK's tuner of a model trainer."""

from __future__ import annotations

from collections.abc import Iterator

from sagemaker.core.helper.session_helper import Session
from sagemaker.core.parameter import CategoricalParameter, ContinuousParameter, IntegerParameter
from sagemaker.core.shapes import HyperParameterTuningJobStrategyConfig
from sagemaker.train.tuner import HyperparameterTuner

from launch import declaration, sdk_arguments
from launch.aws.cloud import Cloud
from launch.aws.destination import destination
from launch.description import Job
from launch.description.hyperparameter_texts import unsearched
from launch.errors import UsageError
from launch.requests import tuning
from launch.requests.destination import Destination
from launch.sdk_v3.shapes import spelled
from launch.sdk_v3.training import model_trainer


def tuner(job: Job, at: Destination | None = None, session: Session | None = None) -> HyperparameterTuner:
    """The tuner of the part ``tuning``; ``tune`` it with ``input_data(job)``. Local mode has none.

    Raises ``UsageError`` for safeguards that this SDK's tuner would leave out of its jobs without a word.
    """
    if lost := ", ".join(_lost(job)):
        raise UsageError(
            f"{lost}: the tuner of SageMaker's SDK v3 does not pass it on to its training jobs; use "
            "`python -m launch tune`, or the tuner of SDK v2"
        )
    at = at or destination(job, Cloud(job.region))
    declared = declaration.find(job.family, job.algorithm)
    request = tuning.tuning_job(job, declared, at)
    config = request["HyperParameterTuningJobConfig"]
    strategy = config.get("StrategyConfig")
    return HyperparameterTuner(
        model_trainer(unsearched(job, declared), at, session),
        hyperparameter_ranges=sdk_arguments.ranges(config, IntegerParameter, ContinuousParameter, CategoricalParameter),
        strategy_config=HyperParameterTuningJobStrategyConfig(**spelled(strategy)) if strategy else None,
        **sdk_arguments.of_tuner(request, job.name),
    )


def _lost(job: Job) -> Iterator[str]:
    given = {
        "network.isolation": job.network.isolation,
        "network.encrypt_traffic": job.network.encrypt_traffic,
        "keys.volume": job.keys.volume,
        "tuning.seed: 0": job.tuning and job.tuning.seed == 0,
    }
    return (key for key, value in given.items() if value)
