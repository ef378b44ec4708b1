"""``python -m launch push|train|tune|deploy|transform|retrain|status|delete|describe``."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

from launch.errors import LaunchError


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one verb; returns the exit status: 0, 1 for a failure, 2 for a wrong command, 130 after Ctrl-C."""
    try:
        from launch.options import VERBS, parser
    except ModuleNotFoundError as error:
        remedy = "pip install --editable '.[launch]'"
        print(f"launch: error: the package {error.name} is missing: {remedy}", file=sys.stderr)
        return 2
    options = parser().parse_args(arguments)
    try:
        status: int = VERBS[options.verb][0].run(options)
        return status
    except LaunchError as error:
        print(f"launch: error: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("launch: left; what was started goes on (`python -m launch status` shows it)", file=sys.stderr)
        return 128 + signal.SIGINT
    except BrokenPipeError:  # whoever read our output has gone, as in `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
