"""How image-classification learns: epochs, metrics, the log, and going on from an earlier model."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from containers.tensorflow.image_classification import training
from containers.tensorflow.image_classification.algorithm import ALGORITHM, _notes
from containers.tensorflow.image_classification.initial_weights import Start, begin
from containers.tensorflow.image_classification.model import ImageClassifier
from containers.tensorflow.image_classification.networks import LAST_LAYER
from contract.context import Context
from contract.errors import ChannelError, HyperparameterError
from contract.images.names import Names
from contract.images.pictures import Images
from contract.images.stores import Files
from tests.families.image_classification_jobs import channel, lay, params, pictures, several_labels
from tests.families.job_log import Log

# Keras' own way to write weights

COUNT = 48


@dataclass(frozen=True)
class Channels:
    """The channels of most jobs here."""

    train: Images
    validation: Images

    def fit(self, log: Log | None = None, context: Context | None = None, **given: str) -> ImageClassifier:
        context = context or (log or Log()).context(threads=2)
        return ALGORITHM.fit(params(**given), self.train, self.validation, context)


@pytest.fixture(scope="module")
def channels(tmp_path_factory: pytest.TempPathFactory) -> Channels:
    folder = tmp_path_factory.mktemp("channels")
    train = channel(lay(folder / "train", pictures(COUNT)), params())
    held_out = lay(folder / "validation", pictures(24, seed=2))
    return Channels(train, channel(held_out, params(), train, "validation"))


@pytest.fixture(scope="module")
def job(channels: Channels) -> tuple[ImageClassifier, Log]:
    """Eight epochs of LeNet."""
    log = Log()
    return channels.fit(log, epochs="8", mini_batch_size="2", top_k="2"), log


@pytest.fixture(scope="module")
def earlier(job: tuple[ImageClassifier, Log], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a trained model."""
    folder = tmp_path_factory.mktemp("earlier")
    ALGORITHM.save(job[0], folder)
    return folder


def _same(first: ImageClassifier, second: ImageClassifier, but: str = "") -> bool:
    layers = [layer.name for layer in first.network.layers if layer.weights and layer.name != but]
    return all(
        np.array_equal(one, other)
        for name in layers
        for one, other in zip(
            first.network.get_layer(name).get_weights(), second.network.get_layer(name).get_weights(), strict=True
        )
    )


def test_lenet_learns_to_tell_pictures_apart(channels: Channels, job: tuple[ImageClassifier, Log]) -> None:
    model, log = job
    assert log.history("accuracy")[model.epoch] == 1
    predicted = ALGORITHM.predict(model, channels.validation).argmax(axis=1)
    assert (predicted == channels.validation.labels).all()


def test_a_resnet_learns_too(channels: Channels) -> None:
    log = Log()
    channels.fit(log, network="resnet", num_layers="20", optimizer="nag", learning_rate="0.05", epochs="3")
    losses = log.history("loss", "train")
    assert losses[-1] < losses[0] / 2


def test_every_epoch_logs_loss_accuracy_and_top_k_of_both_channels(job: tuple[ImageClassifier, Log]) -> None:
    _, log = job
    assert [epoch for epoch, _ in log.rounds] == list(range(8))
    for _, scores in log.rounds:
        assert set(scores) == {"train", "validation"}
        assert all(set(values) == {"loss", "accuracy", "top_k_accuracy"} for values in scores.values())
        assert all(values["accuracy"] <= values["top_k_accuracy"] <= 1 for values in scores.values())


def test_the_log_tells_time_and_speed_as_mxnet_does(job: tuple[ImageClassifier, Log]) -> None:
    _, log = job
    times = [line for line in log.lines if re.fullmatch(r"Epoch\[\d\] Time cost=\d+\.\d{3}", line)]
    speeds = [line for line in log.lines if "Speed" in line]
    assert len(times) == 8
    assert len(speeds) == 8  # of 24 batches an epoch, that of number 20
    pattern = r"Epoch\[\d\] Batch \[20\] Speed: \d+\.\d\d samples/sec accuracy=[01]\.\d{6}"
    assert all(re.fullmatch(pattern, line) for line in speeds)


def test_the_model_is_that_of_the_first_epoch_with_the_best_validation_accuracy(
    job: tuple[ImageClassifier, Log],
) -> None:
    model, log = job
    assert ALGORITHM.best_iteration(model) == int(np.argmax(log.history("accuracy")))


