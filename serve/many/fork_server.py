"""Forks a process for every model, from one that has imported the family's libraries and never starts a thread.

The process that talks HTTP must not do this itself: it has threads, and a fork would inherit locks that they hold but
not the threads that open them again.

``multiprocessing``'s forkserver with preloaded modules was measured beside it, with XGBoost and four models: it imports
the libraries a second time (seconds before the first model, 300 instead of 170 MB together), freezes no garbage
collector (9.3 instead of 7.7 MB a model), keeps a resource tracker running and sends pickles.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn, TypeAlias

from serve.many.errors import InsufficientMemory

log = logging.getLogger("serve")

ORDER_BYTES = 1 << 16
NO_PROCESS = 0

ModelMain: TypeAlias = Callable[[Path, socket.socket], NoReturn]
"""Runs in a forked process: takes the directory of its model and a socket to the server, and never returns."""


class ForkServer:
    """A process that forks on orders and reaps what it forked. It ends with the process that made it."""

    def __init__(self, model_main: ModelMain) -> None:
        """Forks; no thread may be running."""
        self._lock = threading.Lock()
        self._orders, theirs = _socket_pair()
        if os.fork() == 0:
            self._orders.close()
            _take_orders(theirs, model_main)
        theirs.close()

    def fork(self, directory: Path) -> tuple[int, socket.socket]:
        """Returns the process of the model in ``directory`` and a socket to it, which closes when the process ends.

        Raises ``InsufficientMemory`` where the system allows no further process.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            pid = self._order({"directory": str(directory)}, [theirs.fileno()])
        if pid == NO_PROCESS:
            ours.close()
            raise InsufficientMemory("the system allows no further process: unload some models")
        return pid, ours

    def wait(self, pid: int) -> int:
        """Returns once a process has ended, with its exit code, negative for a signal. Ask once for each."""
        return self._order({"pid": pid})

    def _order(self, order: Mapping[str, str | int], descriptors: Sequence[int] = ()) -> int:
        try:
            with self._lock:
                socket.send_fds(self._orders, [json.dumps(order).encode()], descriptors)
                return int(self._orders.recv(ORDER_BYTES))
        except (OSError, ValueError):
            log.critical("the process that forks the models is gone: this worker ends and is replaced, without models")
            os._exit(1)


def _take_orders(orders: socket.socket, model_main: ModelMain) -> NoReturn:
    """Never returns, as this process must not run its parent's code behind the fork."""
    try:
        _forget_signals()
        gc.freeze()  # a collection would write to, and so copy, every page that the processes share
        while True:
            message, descriptors, *_ = socket.recv_fds(orders, ORDER_BYTES, 1)
            if not message:
                os._exit(0)
            order = json.loads(message)
            done = _fork(model_main, order["directory"], descriptors[0], orders) if descriptors else _reap(order["pid"])
            orders.send(str(done).encode())
    except BaseException:
        log.exception("the process that forks the models fails")
    os._exit(1)


def _fork(model_main: ModelMain, directory: str, descriptor: int, orders: socket.socket) -> int:
    with socket.socket(fileno=descriptor) as control:
        try:
            pid = os.fork()
        except OSError as error:
            log.error("no process for a model: %s", error)
            return NO_PROCESS
        if pid == 0:
            orders.close()
            model_main(Path(directory), control)
        return pid


def _reap(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _forget_signals() -> None:
    """Undoes the web server's handlers. Ctrl-C is ignored: it reaches the server, too, whose end is also ours."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _socket_pair() -> tuple[socket.socket, socket.socket]:
    """Makes a pair that keeps messages whole and notices when the other end is closed."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
