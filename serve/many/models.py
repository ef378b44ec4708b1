"""Loads, lists, invokes and unloads the models of an endpoint by name, from several threads at once."""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from serve.http.prediction import Prediction
from serve.http.request_log import shortened
from serve.many.errors import ModelAlreadyLoaded, ModelNotFound
from serve.many.memory import Memory, foreseen_bytes
from serve.many.model_process import ModelProcess
from serve.settings import MEBIBYTE

log = logging.getLogger("serve")


@dataclass
class LoadedModel:
    """A loaded model: ``number`` grows from one to the next, ``size`` is in bytes, ``users`` are requests under way."""

    number: int
    name: str
    url: str
    process: ModelProcess
    size: int
    users: int = 0


class Models:
    """The loaded models. ``start`` makes the process of the model in a directory."""

    def __init__(self, start: Callable[[Path], ModelProcess], memory: Memory) -> None:
        self._start = start
        self._memory = memory
        self._numbers = itertools.count(1)
        self._models: dict[str, LoadedModel] = {}
        self._loading: set[str] = set()
        self._changed = threading.Condition()

    def load(self, name: str, url: str) -> None:
        """Loads the model in the directory ``url``.

        Raises ``ModelAlreadyLoaded``, ``ArtifactError`` or ``InsufficientMemory``.
        """
        with self._changed:
            self._wait_for_load(name)
            if name in self._models:
                raise ModelAlreadyLoaded(f"the model {shortened(name)!r} is loaded already")
            self._loading.add(name)
        try:
            process, size = self._loaded(name, url)
            with self._changed:
                self._models[name] = LoadedModel(next(self._numbers), name, url, process, size)
        finally:
            with self._changed:
                self._loading.remove(name)
                self._changed.notify_all()

    def unload(self, name: str) -> None:
        """Returns when the memory is free; requests under way are answered before. Raises ``ModelNotFound``."""
        with self._changed:
            self._wait_for_load(name)
            model = self._found(name)
            del self._models[name]
            self._changed.wait_for(lambda: not model.users)
        self._end(model)

    def find(self, name: str) -> LoadedModel:
        """Raises ``ModelNotFound``."""
        with self._changed:
            return self._found(name)

    def page(self, after: int, limit: int) -> tuple[list[LoadedModel], bool]:
        """Returns at most ``limit`` models with numbers above ``after``, in their order, and whether there are more."""
        with self._changed:
            listed = [model for model in self._models.values() if model.number > after]
        return listed[:limit], len(listed) > limit

    def answer(self, name: str, body: bytes, content_type: str | None, accept: str | None) -> Prediction:
        """Answers as ``Predictor`` does. Raises ``ModelNotFound`` and ``InsufficientMemory``, too."""
        with self._used(name) as model:
            try:
                return model.process(body, content_type, accept)
            finally:
                if model.process.has_ended:
                    self._forget(model)

    def _loaded(self, name: str, url: str) -> tuple[ModelProcess, int]:
        """Returns the process of a model that answers, and the bytes that are booked for it."""
        began, directory = perf_counter(), Path(url)
        size = foreseen_bytes(directory)
        self._memory.take(size, "the model will take at least")
        try:
            process = self._start(directory)
            loaded = process.loaded()
        except BaseException:
            self._memory.release(size)
            raise
        try:
            self._memory.correct(size, loaded.size)
        except BaseException:
            process.end()
            raise
        milliseconds = (perf_counter() - began) * 1e3
        log.info("loaded %r, %s, in %.0f ms; %s", shortened(name), loaded.title, milliseconds, self._state())
        return process, loaded.size

    @contextmanager
    def _used(self, name: str) -> Iterator[LoadedModel]:
        with self._changed:
            model = self._found(name)
            model.users += 1
        try:
            yield model
        finally:
            with self._changed:
                model.users -= 1
                self._changed.notify_all()

    def _forget(self, model: LoadedModel) -> None:
        """Takes a model off the list whose process has ended, unless somebody else has done so."""
        with self._changed:
            if self._models.get(model.name) is not model:
                return
            del self._models[model.name]
        self._end(model)

    def _end(self, model: LoadedModel) -> None:
        model.process.end()
        self._memory.release(model.size)
        log.info("unloaded %r; %s", shortened(model.name), self._state())

    def _found(self, name: str) -> LoadedModel:
        if name not in self._models:
            raise ModelNotFound(f"no model {shortened(name)!r} is loaded")
        return self._models[name]

    def _wait_for_load(self, name: str) -> None:
        self._changed.wait_for(lambda: name not in self._loading)

    def _state(self) -> str:
        memory = self._memory
        return f"{memory.taken / MEBIBYTE:.0f} of {memory.capacity / MEBIBYTE:.0f} MB for models are taken"
