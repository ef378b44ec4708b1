"""The native model file ``model.txt``: ours, and that of any LightGBM program.

The library ends the whole process over a text that breaks off or was changed on its way, so the text is checked for
being whole before the library sees it: it says the size of every tree, and how it ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import lightgbm

from containers.lightgbm import pandas_categories
from containers.lightgbm.model import Model
from contract.builtins.problem import Problem
from contract.errors import ArtifactError
from contract.native_files import begins_with, native_files

NAME = "model.txt"
MAGIC = b"tree\n"
VERSIONS = ("v2", "v3", "v4")
PICKLES = (".pkl", ".pickle", ".joblib")
SKOPS = ".skops"
"""What MLflow makes of an estimator in scikit-learn's style."""
REGRESSION = frozenset("regression regression_l1 huber fair poisson quantile mape gamma tweedie".split())
BINARY = frozenset({"binary", "cross_entropy"})
MULTICLASS = frozenset({"multiclass", "multiclassova"})

WAY_OUT = f"write it where it was made with booster.save_model('{NAME}'), estimators with model.booster_.save_model"


@dataclass(frozen=True)
class Header:
    """The values in the first lines of a model, by name; ``levels`` are the texts of pandas categories, by column."""

    values: dict[str, str]
    levels: dict[int, tuple[str, ...]] = field(default_factory=dict)

    @property
    def feature_count(self) -> int:
        return int(self.values["max_feature_idx"]) + 1

    @property
    def feature_names(self) -> list[str]:
        """The names of the columns, empty where the library made them up."""
        names = self.values.get("feature_names", "").split(" ")
        made_up = all(name in (f"Column_{number}", f"feature_{number}") for number, name in enumerate(names))
        return [] if made_up or len(names) != self.feature_count else names

    @property
    def tree_sizes(self) -> list[int]:
        """The bytes of each tree's text."""
        return [int(size) for size in self.values["tree_sizes"].split()]

    @property
    def problem(self) -> Problem:
        """The problem that was learned; raises ``ArtifactError`` where it is neither regression nor classification."""
        objective = self.values.get("objective", "unknown").partition(" ")[0]
        if objective in REGRESSION:
            return Problem("regression")
        if objective in BINARY:
            return Problem("binary_classification", 2)
        if objective in MULTICLASS:
            return Problem("multiclass_classification", int(self.values["num_class"]))
        raise ArtifactError(f"the model's objective is {objective}: that is neither a regression nor a classification")


def find(directory: Path) -> Path:
    """The model file of a directory: ``model.txt``, or the only LightGBM model in it. Raises ``ArtifactError``."""
    files = native_files(directory)
    named = [path for path in files if path.name == NAME]
    models = named or [path for path in files if begins_with(path, MAGIC)]
    if len(models) == 1:
        return models[0]
    if models:
        raise ArtifactError(f"several models, {', '.join(path.name for path in models)}; keep one, as {NAME}")
    pickles = [path.name for path in files if path.suffix in PICKLES]
    if pickles:
        raise ArtifactError(f"{pickles[0]} is a Python pickle, which could run any program; {WAY_OUT}")
    skops = [path.name for path in files if path.suffix == SKOPS]
    if skops:
        raise ArtifactError(f"{skops[0]} holds Python objects of skops, which this image does not load; {WAY_OUT}")
    seen = ", ".join(path.name for path in files) or "no file"
    raise ArtifactError(f"no LightGBM model {NAME} in the model directory, which holds: {seen}")


def load(path: Path) -> Model:
    """Reads a model. Raises ``ArtifactError`` with what is wrong with the file."""
    with _naming(path):
        return parse(path.read_bytes())


def head(path: Path) -> Header:
    """The header of a model that is whole. Raises ``ArtifactError``."""
    with _naming(path):
        return checked_header(path.read_bytes())


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    try:
        yield
    except ArtifactError as error:
        raise ArtifactError(f"{path.name}: {error}") from error


def parse(raw: bytes) -> Model:
    """A model from the library's text. Raises ``ArtifactError``."""
    problem = checked_header(raw).problem
    try:
        return Model(lightgbm.Booster(model_str=raw.decode()), problem)
    except (lightgbm.basic.LightGBMError, ValueError) as error:
        cause = (str(error).strip() or repr(error)).splitlines()[0]
        raise ArtifactError(f"LightGBM {lightgbm.__version__} cannot read the model ({cause}); {WAY_OUT}") from error


def checked_header(raw: bytes) -> Header:
    """The header of a text that is whole. Raises ``ArtifactError`` for any other."""
    if not raw.startswith(MAGIC):
        raise ArtifactError(f"not a model in LightGBM's text form; {WAY_OUT}")
    lines, _, _ = raw.partition(b"\n\n")
    try:
        header = Header(dict(line.partition("=")[::2] for line in lines.decode().splitlines()[1:]))
        version = header.values["version"]
        whole = _trees_are_whole(raw, len(lines) + 2, header.tree_sizes) and header.feature_count > 0
    except (KeyError, ValueError) as error:
        raise ArtifactError(f"the head of the model is incomplete ({error}); upload it again, or {WAY_OUT}") from error
    if version not in VERSIONS:
        raise ArtifactError(f"the model has the form {version}, this image knows {', '.join(VERSIONS)}")
    if not whole:
        raise ArtifactError("the model was cut off or changed on its way; upload it again as it was written")
    infos = header.values.get("feature_infos", "").split(" ")
    return replace(header, levels=pandas_categories.levels(raw, infos))


def _trees_are_whole(raw: bytes, start: int, sizes: list[int]) -> bool:
    """Returns whether the trees and what follows them stand where the header says."""
    for number, size in enumerate(sizes):
        if not raw.startswith(b"Tree=%d\n" % number, start):
            return False
        start += size
    return raw.startswith(b"end of trees", start) and raw.find(b"\nend of parameters\n", start) > 0
