"""Plans how many processes and threads answer requests, from what the container may use.

Many workers of one native thread each answer more requests than one worker of many threads, so a processor gets a
worker as long as memory lasts. ``workers x predictions at once x native threads`` is about the number of processors:
more would only take turns.
"""

from __future__ import annotations

from dataclasses import dataclass

from serve.settings import MEBIBYTE

MEMORY_SHARE = 0.8
"""The part of the memory limit that workers may be planned to take; the rest is for requests in flight."""

HTTP_THREADS = 128
"""Threads of a worker that talk HTTP. They are started when needed and mostly wait."""

REQUESTS_INSIDE = 100
"""Requests to /invocations that a worker takes in at once; the threads beyond stay free for /ping and refusals."""

BODY_COST = 8
"""Bytes of memory that a byte of a body may take while it is read and answered."""

MAX_TRANSFORM_MB = 100
"""A batch transform's concurrency times its payload may not be more."""


@dataclass(frozen=True)
class Footprint:
    """Bytes of memory of one process: ``base`` with the libraries imported, ``model`` what the model adds."""

    base: int
    model: int


@dataclass(frozen=True)
class ServingPlan:
    """``workers`` processes with ``at_once`` predictions at a time on ``native_threads`` threads each.

    ``request_bytes`` are the bodies that a worker may hold at once.
    """

    workers: int
    at_once: int
    native_threads: int
    request_bytes: int
    explanation: str


def native_threads(processors: int, wanted_workers: int | None) -> int:
    """Returns the threads that the native library may start for a prediction.

    Decided before the model's size is known: the libraries read it when they are loaded.
    """
    return max(1, processors // (wanted_workers or processors))


def make(processors: int, memory: int, footprint: Footprint, wanted_workers: int | None, threads: int) -> ServingPlan:
    """Returns the plan for ``processors`` and ``memory`` bytes, with ``threads`` native threads a prediction.

    ``wanted_workers`` is obeyed, even where memory may not suffice; the explanation then says so.
    """
    fitting = max(1, int(MEMORY_SHARE * memory) // max(1, footprint.base + footprint.model))
    workers = wanted_workers or min(processors, fitting)
    at_once = -(-processors // (workers * threads))
    reason = _reason(processors, fitting, wanted_workers)
    left = max(0, memory - workers * (footprint.base + footprint.model))
    explanation = _explanation(workers, at_once, threads, reason, memory, footprint)
    return ServingPlan(workers, at_once, threads, left // (workers * BODY_COST), explanation)


def for_many_models(processors: int, memory: int, threads: int) -> ServingPlan:
    """Returns the plan for a process that talks HTTP and models with a process each: how many predict at once."""
    at_once = -(-processors // threads)
    explanation = (
        f"{_count(at_once, 'prediction')} at once x {_count(threads, 'native thread')} "
        f"({_count(processors, 'processor')}), a process a model"
    )
    return ServingPlan(1, at_once, threads, int((1 - MEMORY_SHARE) * memory) // BODY_COST, explanation)


def capacity(memory: int, base: int) -> int:
    """Returns the bytes that models may take together, beside a server of ``base`` bytes whose libraries they share."""
    return max(0, int(MEMORY_SHARE * memory) - base)


def execution_parameters(processors: int, max_bytes: int | None, one_record: bool = False) -> dict[str, int | str]:
    """Returns what a batch transform does unless its request says otherwise."""
    limit = MAX_TRANSFORM_MB if max_bytes is None else max_bytes // MEBIBYTE
    payload = max(1, min(6, limit, MAX_TRANSFORM_MB // processors))
    return {
        "MaxConcurrentTransforms": min(processors, MAX_TRANSFORM_MB // payload),
        "BatchStrategy": "SINGLE_RECORD" if one_record else "MULTI_RECORD",
        "MaxPayloadInMB": payload,
    }


def _reason(processors: int, fitting: int, wanted_workers: int | None) -> str:
    found = f"{_count(processors, 'processor')}, memory for {_count(fitting, 'worker')}"
    return f"{found}, SAGEMAKER_MODEL_SERVER_WORKERS={wanted_workers}" if wanted_workers else found


def _explanation(workers: int, at_once: int, threads: int, reason: str, memory: int, footprint: Footprint) -> str:
    base, model = round(footprint.base / MEBIBYTE), round(footprint.model / MEBIBYTE)
    total, limit = workers * (base + model), round(memory / MEBIBYTE)
    tight = "" if total <= MEMORY_SHARE * limit else "; THIS IS TIGHT, give it more memory or fewer workers"
    return (
        f"{_count(workers, 'worker')} x {_count(at_once, 'prediction')} at once x {_count(threads, 'native thread')} "
        f"({reason}); memory {workers} x ({base} MB + {model} MB for the model) = {total} of {limit} MB{tight}"
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