def test_the_scores_of_an_epoch_are_those_that_the_models_answers_get(
    channels: Channels, job: tuple[ImageClassifier, Log]
) -> None:
    model, log = job
    probabilities = ALGORITHM.predict(model, channels.validation)
    right = probabilities[np.arange(24), channels.validation.labels.astype(int)]
    assert log.history("loss")[model.epoch] == pytest.approx(float(-np.log(right).mean()), rel=1e-3)


def test_the_seed_decides_the_first_weights() -> None:
    weights = [training._builder(params(seed=seed), Start(params().spec), "float32")().get_weights() for seed in "778"]
    assert all(np.array_equal(first, again) for first, again in zip(weights[0], weights[1], strict=True))
    assert not np.array_equal(weights[0][0], weights[2][0])


def test_early_stopping_waits_for_the_validation_accuracy_after_the_least_number_of_epochs(channels: Channels) -> None:
    log = Log()
    channels.fit(
        log, learning_rate="0", epochs="9", early_stopping="True", early_stopping_min_epochs="4",
        early_stopping_patience="2",
    )  # fmt: skip
    assert len(log.rounds) == 4


def test_a_relative_tolerance_does_not_count_small_progress(channels: Channels) -> None:
    given = params(early_stopping="True", early_stopping_tolerance="0.2", early_stopping_patience="3")
    stopping = training.options(given, "").early_stopping
    assert stopping is not None
    assert (stopping.tolerance, stopping.relative, stopping.patience, stopping.min_epochs) == (0.2, True, 3, 10)
    assert training.options(params(), "").early_stopping is None


RANDOM = {
    "epochs": "5", "augmentation_type": "crop_color_transform", "dropout_rate": "0.2", "checkpoint_frequency": "2",
    "early_stopping": "True",
}  # fmt: skip


@pytest.fixture(scope="module")
def unbroken(channels: Channels) -> ImageClassifier:
    """Five epochs with all that is random."""
    return channels.fit(**RANDOM)


def test_an_interrupted_job_keeps_its_best_epoch_and_goes_on_to_the_model_of_an_unbroken_one(
    channels: Channels, unbroken: ImageClassifier, tmp_path: Path
) -> None:
    log, resumed = Log(), Log()
    stopping = log.context(threads=1, checkpoints=tmp_path, stopping=lambda: len(log.rounds) >= 2)
    assert channels.fit(context=stopping, **RANDOM).epoch in (0, 1)
    assert len(log.rounds) == 2
    model = channels.fit(context=resumed.context(threads=2, checkpoints=tmp_path), **RANDOM)
    assert [line[:8] for line in resumed.lines if "Time cost" in line] == ["Epoch[2]", "Epoch[3]", "Epoch[4]"]
    assert _same(model, unbroken)
    assert sorted(model.kept) == sorted(unbroken.kept)


def test_a_checkpoint_of_other_pictures_settings_or_beginnings_is_not_taken(channels: Channels, earlier: Path) -> None:
    both = (channels.train, channels.validation)
    fresh, other = Start(params().spec), (channels.train.take(np.arange(40)), channels.validation)
    cases = [
        (params(), fresh, both),
        (params(epochs="9"), fresh, both),
        (params(seed="1"), fresh, both),
        (params(checkpoint_frequency="1"), fresh, both),
        (params(), begin(params(), ALGORITHM.load(earlier), ()), both),
        (params(), fresh, other),
    ]
    texts = [training._configuration(*case, Context(checkpoints=earlier)) for case in cases]
    assert texts[0] == texts[1]
    assert len(set(texts)) == 5


def test_pictures_are_not_read_for_checkpoints_where_there_are_none(channels: Channels) -> None:
    gone = replace(channels.train, store=Files("train", Path("/nowhere"), Names()))
    assert training._configuration(params(), Start(params().spec), (gone, gone), Context()) == ""


