"""A tuning job, as the SDK's tuner of an estimator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sagemaker.parameter import CategoricalParameter, ContinuousParameter, IntegerParameter, ParameterRange
from sagemaker.session import Session
from sagemaker.tuner import HyperbandStrategyConfig, HyperparameterTuner, StrategyConfig

from launch import declaration, sdk_arguments
from launch.aws.cloud import Cloud
from launch.aws.destination import destination
from launch.description import Job
from launch.description.texts import unsearched
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
        hyperparameter_ranges=_ranges(config["ParameterRanges"]),
        strategy_config=_strategy(config.get("StrategyConfig")),
        **sdk_arguments.of_tuner(request, job.name),
    )


def _ranges(parts: Mapping[str, Any]) -> dict[str, ParameterRange]:
    """The ranges of a request as the SDK's objects; their ends stay the texts that they are."""
    found: dict[str, ParameterRange] = {}
    for kind, parameter in (("Integer", IntegerParameter), ("Continuous", ContinuousParameter)):
        for part in parts.get(f"{kind}ParameterRanges", ()):
            found[part["Name"]] = parameter(part["MinValue"], part["MaxValue"], part["ScalingType"])
    for part in parts.get("CategoricalParameterRanges", ()):
        found[part["Name"]] = CategoricalParameter(part["Values"])
    return found


def _strategy(config: Mapping[str, Any] | None) -> StrategyConfig | None:
    if config is None:
        return None
    resources = config["HyperbandStrategyConfig"]
    return StrategyConfig(HyperbandStrategyConfig(resources.get("MaxResource"), resources.get("MinResource")))
