"""CreateHyperParameterTuningJob: what the service is asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from launch.description import Job
from launch.description.metrics import alike
from launch.errors import UsageError
from launch.requests.training import training_job
from launch.requests.tuning import tuning_job
from tests.launch.descriptions import ALGORITHMS, AT, SMALL, TUNING, declared_of, example, job, mistakes
from tests.launch.service_model import accept
from tests.launch.test_requests_training import EVERYTHING


def request(
    base: dict[str, Any] | None = None, training: dict[str, Any] | None = None, **tuning: Any
) -> dict[str, Any]:
    made = job(base, tuning=TUNING | tuning, **(training or {}))
    return tuning_job(made, declared_of(made), AT)


def config(**tuning: Any) -> dict[str, Any]:
    asked = request(**tuning)
    accept("CreateHyperParameterTuningJob", asked)
    found: dict[str, Any] = asked["HyperParameterTuningJobConfig"]
    return found


def inner(entry: Mapping[str, Any]) -> Any:
    """Most of the range that an algorithm recommends for a hyperparameter, or all of its choices."""
    if "values" in entry:
        return entry["values"]
    low = entry["min"] + (entry["max"] - entry["min"]) / 10
    return {"from": math.ceil(low) if entry["kind"] == "integer" else low, "to": entry["max"]}


def searched(pair: tuple[str, str]) -> dict[str, Any]:
    """The example of an algorithm with everything that can be tuned in ranges, and nothing of it set."""
    base = example(*pair)
    declared = declared_of(job(base))
    ranges = {name: inner(entry["tunable"]) for name, entry in declared.hyperparameters.items() if entry["tunable"]}
    fixed = {name: text for name, text in base["hyperparameters"].items() if declared.canonical(name) not in ranges}
    return base | {"hyperparameters": fixed, "tuning": {"metric": "", "ranges": ranges}}


def objectives(base: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Tunings by each metric that the job of an example can have."""
    for metric in declared_of(Job.model_validate(base)).metrics:
        tuning = base["tuning"] | {"metric": metric.name, "goal": None if metric.direction else "maximize"}
        named = {"eval_metric": metric.metric} if alike(metric, declared_of(Job.model_validate(base))) else {}
        tried = base | {"tuning": tuning, "hyperparameters": base["hyperparameters"] | named}
        if not mistakes(tried):
            yield tried


TUNABLE = [pair for pair in ALGORITHMS if searched(pair)["tuning"]["ranges"]]


@pytest.mark.parametrize("pair", TUNABLE, ids="-".join)
def test_the_service_takes_the_tuning_of_every_algorithm(pair: tuple[str, str]) -> None:
    made = job(next(objectives(searched(pair))))
    assert made.tuning is not None
    declared = declared_of(made)
    asked = tuning_job(made, declared, AT)
    accept("CreateHyperParameterTuningJob", asked)
    definition = asked["TrainingJobDefinition"]
    assert definition["AlgorithmSpecification"]["MetricDefinitions"][0]["Name"] == made.tuning.metric
    kinds = {
        one["Name"]: kind
        for kind, ranges in asked["HyperParameterTuningJobConfig"]["ParameterRanges"].items()
        for one in ranges
    }
    for name in made.tuning.ranges:
        kind = declared.hyperparameters[name]["tunable"]["kind"]
        assert kinds[name] == f"{kind.title()}ParameterRanges"
        assert name not in definition["StaticHyperParameters"]


@pytest.mark.parametrize("changes", EVERYTHING.values(), ids=EVERYTHING)
def test_the_service_takes_everything_that_a_description_can_say(changes: dict[str, Any]) -> None:
    metric = "train:rmse" if "channels" in changes else "validation:rmse"
    asked = request(training=changes, metric=metric)
    accept("CreateHyperParameterTuningJob", asked)


def test_the_jobs_of_a_tuning_job_are_the_training_job_but_for_what_is_searched() -> None:
    made = job(tuning=TUNING, **EVERYTHING["a VPC, isolated and encrypted"], **EVERYTHING["tags and variables"])
    tuned = tuning_job(made, declared_of(made), AT)
    trained = training_job(made, declared_of(made), AT)
    definition = tuned["TrainingJobDefinition"]
    assert tuned["Tags"] == trained.pop("Tags")
    assert definition.pop("StaticHyperParameters") == trained.pop("HyperParameters")
    del trained["TrainingJobName"]
    assert definition == trained


def test_a_value_for_single_jobs_is_none_of_the_tuning_jobs_fixed_ones() -> None:
    base = SMALL | {"hyperparameters": SMALL["hyperparameters"] | {"learning_rate": 0.1}}
    fixed = request(base, ranges={"eta": {"from": 0.01, "to": 0.5}})["TrainingJobDefinition"]["StaticHyperParameters"]
    assert fixed == {name: str(value) for name, value in SMALL["hyperparameters"].items()}


