"""The server of a multi-model endpoint: it starts without a model and is told over HTTP which ones to load."""

from __future__ import annotations

import resource
from functools import partial
from wsgiref.types import WSGIApplication

from serve.http.app import create_app
from serve.many.endpoint import MultiModelEndpoint
from serve.many.fork_server import ForkServer
from serve.many.management import Management
from serve.many.memory import Memory
from serve.many.model_process import ModelProcess
from serve.many.model_worker import model_main
from serve.many.models import Models
from serve.one.plan import ServingPlan
from serve.one.server import HEARTBEAT_SECONDS, ModelServer
from serve.settings import Settings


class MultiModelServer(ModelServer):
    """One process talks HTTP and knows the models, each of which has a process of its own.

    So every request finds every model, and the requests that are under way at once are bounded over all of them.
    """

    def __init__(self, settings: Settings, plan: ServingPlan, capacity: int) -> None:
        super().__init__(settings, plan, {})
        self.longest_turn = settings.timeout + HEARTBEAT_SECONDS  # a model that is stuck is ended before that
        self._capacity = capacity

    def load(self) -> WSGIApplication:
        """Runs in the worker after the fork, before it takes connections and so before it has threads."""
        _allow_many_sockets()
        fork_server = ForkServer(partial(model_main, self.settings))
        start = partial(ModelProcess, fork_server, timeout=self.settings.timeout)
        models = Models(start, Memory(self._capacity))
        return create_app(MultiModelEndpoint(Management(models), self.gate, self.settings.max_bytes).routes)


def _allow_many_sockets() -> None:
    """Raises the limit of open files, often 1024, as each model takes several sockets."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
