"""Hyperparameters: what the algorithm's own declaration says of them, and the service's limits."""

from __future__ import annotations

from collections.abc import Iterator

from launch.declaration import Declared
from launch.description.hyperparameter_texts import hyperparameters, text
from launch.description.job import Job
from launch.description.metrics import of_job
from launch.description.mistakes import Mistake, Place
from launch.description.tuning import ParameterRange

OBJECTIVE = "_tuning_objective_metric"
"""Hyperparameters that a tuning job itself sets in each of its jobs."""
MAX_COUNT, MAX_NAME, MAX_VALUE = 100, 256, 2500


def mistakes(job: Job, declared: Declared) -> Iterator[Mistake]:
    """Finds mistakes in hyperparameters; those that the tuning job sets count as given."""
    static = hyperparameters(job, declared)
    given = _first_ends(job, declared) | static | _objective(job, declared)
    for problem in [] if job.runs_own_program else declared.problems(given):
        name, _, what = problem.partition(": ")
        place = _place(name, job, declared)
        if place is not None:
            yield Mistake(place, what or problem)
    for name, value in static.items():
        if len(name) > MAX_NAME or len(value) > MAX_VALUE:
            what = f"a name has {MAX_NAME} characters at the most, a value {MAX_VALUE}; this one has {len(value)}"
            yield Mistake(("hyperparameters", name), what)
    count = len(static | dict.fromkeys(job.tuning.ranges if job.tuning else ())) + (job.tuning is not None)
    if count > MAX_COUNT:
        yield Mistake(("hyperparameters",), f"with what a tuning job sets they are {count}; {MAX_COUNT} are the most")


def _first_ends(job: Job, declared: Declared) -> dict[str, str]:
    """A value of each range, in place of what the tuning job will choose."""
    fixed = {declared.canonical(name) for name in job.hyperparameters}
    ranges = job.tuning.ranges.items() if job.tuning else ()
    return {name: end_of(searched) for name, searched in ranges if declared.canonical(name) not in fixed}


def end_of(searched: ParameterRange | tuple[object, ...]) -> str:
    """The lower end of a range, or the first choice."""
    return number(searched.low) if isinstance(searched, ParameterRange) else text(searched[0])


def number(end: float) -> str:
    """The end of a range as a text: a whole number as such."""
    return str(int(end)) if end.is_integer() else str(end)


def _objective(job: Job, declared: Declared) -> dict[str, str]:
    """Only a metric that there is: of another one the part ``tuning`` tells."""
    known = {metric.name for metric in of_job(job, declared)}
    return {OBJECTIVE: job.tuning.metric} if job.tuning and job.tuning.metric in known else {}


def _place(name: str, job: Job, declared: Declared) -> Place | None:
    """Where the user wrote it; None for values of ranges, which are looked at where both ends are."""
    for given in job.hyperparameters:
        if name in (given, declared.canonical(given)):
            return ("hyperparameters", given)
    if job.tuning and name == OBJECTIVE:
        return ("tuning", "metric")
    if job.tuning and name in {alias for key in job.tuning.ranges for alias in (key, declared.canonical(key))}:
        return None
    return ("hyperparameters", name)
