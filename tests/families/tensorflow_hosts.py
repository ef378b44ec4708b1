"""One host of two that train small networks together; a program of the tests.

``tensorflow_hosts.py <rank> <port> <folder> <what> …`` runs what it is asked for, one after the other, and writes what
came of it to ``<folder>/<what>-<rank>.npz``. Rank 2 is a host of its own with two devices.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from containers.tensorflow.engine import distribution
from containers.tensorflow.engine.learning import TrainedNetwork
from contract.context import Context
from contract.errors import ContainerError
from tests.families import tensorflow_toys as toys
from tests.families.job_log import Log
from tests.families.tensorflow_networks import Records, batches, options, plain, records, trained

HOSTS = ("localhost", "127.0.0.1")
KILLED = 9
DATA = records(97)
HELD_OUT = records(33, seed=5)


@dataclass
class Host:
    """A host in one of its runs."""

    lent: Mapping[str, Any] = field(default_factory=dict)
    folder: Path = Path()
    log: Log = field(default_factory=Log)

    def context(self, **others: Any) -> Context:
        return self.log.context(**self.lent, **others)

    @property
    def checkpoints(self) -> Path:
        """A folder that no other host sees."""
        made = self.folder / f"checkpoints-{self.context().rank}"
        made.mkdir(exist_ok=True)
        return made


def halves(host: Host, size: int = 8) -> TrainedNetwork:
    """All hosts have all records; gradients are clipped."""
    context = host.context()
    train, held_out = (batches(data, size, context) for data in (DATA, HELD_OUT))
    optimizer = lambda: keras.optimizers.SGD(1.0, clipnorm=0.1)  # noqa: E731
    return trained(train, held_out, options(2, rate=lambda epoch: 1.0), context, plain, optimizer=optimizer)


def statistics(host: Host) -> TrainedNetwork:
    """A network with batch normalisation sees one batch and learns nothing from it but the moving statistics."""
    train = batches(DATA.take(np.s_[:96]), 96)
    return trained(train, None, options(1, rate=lambda epoch: 0.0), host.context(), optimizer=keras.optimizers.SGD)


def uneven(host: Host, **others: Any) -> TrainedNetwork:
    """The first host has 25 records, the second one 72."""
    context = host.context(sharded=True, **others)
    return trained(batches(part(context.rank), 20, context), batches(HELD_OUT, 30), options(4), context)


def parted(host: Host) -> TrainedNetwork:
    """Like ``uneven``, but nothing is learned except the moving statistics."""
    context = host.context(sharded=True)
    return still(part(context.rank), context)


def part(rank: int) -> Records:
    return DATA.take(np.s_[:25] if rank == 0 else np.s_[25:])


def still(data: Records, context: Context) -> TrainedNetwork:
    """A network with batch normalisation that learns nothing but the moving statistics, of batches of 20."""
    return trained(
        batches(data, 20, context), None, options(1, rate=lambda epoch: 0.0), context, optimizer=keras.optimizers.SGD
    )


def interrupted(host: Host) -> TrainedNetwork:
    """Like ``uneven``, but the second host is asked to stop in its third epoch."""
    leads = host.context().leads
    return uneven(host, checkpoints=host.checkpoints, stopping=lambda: not leads and len(host.log.rounds) == 2)


def resumed(host: Host) -> TrainedNetwork:
    """Goes on where ``interrupted`` ended."""
    return uneven(host, checkpoints=host.checkpoints)


def empty(host: Host) -> TrainedNetwork:
    """The second host has no record."""
    context = host.context(sharded=True)
    mine = batches(DATA if context.leads else DATA.take(np.s_[:0]), 20, context)
    return trained(mine, mine, options(2), context)


def lost(host: Host) -> TrainedNetwork:
    """The first host dies in its second epoch."""
    context = host.context()

    def die(epoch: int, *others: Any) -> None:
        if epoch == 1 and context.leads:
            os._exit(KILLED)

    return trained(batches(DATA, 8, context), None, options(2), context, plain, on_batch=die)


def structured(host: Host, size: int = 8) -> TrainedNetwork:
    """Pictures with any number of boxes; a metric is the median of errors."""
    context = host.context()
    return toys.trained_on_scenes(toys.scenes(61), toys.scenes(21, seed=5), size, context)


def structured_on_one(host: Host) -> TrainedNetwork:
    """Like ``structured``, but the second host has no record."""
    context = host.context(sharded=True)
    data = [data if context.leads else data.take(0) for data in (toys.scenes(61), toys.scenes(21, seed=5))]
    return toys.trained_on_scenes(*data, 8, context)


def unlabelled(host: Host, size: int = 8) -> TrainedNetwork:
    """A network that brings its loss itself, and has nothing but inputs to learn from."""
    context = host.context()
    train, held_out = (toys.unlabelled(batches(data, size, context)) for data in (DATA, HELD_OUT))
    return toys.trained_on_inputs(toys.with_losses, None, train, held_out, context)


OF_ROWS = (halves, statistics, uneven, parted, interrupted, resumed, empty, lost)
RUNS: Mapping[str, Callable[[Host], TrainedNetwork]] = {
    run.__name__: run for run in (*OF_ROWS, structured, structured_on_one, unlabelled)
}


def agreement(rank: int, port: int) -> Callable[[Any], Sequence[Any]]:
    """Two hosts that tell each other JSON values, a line each; the first one is given its listening socket."""
    with socket.socket(fileno=port) if rank == 0 else nullcontext() as listener:
        connection = listener.accept()[0] if listener else socket.create_connection(("127.0.0.1", port))
    with connection:  # stays open for what is made of it
        heard, told = connection.makefile("r"), connection.makefile("w")  # one for both would lose what it read ahead

    def agree(value: Any) -> Sequence[Any]:
        print(json.dumps(value), file=told, flush=True)
        other = json.loads(heard.readline())
        return [value, other] if rank == 0 else [other, value]

    return agree


def two_devices() -> None:
    """Two processors of this host stand for two GPUs."""
    (processor,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)
    distribution._joined[tuple(Context().hosts)] = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def main() -> None:
    rank, port, folder, *asked = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), *sys.argv[4:]
    lent: dict[str, Any] = {}
    if rank == 2:
        two_devices()
    else:
        lent = {"hosts": HOSTS, "host": HOSTS[rank], "agree": agreement(rank, port)}
    for what in asked:
        host = Host(lent, folder)
        try:
            learned = RUNS[what](host)
        except ContainerError as error:
            sys.exit(f"{type(error).__name__}: {error}")
        told = {"epoch": learned.epoch, "epochs": learned.epochs, "rounds": host.log.rounds, "lines": host.log.lines}
        weights = {f"weight-{place}": array for place, array in enumerate(learned.model.get_weights())}
        np.savez(folder / f"{what}-{rank}.npz", told=json.dumps(told), **weights)


if __name__ == "__main__":
    main()
