"""``python -m examples [NAME …]``: runs notebooks from beginning to end, and leaves each as a page to look at."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from examples import notebook, page
from examples.errors import ExampleError
from examples.scenario import OUTPUT, Scenario, data_folder, scenarios


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs notebooks; exits with 0 when all went through, 1 when one failed, 2 when the command is wrong."""
    options = _parser().parse_args(arguments)
    try:
        chosen = scenarios(options.names)
        data = data_folder(options.data)
        for scenario in chosen:
            scenario.check_data(data)
        return max([_run(scenario, data, options.runtime, options.keep) for scenario in chosen])
    except ExampleError as error:
        print(f"examples: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _run(scenario: Scenario, data: Path, runtime: str, keep: bool) -> int:
    print(f"{scenario.name}: {scenario.title}", flush=True)
    try:
        outcome = notebook.run(scenario, data, runtime, _progress)
    except ExampleError as error:
        print(f"examples: error: {scenario.name}: {error}", file=sys.stderr)
        return 1
    OUTPUT.mkdir(parents=True, exist_ok=True)
    file = page.write(outcome.notebook, OUTPUT / f"{scenario.name}.html")
    if keep:
        notebook.write(outcome.notebook, scenario.file)
    for name, value in outcome.scores.items():
        print(f"  {name:<40} {value:.6g}")
    print(f"  {outcome.seconds:.0f} s; to look at: {file}\n", flush=True)
    return 0


def _progress(seconds: float, cell: int, cells: int, heading: str) -> None:
    print(f"  {seconds:5.0f} s  cell {cell:>2} of {cells}  {heading}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="examples", description=main.__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="seoul_bike, salary, …; default: all")
    add("--data", type=Path, metavar="DIR", help="the folder of the raw data (default: data, see examples/README.md)")
    add("--runtime", choices=("process", "docker"), default="process", help="default: %(default)s")
    add("--keep", action="store_true", help="also put text, outputs and pictures of this run into the notebook itself")
    return parser


if __name__ == "__main__":
    sys.exit(main())
