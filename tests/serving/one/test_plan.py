from __future__ import annotations

import pytest

from serve.one.plan import Footprint, capacity, execution_parameters, for_many_models, make, native_threads

GIB = 1 << 30
SMALL = Footprint(base=100 << 20, model=10 << 20)
LARGE = Footprint(base=100 << 20, model=1000 << 20)


def test_every_processor_gets_a_worker_of_one_native_thread() -> None:
    plan = make(8, 16 * GIB, SMALL, None, native_threads(8, None))
    assert (plan.workers, plan.at_once, plan.native_threads) == (8, 1, 1)


def test_memory_bounds_the_workers_and_they_predict_more_at_once_instead() -> None:
    plan = make(8, 4 * GIB, LARGE, None, native_threads(8, None))
    assert (plan.workers, plan.at_once, plan.native_threads) == (2, 4, 1)


def test_a_model_that_hardly_fits_gets_one_worker_and_a_warning() -> None:
    plan = make(4, 1 * GIB, LARGE, None, 1)
    assert plan.workers == 1
    assert "TIGHT" in plan.explanation


def test_wanted_workers_are_obeyed_and_share_the_processors_as_native_threads() -> None:
    threads = native_threads(8, 2)
    plan = make(8, 16 * GIB, SMALL, 2, threads)
    assert (plan.workers, plan.at_once, plan.native_threads) == (2, 1, 4)
    assert "SAGEMAKER_MODEL_SERVER_WORKERS=2" in plan.explanation


def test_more_workers_than_memory_allows_are_started_with_a_warning() -> None:
    plan = make(2, 2 * GIB, LARGE, 6, 1)
    assert plan.workers == 6
    assert "TIGHT" in plan.explanation


def test_more_workers_than_processors_predict_one_at_a_time() -> None:
    assert make(2, 16 * GIB, SMALL, 5, native_threads(2, 5)).at_once == 1


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_the_workers_share_the_memory_that_they_leave_for_the_bodies_of_requests(workers: int) -> None:
    left = 16 * GIB - workers * (SMALL.base + SMALL.model)
    assert make(8, 16 * GIB, SMALL, workers, 1).request_bytes == left // workers // 8


def test_where_the_workers_take_all_memory_none_is_left_for_bodies() -> None:
    assert make(2, 2 * GIB, LARGE, 6, 1).request_bytes == 0


@pytest.mark.parametrize("processors", [1, 2, 3, 7, 16, 96])
@pytest.mark.parametrize("wanted", [None, 1, 3, 16])
def test_the_processors_are_used_and_not_oversubscribed_by_more_than_one_worker_each(
    processors: int, wanted: int | None
) -> None:
    plan = make(processors, 1000 * GIB, SMALL, wanted, native_threads(processors, wanted))
    running = plan.workers * plan.at_once * plan.native_threads
    assert processors <= running <= max(2 * processors, plan.workers)


def test_the_plan_explains_itself_in_one_line() -> None:
    plan = make(2, 4 * GIB, SMALL, None, 1)
    assert plan.explanation == (
        "2 workers x 1 prediction at once x 1 native thread (2 processors, memory for 29 workers); "
        "memory 2 x (100 MB + 10 MB for the model) = 220 of 4096 MB"
    )


@pytest.mark.parametrize("processors", [1, 2, 16, 17, 64, 192])
@pytest.mark.parametrize("max_bytes", [None, 1000, 6 << 20, 100 << 20])
def test_B01_execution_parameters_are_positive_and_their_product_is_at_most_100(
    processors: int, max_bytes: int | None
) -> None:
    parameters = execution_parameters(processors, max_bytes)
    concurrency, payload = parameters["MaxConcurrentTransforms"], parameters["MaxPayloadInMB"]
    assert isinstance(concurrency, int)
    assert isinstance(payload, int)
    assert concurrency >= 1
    assert payload >= 1
    assert concurrency * payload <= 100
    assert parameters["BatchStrategy"] == "MULTI_RECORD"


@pytest.mark.parametrize(
    ("processors", "max_bytes", "concurrency", "payload"),
    [
        (1, None, 1, 6), (4, None, 4, 6), (17, None, 17, 5), (50, None, 50, 2), (64, None, 64, 1), (192, None, 100, 1),
        (4, 3 << 20, 4, 3), (4, 1000, 4, 1), (4, 100 << 20, 4, 6),
    ],
)  # fmt: skip
def test_B01_execution_parameters_follow_the_processors_and_the_usual_payload(
    processors: int, max_bytes: int | None, concurrency: int, payload: int
) -> None:
    assert execution_parameters(processors, max_bytes) == {
        "MaxConcurrentTransforms": concurrency, "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": payload,
    }  # fmt: skip


@pytest.mark.parametrize(("wanted", "threads"), [(None, 1), (1, 8), (2, 4), (3, 2), (5, 1), (16, 1)])
def test_the_native_threads_of_a_prediction_are_a_whole_number(wanted: int | None, threads: int) -> None:
    assert native_threads(8, wanted) == threads


def test_a_plan_that_takes_just_what_it_may_is_not_tight() -> None:
    plan = make(2, 250 << 20, Footprint(90 << 20, 10 << 20), 2, 1)
    assert "= 200 of 250 MB" in plan.explanation
    assert "TIGHT" not in plan.explanation


@pytest.mark.parametrize(("processors", "threads", "at_once"), [(1, 1, 1), (4, 1, 4), (4, 4, 1), (5, 2, 3)])
def test_many_models_use_the_processors_together(processors: int, threads: int, at_once: int) -> None:
    plan = for_many_models(processors, 4 << 30, threads)
    assert (plan.workers, plan.at_once, plan.native_threads) == (1, at_once, threads)
    assert plan.request_bytes == (4 << 30) // 5 // 8


def test_many_models_share_what_the_server_leaves() -> None:
    assert capacity(1000, 100) == 700
    assert capacity(1000, 900) == 0
