"""The metrics of image-classification as the log shows them."""

from __future__ import annotations

import re

import pytest

from containers.tensorflow.image_classification.metric_log import ImageClassificationLog

LOG = ImageClassificationLog()
REGEX = {"train": r"Epoch\S* Train-accuracy=(\S*)", "validation": r"Epoch\S* Validation-accuracy=(\S*)"}
"""Those of SageMaker's image classification."""
SCORES = {"train": {"loss": 1.25, "accuracy": 0.375}, "validation": {"loss": 1.5, "accuracy": 0.77}}


def test_lines_are_those_of_mxnet_with_nothing_behind_the_value() -> None:
    assert LOG.lines("algo-1", 0, SCORES) == [
        "Epoch[0] Train-loss=1.250000",
        "Epoch[0] Train-accuracy=0.375000",
        "Epoch[0] Validation-loss=1.500000",
        "Epoch[0] Validation-accuracy=0.770000",
    ]


def test_lines_of_the_final_model_are_of_its_epoch() -> None:
    assert LOG.lines("algo-1", 12, {"validation": {"accuracy": 0.9}}) == ["Epoch[12] Validation-accuracy=0.900000"]


@pytest.mark.parametrize("channel", ["train", "validation"])
def test_definitions_of_the_accuracy_are_sagemakers_own(channel: str) -> None:
    assert LOG.definition(channel, "accuracy") == {"Name": f"{channel}:accuracy", "Regex": REGEX[channel]}


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "top_k_accuracy", "cross-entropy", "loss"])
@pytest.mark.parametrize("channel", ["train", "validation"])
def test_each_regex_finds_the_value_of_its_own_metric_and_channel_only(channel: str, metric: str) -> None:
    values = {"accuracy": 0.1, "balanced_accuracy": 0.2, "top_k_accuracy": 0.3, "cross-entropy": 0.4, "loss": 0.5}
    scores = {"train": values, "validation": {name: value + 0.5 for name, value in values.items()}}
    definition = LOG.definition(channel, metric)
    assert definition is not None
    found = re.findall(definition["Regex"], "\n".join(LOG.lines("algo-1", 3, scores)))
    assert [float(text) for text in found] == [pytest.approx(scores[channel][metric])]
