"""The program ``serve``: tries the model, plans the processes and answers requests until it is stopped."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from contract.errors import ContainerError
from contract.process.exit import run_and_exit
from contract.process.resources import memory_bytes, peak_memory_bytes, processors
from serve.one import plan
from serve.settings import Settings

USAGE = """usage: serve [--check]

Answers requests to the model in /opt/ml/model on port 8080. SAGEMAKER_BASE_DIR moves /opt/ml, SAGEMAKER_BIND_TO_PORT
the port; ALGORITHM_FAMILY and ALGORITHM choose what serves. With SAGEMAKER_MULTI_MODEL=true it starts without a model
and loads those that POST /models names. --check loads the model, answers its example and ends."""

THREAD_VARIABLES = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS",
)  # fmt: skip

# As gunicorn writes its lines.
LOG_FORMAT = "[%(asctime)s] [%(process)d] [%(levelname)s] %(message)s"
LOG_TIME = "%Y-%m-%d %H:%M:%S %z"

log = logging.getLogger("serve")


def program() -> NoReturn:
    """Runs ``main`` with the arguments of the command line, and ends the process."""
    run_and_exit(main)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until SIGTERM; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if list(arguments) not in ([], ["--check"]):
        asked = arguments[0] in ("-h", "--help")
        print(USAGE, file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, datefmt=LOG_TIME)
    signal.signal(signal.SIGTERM, _stop_loading)
    try:
        settings = Settings.read(os.environ)
        if arguments:
            return check(settings)
        return serve_many(settings) if settings.multi_model else serve(settings)
    except (ContainerError, ImportError) as error:
        log.error("%s", error)
        return 1


def serve(settings: Settings) -> int:
    """Tries the model, then serves it; ends the process."""
    cores = processors()
    threads = _prepare(settings, cores)
    from serve.one.probe import Probe

    with Probe.start(settings) as probe:
        from serve.one.server import ModelServer  # the web libraries are imported while the child tries the model

        report = probe.result()
    planned = plan.make(cores, memory_bytes(), report.footprint, settings.workers, threads)
    log.info("serving %s: %s", report.title, planned.explanation)
    ModelServer(settings, planned, plan.execution_parameters(cores, settings.max_bytes, report.one_record)).run()
    return 0


def serve_many(settings: Settings) -> int:
    """Serves the models that it is told to load; ends the process."""
    cores, memory = processors(), memory_bytes()
    threads = _import_family(settings, cores)
    from serve.many.server import MultiModelServer

    planned = plan.for_many_models(cores, memory, threads)
    capacity = plan.capacity(memory, peak_memory_bytes())
    log.info("serving many models of %s: %s", settings.family, planned.explanation)
    MultiModelServer(settings, planned, capacity).run()
    return 0


def check(settings: Settings) -> int:
    """Loads the model, answers its example and says so in one line."""
    _prepare(settings, processors())
    from serve.one.probe import Probe

    with Probe.start(settings) as probe:
        report = probe.result()
    done = "loads and answers its example" if report.answered else "loads (it holds no example to answer)"
    sys.stdout.write(f"{report.title} in {settings.model} {done} in {report.seconds * 1e3:.0f} ms\n")
    return 0


def _prepare(settings: Settings, cores: int) -> int:
    """Imports the family and installs what the user's code needs, for all workers; returns the native threads."""
    threads = _import_family(settings, cores)
    from serve.user.requirements import install_requirements

    install_requirements(settings)
    return threads


def _import_family(settings: Settings, cores: int) -> int:
    """Imports the native libraries, once for all workers; returns the number of threads that they may use.

    They read the variables as they are loaded, so nothing that imports numpy may be imported above.
    """
    threads = settings.native_threads or plan.native_threads(cores, settings.workers)
    for variable in THREAD_VARIABLES:
        os.environ.setdefault(variable, str(threads))
    from contract.families import algorithms

    algorithms(settings.family)
    return threads


def _stop_loading(_number: int, _frame: object) -> None:
    """Ends the program until gunicorn takes over: process 1 of a container has no default action for signals."""
    sys.exit(0)


if __name__ == "__main__":
    program()