def test_a_job_on_other_pictures_of_the_same_names_and_labels_begins_afresh(channels: Channels, tmp_path: Path) -> None:
    folder, log = tmp_path / "checkpoints", Log()
    folder.mkdir()
    channels.fit(context=log.context(checkpoints=folder), epochs="1")
    train = channel(lay(tmp_path / "train", pictures(COUNT, seed=3)), params())
    assert np.array_equal(train.index, channels.train.index)
    again = Log()
    Channels(train, channels.validation).fit(context=again.context(checkpoints=folder), epochs="2")
    assert [epoch for epoch, _ in again.rounds] == [0, 1]
    assert "1 checkpoints of other hyperparameters or data are not used" in again.lines


def test_a_job_that_goes_on_from_another_earlier_model_begins_afresh(
    channels: Channels, earlier: Path, tmp_path: Path
) -> None:
    other = ALGORITHM.load(earlier)
    other.network.set_weights([weight * np.float32(0.5) for weight in other.network.get_weights()])
    for name in ("checkpoints", "other"):
        (tmp_path / name).mkdir()
    ALGORITHM.save(other, tmp_path / "other")
    epochs = []
    for model in (earlier, tmp_path / "other", tmp_path / "other"):
        log = Log()
        channels.fit(context=log.context(checkpoints=tmp_path / "checkpoints", base_model=model), epochs="1")
        epochs.append(sum("Time cost" in line for line in log.lines))
    assert epochs == [1, 1, 0]


def test_the_weights_of_every_nth_epoch_lie_in_the_artifact_too(unbroken: ImageClassifier, tmp_path: Path) -> None:
    assert sorted(unbroken.kept) == [1, 3]
    ALGORITHM.save(unbroken, tmp_path)
    numbers = {int(path.stem[-4:]) for path in tmp_path.glob("image-classification-*.keras")}
    assert numbers == {2, 4, unbroken.epoch + 1}
    assert _same(ALGORITHM.load(tmp_path), unbroken)


@pytest.mark.parametrize("optimizer", ["sgd", "nag", "adam", "rmsprop"])
def test_an_optimizer_gets_the_hyperparameters_that_are_its_own(optimizer: str) -> None:
    given = params(
        optimizer=optimizer, learning_rate="0.25", momentum="0.5", beta_1="0.8", beta_2="0.95", eps="0.001", gamma="0.7"
    )
    config = training.optimizer(given).get_config()
    expected: dict[str, dict[str, Any]] = {
        "sgd": {"momentum": 0.5, "nesterov": False},
        "nag": {"momentum": 0.5, "nesterov": True},
        "adam": {"beta_1": 0.8, "beta_2": 0.95, "epsilon": 0.001},
        "rmsprop": {"rho": 0.7, "epsilon": 0.001, "momentum": 0.0},
    }
    assert {name: config[name] for name in expected[optimizer]} == expected[optimizer]
    assert config["learning_rate"] == pytest.approx(0.25)


