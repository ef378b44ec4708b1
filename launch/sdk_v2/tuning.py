"""A tuning job, as the SDK's tuner of an estimator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sagemaker.parameter import CategoricalParameter, ContinuousParameter, IntegerParameter
from sagemaker.session import Session
from sagemaker.tuner import HyperbandStrategyConfig, HyperparameterTuner, StrategyConfig

from launch import declaration, sdk_arguments
from launch.aws.cloud import Cloud
from launch.aws.destination import destination
from launch.description import Job
from launch.description.hyperparameter_texts import unsearched
from launch.requests import tuning
from launch.requests.destination import Destination
from launch.sdk_v2.training import estimator


def tuner(job: Job, at: Destination | None = None, session: Session | None = None) -> HyperparameterTuner:
    """The tuner of the part ``tuning``; ``fit`` it with ``inputs(job)``. Local mode has none."""
    at = at or destination(job, Cloud(job.region))
    declared = declaration.find(job.family, job.algorithm)
    request = tuning.tuning_job(job, declared, at)
    config = request["HyperParameterTuningJobConfig"]
    return HyperparameterTuner(
        estimator(unsearched(job, declared), at, session),
        hyperparameter_ranges=sdk_arguments.ranges(config, IntegerParameter, ContinuousParameter, CategoricalParameter),
        strategy_config=_strategy(config.get("StrategyConfig")),
        **sdk_arguments.of_tuner(request, job.name),
    )


def _strategy(config: Mapping[str, Any] | None) -> StrategyConfig | None:
    if config is None:
        return None
    resources = config["HyperbandStrategyConfig"]
    return StrategyConfig(HyperbandStrategyConfig(resources.get("MaxResource"), resources.get("MinResource")))
