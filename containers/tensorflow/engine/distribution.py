"""One or several hosts, each with one or several devices, that train one network.

Every device has a copy of the network and sees its own part of a batch; gradients are summed over all of them, so that
the copies stay the same. The hosts talk by TensorFlow's collective operations, each listening on all its interfaces.
"""

from __future__ import annotations

import math
import re
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from containers.tensorflow.engine.batch import part
from contract.context import Context
from contract.errors import PlatformError

TIMEOUT_SECONDS = 1800
"""No host waits longer for the others, one of which may be writing a checkpoint or reading slowly."""

_joined: dict[tuple[str, ...], Any] = {}
"""By hosts: TensorFlow can be joined to other hosts once in the life of a process."""


def strategy(context: Context) -> Any:
    """The ``tf.distribute.Strategy`` of this process, always the same one for the same hosts.

    ``fit`` of an algorithm that is ``distributed`` calls it before anything of TensorFlow runs in the process: several
    hosts cannot be joined later. It waits for the other hosts.
    """
    hosts = tuple(context.hosts)
    if hosts not in _joined:
        _bound_threads(context.threads)
        _joined[hosts] = _join(context) if len(hosts) > 1 else _alone()
    return _joined[hosts]


def _alone() -> Any:
    if len(tf.config.list_physical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def _join(context: Context) -> Any:
    """Every host listens on a port that is free there, so that hosts may be processes of one machine."""
    ports = context.agree(_free_port())
    workers = [f"{host}:{port}" for host, port in zip(context.hosts, ports, strict=True)]
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": workers}), task_type="worker", task_id=context.rank, rpc_layer="grpc"
    )
    options = tf.distribute.experimental.CommunicationOptions(timeout_seconds=TIMEOUT_SECONDS)
    return tf.distribute.MultiWorkerMirroredStrategy(resolver, options)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("", 0))
        return int(listener.getsockname()[1])


def _bound_threads(threads: int) -> None:
    """TensorFlow counts the machine's processors, not those that the container may use."""
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(max(2, threads))
    except RuntimeError:
        return  # TensorFlow runs already, with the threads that it has


@contextmanager
def in_touch(context: Context) -> Iterator[None]:
    """Turns what TensorFlow raises when another host is gone into a ``PlatformError`` that names it."""
    try:
        yield
    except (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.DeadlineExceededError) as error:
        if len(context.hosts) == 1:
            raise
        told = map(int, re.findall(r"/job:worker(?:/replica:0)?/task:([0-9]+)", error.message))
        others = sorted({context.hosts[rank] for rank in told if rank != context.rank}) or ["another host"]
        raise PlatformError(f"lost {', '.join(others)}: it ended or cannot be reached; its own log says why") from error


def share(records: NDArray[Any], context: Context) -> NDArray[Any]:
    """The part of ``records`` (an array of indexes) that this host reads: every n-th one, or all of its own shard.

    Given the permutation of an epoch, the same one on all hosts, batches of b records on each of n hosts hold together
    the records that one host would have in a batch of n·b.
    """
    return records if context.sharded else records[context.rank :: len(context.hosts)]


class Devices:
    """The devices of all hosts, as the training loop sees them."""

    def __init__(self, context: Context) -> None:
        self.strategy = strategy(context)
        self._context = context
        self._several_hosts = len(context.hosts) > 1
        self.total = self.strategy.num_replicas_in_sync
        """The number of copies of the network, on all hosts."""
        self.local = self.total // len(context.hosts)
        """The number of them that are on this host."""
        self._sum: Callable[[Sequence[Any]], Sequence[Any]] = tf.function(self._sum_over_hosts, autograph=False)
        self._sum_of_rows: Callable[[Any], Any] = tf.function(
            lambda row: self._sum_over_hosts([row])[0], [tf.TensorSpec([None], tf.float64)], autograph=False
        )

    def sum_over_hosts(self, arrays: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        """The sums over all hosts, added up in 64 bits. All must call it, with arrays of the same shapes and types."""
        if not self._several_hosts:
            return list(arrays)
        sums = self._sum([tf.constant(array, tf.float64) for array in arrays])
        return [total.numpy().astype(array.dtype) for total, array in zip(sums, arrays, strict=True)]

    def of_leader(self, arrays: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        """The first host's arrays; all hosts must call it, with arrays of the same shapes and types."""
        return self.sum_over_hosts([array if self._context.leads else np.zeros_like(array) for array in arrays])

    def of_each_host(self, arrays: Sequence[NDArray[Any]]) -> list[list[NDArray[Any]]]:
        """The arrays of every host, in the order of hosts, each with shapes and types of its own; all must call it.

        They travel as 64-bit floats, which hold integers up to 2⁵³.
        """
        if not self._several_hosts:
            return [list(arrays)]
        told = self._context.agree([[array.dtype.str, array.shape] for array in arrays])
        return [self._of_host(rank, arrays, described) for rank, described in enumerate(told)]

    def _of_host(self, rank: int, mine: Sequence[NDArray[Any]], described: Sequence[Any]) -> list[NDArray[Any]]:
        """One host's arrays, of the described types and shapes."""
        sizes = [math.prod(shape) for _, shape in described]
        row = np.zeros(sum(sizes))
        if rank == self._context.rank:
            row = np.concatenate([row[:0], *(array.ravel() for array in mine)])
        if row.size:
            row = self._sum_of_rows(tf.constant(row, tf.float64)).numpy()
        pieces = np.split(row, np.cumsum(sizes)[:-1])[: len(sizes)]
        return [piece.astype(kind).reshape(shape) for piece, (kind, shape) in zip(pieces, described, strict=True)]

    def _sum_over_hosts(self, values: Sequence[Any]) -> Sequence[Any]:
        def one_per_host() -> Any:
            replica = tf.distribute.get_replica_context()
            first = replica.replica_id_in_sync_group % self.local == 0
            mine = [tf.where(first, value, tf.zeros_like(value)) for value in values]
            return replica.all_reduce(tf.distribute.ReduceOp.SUM, mine)

        return [self.first(value) for value in self.strategy.run(one_per_host)]

    def split(self, batch: Any) -> Any:
        """A batch (inputs, labels, weights) of this host as the parts of its devices, which must not be empty.

        A device for which there is no record gets the first one with the weight 0.
        """
        if self.local == 1:
            return batch
        return self.strategy.experimental_distribute_values_from_function(
            lambda place: part(batch, place.replica_id_in_sync_group % self.local, self.local)
        )

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Calls ``function`` on every device with its part of the arguments."""
        return self.strategy.run(function, args=arguments)

    def sum_of_all(self, tensors: Sequence[Any]) -> Any:
        """Inside ``run``: the sums over all devices of all hosts."""
        if self.total == 1:
            return tensors
        return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, tensors)

    def first(self, value: Any) -> Any:
        """Returns what ``run`` returned on the first device of this host."""
        return self.strategy.experimental_local_results(value)[0]

    def each(self, value: Any) -> list[Any]:
        """Returns what ``run`` returned, any nest of tensors, on each device of this host."""
        return [
            tf.nest.map_structure(lambda found: self.strategy.experimental_local_results(found)[place], value)  # noqa: B023
            for place in range(self.local)
        ]


def values(variables: Sequence[Any]) -> list[NDArray[Any]]:
    """Copies of the values of Keras variables."""
    return [np.array(variable.value.numpy()) for variable in variables]


def finite(variables: Sequence[Any]) -> bool:
    """Returns whether no value of Keras variables is infinite or NaN."""
    return all(bool(np.isfinite(variable.value.numpy()).all()) for variable in variables)
