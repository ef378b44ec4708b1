"""``python -m local_test train|serve|predict|transform|demo|example``."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

from local_test import commands, demo, example
from local_test.errors import LocalTestError, ModelError
from local_test.options import parser

_VERBS = {
    "train": commands.train,
    "serve": commands.serve,
    "predict": commands.predict,
    "transform": commands.transform,
    "demo": demo.run,
    "example": example.run,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one verb and gives back the exit status: 0, 1 for a failure, 2 for a wrong command, 130 after Ctrl-C."""
    options = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stopping us stops what we started
    try:
        return _VERBS[options.verb](options)
    except ModelError as error:
        print(f"ModelError: {error}", file=sys.stderr)
        return error.exit_status
    except LocalTestError as error:
        print(f"local_test: error: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read our output has gone, as in `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
