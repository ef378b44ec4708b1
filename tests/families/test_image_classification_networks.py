"""The networks: their layers, what they do to pixels, and their description in a file."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from containers.tensorflow.image_classification import networks
from containers.tensorflow.image_classification.network_spec import (
    BOTTLENECK_FROM,
    CIFAR_DEPTHS,
    DEPTHS,
    IMAGENET_BLOCKS,
    NORMALIZATIONS,
    NetworkSpec,
)
from containers.tensorflow.image_classification.networks import build
from contract.errors import ArtifactError

LENET = NetworkSpec("lenet", 5, (1, 32, 32), 10)
RESNET = NetworkSpec("resnet", 20, (3, 32, 32), 4)


def _pixels(spec: NetworkSpec, count: int = 3) -> Any:
    return np.random.default_rng(4).integers(0, 200, (count, *spec.input_shape)).astype(np.float32)


def _answer(network: keras.Model, pixels: Any) -> Any:
    return np.asarray(network(pixels, training=False))


def _same(first: keras.Model, second: keras.Model) -> bool:
    pairs = zip(first.get_weights(), second.get_weights(), strict=True)
    return all(np.array_equal(one, other) for one, other in pairs)


def test_lenet_has_the_layers_and_the_61706_weights_of_the_paper() -> None:
    network = build(LENET)
    assert network.count_params() == 61_706
    shapes = [tuple(layer.output.shape[1:]) for layer in network.layers if "convolution" in layer.name]
    assert shapes == [(28, 28, 6), (10, 10, 16)]


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_blocks_of_every_depth_add_up_to_its_number_of_layers(depth: int) -> None:
    convolutions = 3 if depth in IMAGENET_BLOCKS and depth >= BOTTLENECK_FROM else 2
    blocks, widths = networks._stages(depth)
    assert sum(blocks) * convolutions + 2 == depth
    assert len(blocks) == len(widths)


@pytest.mark.parametrize("depth", [18, 20, 50])
def test_a_resnet_has_as_many_layers_with_weights_as_it_says_beside_its_shortcuts(depth: int) -> None:
    layers = build(replace(RESNET, num_layers=depth)).layers
    kernels = [layer for layer in layers if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense)]
    shortcuts = 3 if depth in CIFAR_DEPTHS else 4
    assert len(kernels) - shortcuts == depth


@pytest.mark.parametrize(
    ("image_shape", "last"), [((3, 224, 192), (7, 6, 512)), ((3, 48, 64), (2, 2, 512)), ((3, 32, 32), (4, 4, 512))]
)
def test_an_imagenet_network_keeps_the_size_of_small_images_in_its_stem(
    image_shape: tuple[int, int, int], last: tuple[int, ...]
) -> None:
    network = build(replace(RESNET, num_layers=18, image_shape=image_shape))
    assert tuple(network.get_layer("mean").input.shape[1:]) == last


@pytest.mark.parametrize("spec", [LENET, RESNET, replace(RESNET, image_shape=(1, 8, 12), multi_label=True)])
def test_a_network_answers_logits_for_bytes_as_for_floats(spec: NetworkSpec) -> None:
    network, pixels = build(spec), _pixels(spec)
    logits = _answer(network, pixels)
    assert logits.shape == (3, spec.num_classes)
    assert logits.min() < 0 or logits.sum(axis=1).max() > 1.5
    np.testing.assert_array_equal(_answer(network, pixels.astype(np.uint8)), logits)


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_normalisation_by_image_is_blind_to_brightness_and_contrast_and_by_constants_is_not(normalization: str) -> None:
    network = build(replace(LENET, normalization=normalization))
    pixels = _pixels(LENET)
    difference = np.abs(_answer(network, pixels * 0.5 + 100) - _answer(network, pixels)).max()
    assert (difference < 1e-3) == (normalization == "image")


def test_normalisation_gives_each_image_mean_0_and_deviation_1_or_a_range_of_minus_1_to_1() -> None:
    pixels = _pixels(RESNET)
    pixels[0, 0, 0], pixels[0, 0, 1] = 0, 255
    for normalization in NORMALIZATIONS:
        network = build(replace(RESNET, normalization=normalization))
        values = _answer(keras.Model(network.input, network.get_layer("normalization").output), pixels)
        if normalization == "image":
            np.testing.assert_allclose(values.mean(axis=(1, 2, 3)), 0, atol=1e-4)
            np.testing.assert_allclose(values.std(axis=(1, 2, 3)), 1, atol=1e-3)
        else:
            np.testing.assert_allclose(values, pixels / 127.5 - 1, atol=1e-6)


def test_an_image_of_one_colour_gets_finite_answers() -> None:
    assert np.isfinite(_answer(build(LENET), np.full((1, 32, 32, 1), 200, np.float32))).all()


def test_the_same_seed_makes_the_same_weights_and_the_same_names_of_layers() -> None:
    made = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        made.append(build(RESNET))
    assert _same(made[0], made[1])
    assert not _same(made[0], made[2])
    names = [[layer.name for layer in network.layers] for network in made]
    assert names[0] == names[1] == names[2]


@pytest.mark.parametrize("spec", [LENET, RESNET])
def test_dropout_changes_answers_while_training_only(spec: NetworkSpec) -> None:
    network, pixels = build(replace(spec, dropout_rate=0.5)), _pixels(spec)
    np.testing.assert_array_equal(_answer(network, pixels), _answer(network, pixels))
    draws = [np.asarray(network(pixels, training=True)) for _ in range(2)]
    assert not np.array_equal(*draws)


def test_the_penalty_is_half_the_decay_times_the_squares_of_all_kernels() -> None:
    network = build(RESNET, weight_decay=0.01)
    kernels = [weight for weight in network.trainable_weights if weight.name == "kernel"]
    squares = sum(float(np.square(kernel.numpy()).sum()) for kernel in kernels)
    assert float(sum(network.losses)) == pytest.approx(0.005 * squares, rel=1e-4)
    assert not build(RESNET).losses


@pytest.mark.parametrize("spec", [LENET, replace(RESNET, multi_label=True, normalization="constant", dropout_rate=0.2)])
def test_a_description_survives_json(spec: NetworkSpec) -> None:
    assert NetworkSpec.of(json.loads(json.dumps(spec.as_json()))) == spec


@pytest.mark.parametrize(
    "change",
    [
        {"network": "vgg"}, {"num_layers": 19}, {"num_layers": True}, {"image_shape": [3, 32]}, {"image_shape": None},
        {"image_shape": [3, 4, 32]}, {"num_classes": 0}, {"num_classes": "4"}, {"normalization": "none"}, {"more": 1},
    ],
)  # fmt: skip
def test_a_description_of_no_network_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ArtifactError, match="the description of the network"):
        NetworkSpec.of(RESNET.as_json() | change)


def test_an_incomplete_description_is_refused() -> None:
    fields = RESNET.as_json()
    del fields["num_classes"]
    with pytest.raises(ArtifactError, match=r"incomplete .*num_classes"):
        NetworkSpec.of(fields)
