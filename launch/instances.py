"""Reads processor, GPU and disk from the name of an instance type.

``ml.m7gd.xlarge``: a series, a generation, then attributes, of which ``g`` is Graviton and ``d`` a disk of its own.
Source: Amazon EC2, naming conventions of instance types.
"""

from __future__ import annotations

import re

NAME = re.compile(r"(?:ml\.)?(?P<series>[a-z]+?)(?P<generation>\d+)(?P<attributes>[a-z]*)(?P<chip>-[a-z0-9-]+)?\..+")
GPU_SERIES = ("g", "gr", "p")
OTHER_CHIPS = {"inf": "Inferentia", "trn": "Trainium"}


def architecture(instance_type: str) -> str:
    """``amd64`` or ``arm64``, as image configurations call them."""
    name = NAME.match(instance_type)
    arm = name is not None and (
        "g" in name["attributes"] or name["series"] == "a" or (name["chip"] or "").startswith("-gb")
    )
    return "arm64" if arm else "amd64"


def has_gpu(instance_type: str) -> bool:
    """Whether there is a GPU of NVIDIA's in it."""
    name = NAME.match(instance_type)
    return name is not None and name["series"] in GPU_SERIES


def other_chip(instance_type: str) -> str:
    """The name of an accelerator that none of our images uses; empty where there is none."""
    name = NAME.match(instance_type)
    return OTHER_CHIPS.get(name["series"], "") if name else ""


def has_own_disk(instance_type: str) -> bool:
    """Whether its disk is its own, and encrypted by itself."""
    name = NAME.match(instance_type)
    if name is None:
        return False
    series, generation = name["series"], int(name["generation"])
    return (
        "d" in name["attributes"]
        or series in ("dl", "trn")
        or (series == "p" and generation >= 4)
        or (series == "g" and (generation in (5, 6) or name["attributes"] == "e"))
    )
