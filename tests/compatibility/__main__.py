"""Makes the environments, tries every case both ways and prints a table."""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.compatibility import environments, ours
from tests.compatibility.versions import VERSIONS, Version

HERE = Path(__file__).parent


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.compatibility", description=__doc__)
    parser.add_argument("folder", type=Path, help="where environments and models are made; kept for the next run")
    parser.add_argument("libraries", nargs="*", help="xgboost, lightgbm, catboost; all where none is named")
    given = parser.parse_args()
    wanted = given.libraries or sorted({version.library for version in VERSIONS})
    for name in ("ours", "theirs"):
        shutil.rmtree(given.folder / name, ignore_errors=True)
    for library in wanted:
        ours.write(library, given.folder / "ours" / library)
    lines = [line for version in VERSIONS if version.library in wanted for line in tried(version, given.folder)]
    print("| version | ours read there | theirs read here |\n|---|---|---|")
    print("\n".join(lines))
    return int(any("DIFFERENT" in line or "not tried" in line for line in lines))


def tried(version: Version, root: Path) -> Iterator[str]:
    """A line of the table, then one for each reason why some cases are not equal."""
    name = f"{version.library} {version.number}"
    python = environments.python(version, root)
    if python is None:
        yield f"| {name} | not tried: no Python {version.python} here | |"
        return
    theirs = root / "theirs" / f"{version.library}-{version.number}"
    _run(python, "writer.py", version.library, theirs)
    read = json.loads(_run(python, "reader.py", version.library, root / "ours" / version.library))
    adopted = ours.adopt(theirs, version.library)
    yield f"| {name} | {_summary(read)} | {_summary(adopted)} |"
    yield from (f"| | {reason} | |" for reason in _reasons(read))
    yield from (f"| | | {reason} |" for reason in _reasons(adopted))


def _run(python: Path, script: str, library: str, folder: Path) -> str:
    """Runs a script in an environment; returns the last line that it printed."""
    command = [python, "-W", "ignore", HERE / script, library, folder]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.rpartition("\n")[0].rpartition("\n")[2]


def _reasons(outcomes: Mapping[str, str]) -> Iterator[str]:
    """What is not equal, with the cases; times and places of the library's log are left out."""
    by_reason: dict[str, list[str]] = {}
    for case, outcome in outcomes.items():
        if outcome != "equal":
            by_reason.setdefault(re.sub(r"\[\d\d:\d\d:\d\d\] \S+: ", "", outcome), []).append(case)
    return (f"{reason} ({', '.join(cases)})" for reason, cases in by_reason.items())


def _summary(outcomes: Mapping[str, str]) -> str:
    counted = Counter(outcome.partition(":")[0] for outcome in outcomes.values())
    return ", ".join(f"{count} {outcome}" for outcome, count in sorted(counted.items()))


if __name__ == "__main__":
    sys.exit(main())
