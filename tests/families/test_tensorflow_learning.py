"""The training loop of the family tensorflow."""

from __future__ import annotations

from typing import Literal

import keras
import numpy as np
import pytest

from containers.tensorflow.engine.learning import EarlyStopping, TrainedNetwork
from containers.tensorflow.engine.progress import TrainingProgress
from contract.errors import ChannelError, HyperparameterError, Stopped
from tests.families.job_log import Log
from tests.families.tensorflow_networks import (
    BATCH,
    ROWS,
    batches,
    loss_of,
    network,
    options,
    plain,
    records,
    same,
    trained,
    unweighted,
)

DATA = records()
HELD_OUT = records(60, seed=5)
EPOCHS = 6


@pytest.fixture(scope="module")
def run() -> tuple[TrainedNetwork, Log]:
    """A network that learned for a few epochs, watched on other records."""
    log = Log()
    plan = options(EPOCHS, keep_every=2)
    return trained(batches(DATA), batches(HELD_OUT, 32), plan, log.context()), log


def test_the_loss_falls(run: tuple[TrainedNetwork, Log]) -> None:
    losses = run[1].history("loss", "train")
    assert len(losses) == EPOCHS
    assert losses[-1] < 0.5 * losses[0]


def test_every_epoch_is_logged_with_loss_and_metrics_of_both_channels(run: tuple[TrainedNetwork, Log]) -> None:
    assert [step for step, _ in run[1].rounds] == list(range(EPOCHS))
    assert all(set(scores) == {"train", "validation"} for _, scores in run[1].rounds)
    assert all(set(values) == {"loss", "rmse"} for _, scores in run[1].rounds for values in scores.values())


def test_the_metrics_of_the_validation_records_are_those_of_the_network_that_is_returned(
    run: tuple[TrainedNetwork, Log],
) -> None:
    loss = loss_of(run[0].model, HELD_OUT)
    assert run[1].history("loss", "validation")[-1] == pytest.approx(loss, rel=1e-5)
    assert run[1].history("rmse", "validation")[-1] == pytest.approx(np.sqrt(loss), rel=1e-5)


def test_without_a_metric_to_keep_by_the_last_epoch_is_kept(run: tuple[TrainedNetwork, Log]) -> None:
    assert (run[0].epoch, run[0].epochs) == (EPOCHS - 1, EPOCHS)


def test_the_weights_of_every_second_epoch_are_kept_beside(run: tuple[TrainedNetwork, Log]) -> None:
    learned, log = run
    assert sorted(learned.kept) == [1, 3, 5]
    model = network()
    model.set_weights(learned.kept[1])
    assert loss_of(model, HELD_OUT) == pytest.approx(log.history("loss", "validation")[1], rel=1e-5)


def test_the_same_records_give_the_same_weights(run: tuple[TrainedNetwork, Log]) -> None:
    keras.utils.set_random_seed(77)
    again = trained(batches(DATA), None, options(EPOCHS))
    assert same(again.model, run[0].model)


def test_a_record_of_weight_two_counts_like_two_records() -> None:
    rows = np.arange(24)
    double = DATA.take(np.repeat(rows, 2))
    heavy = DATA.take(rows)
    heavy.weights[:] = 2
    twice, weighted = (
        trained(batches(data, len(data.labels), shuffled=False), build=plain) for data in (double, heavy)
    )
    assert same(twice.model, weighted.model, 1e-5)


def test_records_of_weight_zero_are_not_learned_and_not_counted() -> None:
    spoiled = records()
    spoiled.labels[::2] = 1000
    spoiled.weights[::2] = 0
    one, other = Log(), Log()
    learned = trained(batches(spoiled, 20, shuffled=False), context=one.context(), build=plain)
    clean = trained(batches(DATA.take(np.s_[1::2]), 10, shuffled=False), context=other.context(), build=plain)
    assert same(learned.model, clean.model, 1e-5)
    assert one.history("loss", "train") == pytest.approx(other.history("loss", "train"), rel=1e-5)


def test_batches_without_weights_weigh_all_records_alike() -> None:
    given = batches(DATA)
    assert same(trained(unweighted(given)).model, trained(given).model)


