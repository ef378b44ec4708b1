"""The hyperparameter tables of the families' READMEs, written from the declarations.

``python -m containers.documentation xgboost`` brings ``containers/xgboost/README.md`` up to date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from containers.algorithm import algorithms
from containers.hyperparameter_values import type_name
from containers.hyperparameters import Hyperparameters, Spec, specs

START, END = "<!-- hyperparameters of {} -->", "<!-- end -->"


def table(declared: type[Hyperparameters]) -> str:
    """A Markdown table of all hyperparameters."""
    head = "| name | type | allowed | default | tunable | meaning |\n|---|---|---|---|---|---|"
    return "\n".join([head, *(_row(spec) for spec in specs(declared))])


def current(readme: str, family: str) -> str:
    """The text of a family's README with every table between its marks made anew."""
    for algorithm in algorithms(family).values():
        start = START.format(algorithm.name)
        before, mark, rest = readme.partition(start)
        if not mark:
            raise ValueError(f"the README of {family} has no line {start}, where the table belongs")
        _, _, after = rest.partition(END)
        readme = f"{before}{start}\n{table(algorithm.Hyperparameters)}\n{END}{after}"
    return readme


def _row(spec: Spec) -> str:
    declaration = spec.declaration
    names = "<br>".join(f"`{name}`" for name in (spec.name, *declaration.aliases))
    allowed = declaration.bounds.text if declaration.bounds else ", ".join(declaration.choices)
    tunable = "{:g} to {:g}".format(*declaration.tunable) if declaration.tunable else ""
    return f"| {names} | {type_name(spec.type)} | {allowed} | {_default(spec)} | {tunable} | {declaration.help} |"


def _default(spec: Spec) -> str:
    if spec.required:
        return "required"
    if spec.default in (None, ()):
        return spec.declaration.shown
    return str(spec.default).lower() if isinstance(spec.default, bool) else str(spec.default)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(__file__).parent / name / "README.md"
        path.write_text(current(path.read_text(encoding="utf-8"), name), encoding="utf-8")
