"""Every notebook runs from its first cell to its last, reaches its references, and shows no empty picture.

As processes all of them do. In the images the smallest does, which shows that RUNTIME reaches them; what runs there is
tested by tests/contract and tests/images, and IMAGE_TESTS=all in the environment runs all notebooks.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples import notebook
from examples.scenario import Scenario, scenarios
from tests.contract.subject import FAMILIES
from tests.examples.references import REFERENCES
from tests.images.engine import find_image

IN_IMAGES = {"salary"}


def runs() -> Iterator[object]:
    for scenario in scenarios():
        yield pytest.param(scenario, "process", id=f"{scenario.name}-process")
        if scenario.name in IN_IMAGES or os.environ.get("IMAGE_TESTS") == "all":
            yield pytest.param(scenario, "docker", id=f"{scenario.name}-docker", marks=pytest.mark.image)


@pytest.mark.parametrize(("scenario", "runtime"), list(runs()))
def test_an_example_reaches_its_references_and_shows_no_empty_picture(
    scenario: Scenario, runtime: str, data_folder: Path
) -> None:
    if runtime == "docker":
        for family in FAMILIES:
            find_image(f"open-algorithms/{family}:latest")
    outcome = notebook.run(scenario, data_folder, runtime)
    assert outcome.empty_pictures == []
    wanted = REFERENCES[scenario.name]
    assert wanted.keys() <= outcome.scores.keys()
    missed = {name: outcome.scores[name] for name in wanted if not wanted[name].accepts(outcome.scores[name])}
    assert missed == {}