def test_a_penalty_on_weights_shrinks_them_and_is_no_part_of_the_logged_loss() -> None:
    log = Log()
    learned = trained(batches(DATA), batches(HELD_OUT), options(8), log.context(), build=lambda: network(penalty=0.3))
    free = trained(batches(DATA), plan=options(8))
    sizes = [float(np.abs(model.get_weights()[0]).mean()) for model in (learned.model, free.model)]
    assert sizes[0] < 0.5 * sizes[1]
    assert log.history("loss", "validation")[-1] == pytest.approx(loss_of(learned.model, HELD_OUT), rel=1e-5)


def test_the_learning_rate_of_each_epoch_is_used() -> None:
    asked: list[int] = []

    def rate(epoch: int) -> float:
        asked.append(epoch)
        return 0.05 if epoch == 0 else 0.0

    log = Log()
    trained(
        batches(DATA), batches(HELD_OUT), options(3, rate=rate), log.context(), plain, optimizer=keras.optimizers.SGD
    )
    first, *others = log.history("loss", "validation")
    assert asked == [0, 1, 2]
    assert others == pytest.approx([first, first], rel=1e-5)


def test_the_best_epoch_is_kept_and_patience_ends_the_training() -> None:
    """The rate grows until the network gets worse."""
    log = Log()
    plan = options(
        40,
        rate=lambda epoch: 0.02 if epoch < 4 else 1.0,
        best_by=("loss", "min"),
        early_stopping=EarlyStopping("loss", "min", 3),
    )
    learned = trained(batches(DATA), batches(HELD_OUT), plan, log.context(), optimizer=keras.optimizers.Adam)
    losses = log.history("loss", "validation")
    assert learned.epoch == int(np.argmin(losses))
    assert learned.epochs == len(losses) == learned.epoch + 4
    assert loss_of(learned.model, HELD_OUT) == pytest.approx(min(losses), rel=1e-5)
    assert "early stopping: 3 epochs without progress" in log.lines[-1]


def test_without_validation_records_those_of_training_are_watched() -> None:
    log = Log()
    learned = trained(batches(DATA), None, options(4, best_by=("rmse", "max")), log.context())
    assert learned.epoch == int(np.argmax(log.history("rmse", "train")))


def test_training_that_diverges_names_the_learning_rate() -> None:
    with pytest.raises(HyperparameterError, match=r"learning_rate.*epoch 0.*lower"):
        trained(batches(DATA), plan=options(rate=lambda epoch: float("inf")), build=plain)


ONE_BATCH = batches(DATA, ROWS)
"""The loss of an epoch is known before its only update."""


def test_weights_that_the_last_update_spoiled_are_no_model() -> None:
    plan = options(1, rate=lambda epoch: float("inf"), best_by=("loss", "min"))
    with pytest.raises(HyperparameterError, match=r"learning_rate.*weights.*epoch 0.*lower"):
        trained(ONE_BATCH, None, plan, build=plain)


@pytest.mark.parametrize("best_by", [("loss", "min"), None])
def test_a_validation_loss_that_is_no_number_is_divergence(best_by: tuple[str, Literal["min"]] | None) -> None:
    """The weights are finite, what they make of the records is not."""
    plan = options(1, rate=lambda epoch: 1e30, best_by=best_by)
    with pytest.raises(HyperparameterError, match=r"learning_rate.*validation loss of epoch 0 is (inf|nan)"):
        trained(ONE_BATCH, batches(HELD_OUT), plan, build=plain)


def test_the_epoch_before_the_weights_were_spoiled_is_kept() -> None:
    log = Log()
    plan = options(3, rate=lambda epoch: 0.01 if epoch < 1 else float("inf"), best_by=("loss", "min"))
    learned = trained(ONE_BATCH, None, plan, log.context(), plain)
    assert (learned.epoch, learned.epochs) == (0, 1)
    assert np.isfinite(loss_of(learned.model, DATA))
    assert "The model of epoch 0 is kept" in log.lines[-1]