def test_a_small_tuning_asks_for_this() -> None:
    assert config(ranges={"eta": {"from": 0.01, "to": 0.5, "scale": "log"}, "max_depth": {"from": 3, "to": 10}}) == {
        "Strategy": "Bayesian",
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:rmse"},
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 10, "MaxParallelTrainingJobs": 2},
        "ParameterRanges": {
            "ContinuousParameterRanges": [
                {"Name": "eta", "MinValue": "0.01", "MaxValue": "0.5", "ScalingType": "Logarithmic"}
            ],
            "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "3", "MaxValue": "10", "ScalingType": "Auto"}],
        },
        "TrainingJobEarlyStoppingType": "Auto",
    }


def test_the_name_is_short_and_follows_from_the_request() -> None:
    name = request()["HyperParameterTuningJobName"]
    assert name == request()["HyperParameterTuningJobName"] != request(jobs=11)["HyperParameterTuningJobName"]
    assert len(request(training={"name": "y" * 40})["HyperParameterTuningJobName"]) == 32


def test_limits_and_seed_are_those_of_the_description() -> None:
    found = config(jobs=30, parallel=5, max_runtime=3600, seed=0, early_stopping=False)
    limits = {"MaxNumberOfTrainingJobs": 30, "MaxParallelTrainingJobs": 5, "MaxRuntimeInSeconds": 3600}
    assert found["ResourceLimits"] == limits
    assert found["RandomSeed"] == 0
    assert found["TrainingJobEarlyStoppingType"] == "Off"


def test_fewer_jobs_than_run_at_once_by_default_are_no_mistake() -> None:
    assert config(jobs=1)["ResourceLimits"] == {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1}


def test_hyperband_stops_jobs_by_rules_of_its_own() -> None:
    found = config(strategy="Hyperband", min_resource=5, max_resource=100)
    assert found["StrategyConfig"] == {"HyperbandStrategyConfig": {"MinResource": 5, "MaxResource": 100}}
    assert found["TrainingJobEarlyStoppingType"] == "Off"


def test_a_grid_counts_its_jobs_itself() -> None:
    found = config(strategy="Grid", ranges={"eta": [0.1, 0.3], "max_depth": [3, 6, 9]}, parallel=6)
    assert found["ResourceLimits"] == {"MaxParallelTrainingJobs": 6}
    assert found["ParameterRanges"]["CategoricalParameterRanges"] == [
        {"Name": "eta", "Values": ["0.1", "0.3"]},
        {"Name": "max_depth", "Values": ["3", "6", "9"]},
    ]


@pytest.mark.parametrize(
    ("scale", "asked"),
    [("auto", "Auto"), ("linear", "Linear"), ("log", "Logarithmic"), ("reverse-log", "ReverseLogarithmic")],
)
def test_a_scale_is_told_in_the_services_words(scale: str, asked: str) -> None:
    found = config(ranges={"eta": {"from": 0.1, "to": 0.5, "scale": scale}})
    assert found["ParameterRanges"]["ContinuousParameterRanges"][0]["ScalingType"] == asked


def test_a_scale_that_is_left_open_is_the_one_that_the_algorithm_declares() -> None:
    base = example("tensorflow", "mlp")
    base["hyperparameters"] = {}
    ranges: dict[str, Any] = {
        "learning_rate": {"from": 0.001, "to": 0.1},
        "l1": {"from": 0, "to": 0.1},
        "l2": {"from": 0.001, "to": 0.1, "scale": "auto"},
        "dropout_rate": {"from": 0.1, "to": 0.2},
    }
    asked = request(base, metric="validation:loss", ranges=ranges)["HyperParameterTuningJobConfig"]["ParameterRanges"]
    scales = {one["Name"]: one["ScalingType"] for one in asked["ContinuousParameterRanges"]}
    assert scales == {"learning_rate": "Logarithmic", "l1": "Auto", "l2": "Auto", "dropout_rate": "Auto"}


def test_where_the_algorithm_does_not_say_what_is_better_the_description_does() -> None:
    declarations = {pair: declared_of(Job.model_validate(example(*pair))) for pair in TUNABLE}
    pair, metric = next((pair, one) for pair in TUNABLE for one in declarations[pair].metrics if one.direction is None)
    base = searched(pair)
    made = job(base, tuning=base["tuning"] | {"metric": metric.name, "goal": "maximize"})
    config = tuning_job(made, declarations[pair], AT)["HyperParameterTuningJobConfig"]
    assert config["HyperParameterTuningJobObjective"] == {"Type": "Maximize", "MetricName": metric.name}


def test_without_the_part_there_is_no_tuning_job() -> None:
    made = job()
    with pytest.raises(UsageError, match="no part `tuning`"):
        tuning_job(made, declared_of(made), AT)
