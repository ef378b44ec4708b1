"""A process that has imported a program and a family, and forks: each fork becomes that program.

Usage: python -m tests.contract.forkserver train|serve FAMILY SOCKET. FAMILY may be empty; SOCKET is an open descriptor.

A message on the socket orders one program: JSON with its command, environment and log file, and the write end of a pipe
that tells ``started PID`` and ``ended EXIT-CODE``. A fork returns from the loop below, runs what the installed script
runs and ends as that does. The server ends with its client.

What a fork cannot have of its own are variables that native libraries read while they are loaded (``OMP_NUM_THREADS``).
"""

from __future__ import annotations

import ast
import gc
import importlib
import json
import os
import pkgutil
import selectors
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

ORDER_SIZE = 1 << 20


@dataclass(frozen=True)
class Order:
    """A program to become. ``pipe`` is where its start and end are told."""

    pipe: int
    command: list[str]
    environment: dict[str, str]
    log: str


def main(program: str, family: str, descriptor: int) -> None:
    """Imports, forks on orders; in a fork, runs the program."""
    import_ahead(program, family)
    gc.freeze()  # a fork shares what it does not look through
    order = next_order(socket.socket(fileno=descriptor))
    if order:
        become(order)


def import_ahead(program: str, family: str) -> None:
    """Everything that the program will import, its lazy parts too; nothing is executed."""
    if program == "serve":
        limit_native_threads()
    for package in ("contract.tables.formats", "contract.metrics", program):
        path = importlib.import_module(package).__path__
        for module in pkgutil.walk_packages(path, f"{package}."):
            importlib.import_module(module.name)
    if family:
        importlib.import_module("contract.families").algorithms(family)
    if family and program == "train":
        for module in imported_late(importlib.import_module("contract.families").package(family).__name__):
            with suppress(ImportError):
                importlib.import_module(module)


def imported_late(package: str) -> set[str]:
    """What functions of a package's modules import when they are called: libraries that only training needs."""
    names: set[str] = set()
    for module in [module for name, module in sys.modules.items() if name.startswith(f"{package}.")]:
        text = Path(str(module.__file__)).read_text(encoding="utf-8") if getattr(module, "__file__", None) else ""
        functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
        for node in [node for function in functions for node in ast.walk(function)]:
            if isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module)
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
    return names


def limit_native_threads() -> None:
    """As `serve` does before it imports a native library."""
    from contract.process.resources import processors
    from serve.__main__ import THREAD_VARIABLES
    from serve.one.plan import native_threads

    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(native_threads(processors(), None))))


def next_order(orders: socket.socket) -> Order | None:
    """Forks for every order and returns it in the fork; in the server, returns None once the client is gone."""
    selector = selectors.DefaultSelector()
    selector.register(orders, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is not orders:
                selector.unregister(key.fileobj)
                tell_end(int(key.fd), *key.data)
                continue
            order = receive(orders)
            if order is None:
                return None
            pid = os.fork()
            if pid == 0:
                release(selector)
                return order
            selector.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, order.pipe))


def receive(orders: socket.socket) -> Order | None:
    """The next order; None where the other end was closed."""
    message, pipes, *_ = socket.recv_fds(orders, ORDER_SIZE, 1)
    return Order(pipes[0], **json.loads(message)) if message else None


def tell_end(handle: int, pid: int, pipe: int) -> None:
    """Reaps a program and writes its exit code, negative for a signal, to whoever still reads."""
    os.close(handle)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with suppress(BrokenPipeError):
        os.write(pipe, f"ended {code}\n".encode())
    os.close(pipe)


def release(selector: selectors.BaseSelector) -> None:
    """In a fork: closes what is the server's own."""
    for key in list(selector.get_map().values()):
        os.close(key.fd)
        if key.data is not None:
            os.close(key.data[1])
    selector.close()


def become(order: Order) -> NoReturn:
    """Runs the program in a session of its own, with the order's variables and no others, and ends as it ends."""
    os.setsid()
    with Path(order.log).open("wb") as log:
        os.dup2(log.fileno(), sys.stdout.fileno())
        os.dup2(log.fileno(), sys.stderr.fileno())
    os.environ.clear()
    os.environ.update(order.environment)
    sys.path[:0] = order.environment.get("PYTHONPATH", "").split(os.pathsep)
    sys.argv = order.command
    os.write(order.pipe, f"started {os.getpid()}\n".encode())
    os.close(order.pipe)
    program: Any = importlib.import_module(f"{order.command[0]}.__main__")
    program.program()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