def test_the_best_epoch_before_training_diverged_is_kept() -> None:
    log = Log()
    plan = options(5, rate=lambda epoch: 0.01 if epoch < 2 else float("inf"), best_by=("loss", "min"))
    learned = trained(batches(DATA), batches(HELD_OUT), plan, log.context(), build=plain)
    assert (learned.epoch, learned.epochs) == (1, 2)
    assert "The model of epoch 1 is kept" in log.lines[-1]


def test_a_job_that_is_stopped_keeps_the_last_complete_epoch() -> None:
    """S-02: asked to stop within the third epoch."""
    log, whole = Log(), Log()
    context = log.context(stopping=lambda: len(log.rounds) == 2)
    learned = trained(batches(DATA), None, options(5), context)
    assert (learned.epoch, learned.epochs) == (1, 2)
    assert same(learned.model, trained(batches(DATA), None, options(2), whole.context()).model)


def test_a_job_that_is_stopped_while_it_is_judged_ends_too() -> None:
    """The validation records of the second epoch are the 15th batch or later to be asked about."""
    asked = [0]

    def stopping() -> bool:
        asked[0] += 1
        return asked[0] > 2 * (1 + -(-ROWS // BATCH)) + 1

    log = Log()
    learned = trained(batches(DATA), batches(HELD_OUT), options(5), log.context(stopping=stopping))
    assert learned.epochs == len(log.rounds) == 1


def test_a_job_that_is_stopped_in_its_first_epoch_leaves_no_model() -> None:
    asked = [0]

    def stopping() -> bool:
        asked[0] += 1
        return asked[0] > 2

    with pytest.raises(Stopped, match="no model"):
        trained(batches(DATA), context=Log().context(stopping=stopping))


def test_batches_and_epochs_are_told_with_their_speed() -> None:
    told: list[tuple[int, int]] = []
    ended: list[int] = []

    def on_batch(epoch: int, batch: int, speed: float, values: object) -> None:
        assert speed > 0
        assert set(dict(values)) == {"loss", "rmse"}  # type: ignore[call-overload]
        told.append((epoch, batch))

    def on_epoch(epoch: int, seconds: float) -> None:
        assert seconds > 0
        ended.append(epoch)

    trained(batches(DATA), plan=options(2), on_batch=on_batch, on_epoch=on_epoch)
    assert told == [(epoch, batch) for epoch in range(2) for batch in range(7)]
    assert ended == [0, 1]


def test_no_records_are_an_error_of_the_channel() -> None:
    with pytest.raises(ChannelError, match="'train' holds no records"):
        trained(batches(DATA.take(np.s_[:0])))


def _progress(losses: list[float], patience: EarlyStopping) -> TrainingProgress:
    progress = TrainingProgress(options(100, early_stopping=patience, best_by=("loss", "min")))
    for loss in losses:
        progress.add({"train": {"loss": loss}})
        if progress.ended:
            break
    return progress


def test_early_stopping_waits_for_its_first_epochs() -> None:
    losses = [1.0, *[2.0] * 20]
    assert _progress(losses, EarlyStopping("loss", "min", 3)).epochs == 4
    assert _progress(losses, EarlyStopping("loss", "min", 3, min_epochs=10)).epochs == 10


def test_progress_within_the_tolerance_is_none() -> None:
    falling = [10.0, 9.0, 8.0, 7.0, 6.0]
    assert _progress(falling, EarlyStopping("loss", "min", 2, tolerance=0.5)).epochs == 5
    assert _progress(falling, EarlyStopping("loss", "min", 2, tolerance=5.0)).epochs == 3
    assert _progress(falling, EarlyStopping("loss", "min", 2, tolerance=0.5, relative=True)).epochs == 3


def test_the_kept_epoch_is_the_best_one_also_within_the_tolerance() -> None:
    assert _progress([10.0, 9.0, 8.0], EarlyStopping("loss", "min", 2, tolerance=5.0)).best == 2


def test_the_first_of_equal_epochs_is_kept() -> None:
    assert _progress([3.0, 1.0, 1.0], EarlyStopping("loss", "min", 9)).best == 1


def test_an_epoch_without_a_value_is_never_the_best() -> None:
    assert _progress([float("nan"), 2.0, float("nan")], EarlyStopping("loss", "min", 9)).best == 1
