"""A hyperparameter tuning job: many training jobs, of which the best one counts."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import ConfigDict, Discriminator, Field, Tag

from launch.description.parts import Part


class ParameterRange(Part):
    """Numbers between two ends, both included."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False, populate_by_name=True
    )

    low: Annotated[float, Field(alias="from")]
    high: Annotated[float, Field(alias="to")]
    scale: Literal["auto", "linear", "log", "reverse-log"] = "auto"
    """Default: ``log`` where the algorithm declares so, else what the service finds best."""


Choices: TypeAlias = Annotated[tuple[str | bool | int | float, ...], Field(min_length=1, max_length=30)]
Search: TypeAlias = Annotated[
    Annotated[ParameterRange, Tag("range")] | Annotated[Choices, Tag("choices")],
    Discriminator(
        lambda given: {list: "choices", tuple: "choices", dict: "range", ParameterRange: "range"}.get(type(given)),
        custom_error_type="search",
        custom_error_message="should be {from: …, to: …} or a list of choices",
    ),
]


class Tuning(Part):
    """What a tuning job searches, and how long."""

    metric: Annotated[str, Field(examples=["validation:rmse"])]
    """The objective: a metric of the algorithm, such as ``validation:rmse`` (``python -m launch describe``)."""
    goal: Literal["minimize", "maximize"] | None = None
    """Only where the algorithm does not say which is better."""
    jobs: Annotated[int, Field(ge=1, le=750)] = 10
    """``Grid`` has as many as there are combinations; leave it out there."""
    parallel: Annotated[int, Field(ge=1, le=100)] = 2
    """More at once are sooner done and learn less from each other."""
    strategy: Literal["Bayesian", "Random", "Grid", "Hyperband"] = "Bayesian"
    """How the next values are chosen."""
    early_stopping: bool = True
    """Jobs that cannot become the best one are stopped; ``Hyperband`` does so by rules of its own."""
    min_resource: Annotated[int, Field(ge=1, le=20_000)] | None = None
    """``Hyperband``: no job is stopped before so many epochs or rounds."""
    max_resource: Annotated[int, Field(ge=1, le=20_000)] | None = None
    """``Hyperband``: epochs or rounds of the longest jobs; default: the hyperparameter ``epochs``."""
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    """Makes the choice of values repeatable."""
    ranges: Annotated[
        dict[str, Search], Field(min_length=1, max_length=30, examples=[{"eta": {"from": 0.01, "to": 0.5}}])
    ]
    """Hyperparameters and where to search; what ``hyperparameters`` says of them is for single training jobs."""
    max_runtime: Annotated[int, Field(ge=120, le=15_768_000)] | None = None
    """Seconds for all jobs together."""
