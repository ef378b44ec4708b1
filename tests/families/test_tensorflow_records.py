"""What the training loop of the family tensorflow learns from beside rows with a label."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from containers.tensorflow.engine import batch
from containers.tensorflow.engine.learning import EarlyStopping
from contract.context import Context
from tests.families import tensorflow_toys as toys
from tests.families.job_log import Log
from tests.families.tensorflow_networks import batches, options, records, same, squared, trained

DATA = records(40)
HELD_OUT = records(24, seed=5)


class Traced:
    """A loss that counts how often it is traced."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, labels: Any, outputs: Any) -> Any:
        self.times += 1
        return squared(labels, outputs)


@pytest.mark.parametrize("padded", [True, False], ids=["padded", "ragged"])
def test_sequences_may_be_of_another_length_in_every_batch(padded: bool) -> None:
    log, loss = Log(), Traced()
    given, judged = toys.sequences(padded), toys.sequences(padded, seed=5)
    learned = trained(given, judged, options(8), log.context(), toys.SequenceNetwork, loss=loss)
    assert log.history("loss")[-1] < 0.7 * log.history("loss")[0]
    errors = [squared(labels, learned.model(inputs, training=False)) for inputs, labels, _ in judged(0)]
    assert log.history("loss")[-1] == pytest.approx(float(np.mean(np.concatenate(errors))), rel=1e-5)
    assert loss.times == 2, "a step of each channel is traced once, whatever the lengths"


def test_ragged_sequences_teach_what_padded_ones_do() -> None:
    models = [trained(toys.sequences(padded), build=toys.SequenceNetwork).model for padded in (True, False)]
    assert same(*models, 1e-5)


def test_labels_may_be_several_tensors_and_any_number_a_record() -> None:
    """The epoch is chosen and training ended by a metric that is no sum over records."""
    log, held_out = Log(), toys.scenes(21, seed=5)
    plan = options(6, best_by=("median", "min"), early_stopping=EarlyStopping("median", "min", 9))
    learned = toys.trained_on_scenes(toys.scenes(60), held_out, 8, log.context(), plan=plan)
    assert log.history("loss", "train")[-1] < log.history("loss", "train")[0]
    assert log.history("boxes") == [sum(map(len, held_out.boxes))] * 6
    medians = log.history("median")
    assert learned.epoch == int(np.argmin(medians))
    answers = learned.model(held_out.features, training=False)["size"].numpy()[:, 0]
    assert min(medians) == pytest.approx(float(np.median(np.abs(answers - held_out.sizes))), rel=1e-5)


def test_records_of_weight_zero_are_not_gathered() -> None:
    given = toys.scene_batches(toys.scenes(24), 24, Context())

    def spoiled(epoch: int) -> tf.data.Dataset:
        zeros = tf.constant([1.0, 0.0] * 12)
        return given(epoch).map(
            lambda features, labels, weights: (
                features, {**labels, "size": labels["size"] + 1000 * (1 - zeros)}, weights * zeros,
            )
        )  # fmt: skip

    log = Log()
    trained(
        spoiled, None, options(1), log.context(), toys.scene_network, loss=toys.scene_loss,
        metrics=lambda: [toys.MedianError(), toys.BoxCount()],
    )  # fmt: skip
    assert log.history("median", "train")[0] < 100
    assert log.history("boxes", "train") == [sum(map(len, toys.scenes(24).boxes[::2]))]


def test_metrics_that_gather_are_told_while_an_epoch_runs() -> None:
    seen: list[float] = []
    toys.trained_on_scenes(
        toys.scenes(20), toys.scenes(8), 8, Context(), plan=options(1),
        on_batch=lambda epoch, index, speed, values: seen.append(values["median"]),
    )  # fmt: skip
    assert len(set(seen)) == 3


def test_without_labels_the_loss_sees_the_inputs() -> None:
    log = Log()
    given, judged = (toys.unlabelled(batches(data)) for data in (DATA, HELD_OUT))
    learned = toys.trained_on_inputs(toys.autoencoder, squared, given, judged, log.context())
    expected = float(np.mean(squared(HELD_OUT.features, learned.model(HELD_OUT.features, training=False))))
    assert log.history("loss")[-1] == pytest.approx(expected, rel=1e-5)
    assert log.history("rmse")[-1] == pytest.approx(np.sqrt(expected), rel=1e-5)


def test_a_network_may_bring_its_loss_itself() -> None:
    given, judged = (toys.unlabelled(batches(data)) for data in (DATA, HELD_OUT))
    mine, others = Log(), Log()
    own = toys.trained_on_inputs(toys.with_losses, None, given, judged, mine.context())
    told = toys.trained_on_inputs(toys.autoencoder, squared, given, judged, others.context())
    assert same(own.model, told.model, 1e-5)
    for channel in ("train", "validation"):
        assert mine.history("loss", channel) == pytest.approx(others.history("loss", channel), rel=1e-5)


def test_what_a_network_adds_itself_counts_beside_its_loss() -> None:
    """Once told and once added: twice the loss."""
    given, judged = (toys.unlabelled(batches(data)) for data in (DATA, HELD_OUT))
    mine, others = Log(), Log()
    twice = options(1, rate=lambda epoch: 0.0)
    toys.trained_on_inputs(toys.with_losses, squared, given, judged, mine.context(), plan=twice)
    toys.trained_on_inputs(toys.autoencoder, squared, given, judged, others.context(), plan=twice)
    assert mine.history("loss")[0] == pytest.approx(2 * others.history("loss")[0], rel=1e-5)


def test_a_network_without_any_loss_is_no_network_to_train() -> None:
    given = toys.unlabelled(batches(DATA))
    with pytest.raises(ValueError, match="add losses of its own"):
        toys.trained_on_inputs(toys.autoencoder, None, given, given, Context())


def test_an_interrupted_job_without_labels_goes_on(tmp_path: Path) -> None:
    given, judged = (toys.unlabelled(batches(data)) for data in (DATA, HELD_OUT))
    log, plan = Log(), options(4, early_stopping=EarlyStopping("loss", "min", 9), best_by=("loss", "min"))
    for until in (2, 99):
        log.rounds.clear()
        context = log.context(checkpoints=tmp_path, stopping=lambda until=until: len(log.rounds) >= until)
        resumed = toys.trained_on_inputs(toys.autoencoder, squared, given, judged, context, plan=plan)
    assert log.found("2 of 4 epochs are done")
    whole = toys.trained_on_inputs(toys.autoencoder, squared, given, judged, Context(), plan=plan)
    assert same(resumed.model, whole.model)


def test_a_filler_has_what_open_sizes_ask_for() -> None:
    """A host that never had a batch learns nothing from it, but its network must be able to see it."""
    spec = (
        {"words": tf.TensorSpec([8, None], tf.string), "pixels": tf.TensorSpec([None, None, 3], tf.uint8)},
        {"boxes": tf.RaggedTensorSpec([None, None, None, 4], tf.float32, 2, tf.int32)},
        tf.TensorSpec([None], tf.float64),
    )
    expected = batch.signature(spec)
    inputs, labels, weights = batch.filler(expected)
    assert {name: tuple(tensor.shape) for name, tensor in inputs.items()} == {"words": (1, 1), "pixels": (1, 1, 3)}
    assert (labels["boxes"].ragged_rank, labels["boxes"].bounding_shape().numpy().tolist()) == (2, [1, 1, 1, 4])
    assert weights.numpy().tolist() == [0]
    for mine, its in zip(tf.nest.flatten((inputs, labels, weights)), tf.nest.flatten(expected), strict=True):
        assert its.is_compatible_with(mine)
