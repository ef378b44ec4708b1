"""The hyperparameter tables of the families' READMEs, written from the declarations.

``python -m contract.documentation xgboost`` brings ``containers/xgboost/README.md`` up to date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from contract.families import algorithms, package
from contract.hyperparameter_values import type_name
from contract.hyperparameters import Hyperparameters, Spec, specs

START, END = "<!-- hyperparameters of {} -->", "<!-- end -->"


def table(declared: type[Hyperparameters]) -> str:
    """Returns a Markdown table of all hyperparameters."""
    head = "| name | type | allowed | default | tunable | meaning |\n|---|---|---|---|---|---|"
    return "\n".join([head, *(_row(spec) for spec in specs(declared))])


def current(readme: str, family: str) -> str:
    """Returns a family's README with every table between its marks made anew."""
    for algorithm in algorithms(family).values():
        start = START.format(algorithm.name)
        before, mark, rest = readme.partition(start)
        if not mark:
            raise ValueError(f"the README of {family} has no line {start}, where the table belongs")
        _, _, after = rest.partition(END)
        readme = f"{before}{start}\n{table(algorithm.Hyperparameters)}\n{END}{after}"
    return readme


def _row(spec: Spec) -> str:
    names = "<br>".join(f"`{name}`" for name in (spec.name, *spec.declaration.aliases))
    cells = (names, type_name(spec.type), _allowed(spec), _default(spec), _tunable(spec), spec.declaration.help)
    return f"| {' | '.join(cells)} |"


def _allowed(spec: Spec) -> str:
    declaration = spec.declaration
    first = declaration.bounds.text if declaration.bounds else ", ".join(declaration.choices)
    return ", ".join(part for part in (first, *declaration.words) if part)


def _default(spec: Spec) -> str:
    if spec.required:
        return "required"
    if spec.default in (None, ()):
        return spec.declaration.shown
    if isinstance(spec.default, tuple):
        return ", ".join(map(str, spec.default))
    return str(spec.default).lower() if isinstance(spec.default, bool) else str(spec.default)


def _tunable(spec: Spec) -> str:
    tunable = spec.declaration.tunable
    if not tunable:
        return ""
    if isinstance(tunable[0], str):
        return ", ".join(map(str, tunable))
    logarithmic = " (log)" if spec.declaration.scale == "log" else ""
    return f"{tunable[0]:g} to {tunable[1]:g}{logarithmic}"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(package(name).__path__[0], "README.md")
        path.write_text(current(path.read_text(encoding="utf-8"), name), encoding="utf-8")