def test_a_picture_that_cannot_be_read_ends_the_job_with_its_name(tmp_path: Path, channels: Channels) -> None:
    folder = lay(tmp_path, pictures(6))
    broken = Channels(channel(folder, params()), channels.validation)
    (folder / "2" / "0002.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(ChannelError, match=r"channel 'train', file 2/0002\.png: is a damaged picture"):
        broken.fit()


def test_without_a_validation_channel_the_job_is_refused(channels: Channels) -> None:
    with pytest.raises(ChannelError, match="'validation' is missing"):
        ALGORITHM.fit(params(), channels.train, None, Context())


# several labels


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Channels:
    given = params(multi_label="1")
    folder = tmp_path_factory.mktemp("labelled")
    content, listed = several_labels(60)
    train = channel(lay(folder / "train", content[:40], listed[:40]), given)
    held_out = lay(folder / "validation", content[40:], listed[40:])
    return Channels(train, channel(held_out, given, train, "validation"))


def test_several_labels_are_learned_and_their_accuracy_is_the_mean_over_classes(labelled: Channels) -> None:
    log = Log()
    model = labelled.fit(log, multi_label="1", use_weighted_loss="1", epochs="12", mini_batch_size="4", top_k="2")
    right = (ALGORITHM.predict(model, labelled.validation) > 0.5) == (labelled.validation.labels > 0.5)
    assert right.mean() > 0.9
    assert log.history("accuracy")[model.epoch] == pytest.approx(right.mean(), abs=1e-6)
    assert any("top_k: " in line for line in log.lines)


@pytest.mark.parametrize("use_weighted_loss", ["0", "1"])
def test_the_loss_of_several_labels_is_the_mean_cross_entropy_of_the_classes(
    labelled: Channels, use_weighted_loss: str
) -> None:
    given = params(multi_label="1", use_weighted_loss=use_weighted_loss)
    logits = np.random.default_rng(3).normal(size=(5, 3)).astype(np.float32)
    labels = labelled.train.labels[:5].astype(np.float32)
    found = training.loss(given, labelled.train, Context())(tf.constant(labels), tf.constant(logits))
    shown, absent = training.balance(labelled.train, Context()) if use_weighted_loss == "1" else (1, 1)
    likely = 1 / (1 + np.exp(-logits))
    expected = -(labels * shown * np.log(likely) + (1 - labels) * absent * np.log(1 - likely)).mean(axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_sharded_hosts_weigh_classes_by_the_images_of_all(labelled: Channels) -> None:
    halves = [labelled.train.take(np.arange(0, 15)), labelled.train.take(np.arange(15, 40))]
    told = [[len(part), part.labels.sum(axis=0).tolist()] for part in halves]
    context = Context(hosts=("algo-1", "algo-2"), sharded=True, agree=lambda value: told)
    np.testing.assert_allclose(training.balance(halves[0], context), training.balance(labelled.train, Context()))


def test_the_weights_of_a_class_make_images_with_and_without_it_equally_heavy(labelled: Channels) -> None:
    labels = labelled.train.labels
    shown, absent = training.balance(labelled.train, Context())
    np.testing.assert_allclose((labels * shown).sum(axis=0), ((1 - labels) * absent).sum(axis=0), rtol=1e-5)
    np.testing.assert_allclose((labels * shown + (1 - labels) * absent).mean(axis=0), 1, rtol=1e-5)


def test_a_class_that_no_image_shows_is_not_weighted(labelled: Channels) -> None:
    none = labelled.train.take(np.flatnonzero(labelled.train.labels[:, 0] == 0))
    shown, absent = training.balance(none, Context())
    assert (shown[0], absent[0]) == (1, 1)
    assert shown[1] != 1


# an earlier model


def test_training_goes_on_from_the_weights_of_an_earlier_model(
    channels: Channels, job: tuple[ImageClassifier, Log], earlier: Path
) -> None:
    log = Log()
    model = channels.fit(context=log.context(base_model=earlier), learning_rate="0", epochs="1")
    assert _same(model, job[0])
    assert log.history("accuracy") == [1]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"network": "resnet", "num_layers": "20"}, r"network: resnet, but .* lenet; num_layers: 20, but .* 5"),
        ({"image_shape": "3,20,16"}, r"image_shape: 3,20,16, but .* 3,16,16"),
        ({"num_classes": "4"}, r"num_classes: 4, but .* 3.*use_pretrained_model to 1"),
        ({"multi_label": "1"}, r"multi_label: 1, but .* 0"),
        ({"normalization": "constant"}, r"normalization: constant, but .* image"),
        ({"use_pretrained_model": "1", "image_shape": "3,20,16"}, r"image_shape: 3,20,16, but .* 3,16,16"),
    ],
)
def test_a_network_that_differs_from_the_earlier_one_is_refused_with_the_difference(
    channels: Channels, earlier: Path, given: dict[str, str], told: str
) -> None:
    with pytest.raises(HyperparameterError, match=told):
        channels.fit(context=Context(base_model=earlier), **given)


def test_a_pretrained_model_keeps_all_layers_but_the_last_for_other_classes(
    labelled: Channels, job: tuple[ImageClassifier, Log], earlier: Path
) -> None:
    given = {"use_pretrained_model": "1", "multi_label": "1", "learning_rate": "0", "epochs": "1"}
    model = labelled.fit(context=Context(base_model=earlier), **given)
    assert _same(model, job[0], but=LAST_LAYER)
    assert not _same(model, job[0])


def test_a_pretrained_model_of_the_same_classes_keeps_its_last_layer(
    channels: Channels, job: tuple[ImageClassifier, Log], earlier: Path
) -> None:
    given = {"use_pretrained_model": "1", "learning_rate": "0", "epochs": "1"}
    assert _same(channels.fit(context=Context(base_model=earlier), **given), job[0])


@pytest.mark.parametrize(
    ("classes", "told"),
    [
        (("0", "2", "3"), r"classes: 2, 3, but the model of the channel 'model' has 1, 2: .*use_pretrained_model to 1"),
        (("0", "1", "2"), None),
        ((), None),
    ],
)
def test_classes_of_other_names_are_refused_for_they_are_other_classes(
    earlier: Path, classes: tuple[str, ...], told: str | None
) -> None:
    model = ALGORITHM.load(earlier)
    assert model.classes == ("0", "1", "2")
    if told is None:
        assert not begin(params(), model, classes).new_classes
        return
    with pytest.raises(HyperparameterError, match=told):
        begin(params(), model, classes)


def test_the_refusal_shows_the_first_five_names_that_differ(earlier: Path) -> None:
    names = tuple("abcdefg")
    model = replace(ALGORITHM.load(earlier), classes=tuple(name.upper() for name in names))
    with pytest.raises(HyperparameterError, match=r"a, b, c, d, e …, but .* has A, B, C, D, E …: "):
        begin(params(), model, names)


def test_a_pretrained_model_learns_classes_of_other_names_with_a_new_last_layer(earlier: Path) -> None:
    model = ALGORITHM.load(earlier)
    assert begin(params(use_pretrained_model="1"), model, ("cat", "dog", "owl")).new_classes
    assert not begin(params(use_pretrained_model="1"), model, model.classes).new_classes


def test_use_pretrained_model_without_the_model_channel_tells_to_bring_one(channels: Channels) -> None:
    with pytest.raises(
        HyperparameterError, match=r"use_pretrained_model: 1 .*channel 'model'.*no weights are downloaded"
    ):
        channels.fit(use_pretrained_model="1")


# notes


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"num_training_samples": "50"}, "num_training_samples is 50, but the channel 'train' holds 48 images"),
        ({"optimizer": "adam", "eps": "0"}, "eps: 0 lets adam divide by zero"),
        ({"optimizer": "rmsprop", "eps": "0"}, "eps: 0 lets rmsprop divide by zero"),
        ({"kv_store": "dist_async"}, "kv_store dist_async: several hosts train synchronously"),
        ({"multi_label": "1", "top_k": "2"}, "top_k: is for one label an image"),
    ],
)
def test_what_a_setting_does_otherwise_than_its_name_says_is_told(given: dict[str, str], told: str) -> None:
    (note,) = _notes(params(**given), COUNT)
    assert told in note


def test_an_eps_of_an_optimizer_that_is_not_used_is_not_told() -> None:
    assert not list(_notes(params(optimizer="sgd", eps="0"), COUNT))


def test_usual_settings_are_not_commented(job: tuple[ImageClassifier, Log]) -> None:
    assert all(line.startswith("Epoch[") for line in job[1].lines)


def test_float16_without_a_gpu_is_float32_and_told() -> None:
    if tf.config.list_physical_devices("GPU"):
        pytest.skip("there is a GPU")
    log = Log()
    assert training._policy(params(precision_dtype="float16"), log.context()) == "float32"
    assert log.lines == ["precision_dtype: float16 is for GPUs; there is none, so float32 is used"]


def test_mixed_precision_keeps_normalisation_weights_and_logits_in_float32() -> None:
    network = training._builder(params(), Start(params().spec), training.MIXED)()
    computed = {layer.name: layer.compute_dtype for layer in network.layers}
    assert computed["convolution_1"] == "float16"
    assert computed["normalization"] == computed[LAST_LAYER] == "float32"
    assert {weight.dtype for weight in network.weights} == {"float32"}
    assert keras.config.dtype_policy().name == "float32"


@pytest.mark.parametrize(
    ("num_layers", "image_shape", "told"),
    [
        ("20", "3,224,224", "slow on large ones"),
        ("152", "3,32,32", "keeps the size"),
        ("50", "3,48,48", "see 2 × 2 places"),
        ("20", "3,32,32", None),
        ("50", "3,224,224", None),
    ],
)
def test_a_depth_that_does_not_suit_the_size_of_the_images_is_told(
    num_layers: str, image_shape: str, told: str | None
) -> None:
    notes = list(_notes(params(network="resnet", num_layers=num_layers, image_shape=image_shape), COUNT))
    assert (told is None) == (not notes)
    assert told is None or told in notes[0]
