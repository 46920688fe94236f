"""A sweep from its header to its last shard, wherever the shards are swept."""

import platform
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from focalspec.conformance import judging
from focalspec.conformance.protocol import Started
from focalspec.conformance.results import now
from focalspec.conformance.sweep import cluster, pool
from focalspec.conformance.sweep.asking import Asker, DiedError, RefusedError, Who
from focalspec.conformance.sweep.inputs import (
    number_at,
    ordinal_beyond,
    ordinal_from,
    stretch,
    total,
)
from focalspec.conformance.sweep.shard import Task
from focalspec.conformance.sweep_results import Configuration, Header, Ledgers, Shard, Span
from focalspec.golden.formats import FORMATS

DOMAINS = {"sigmoid_focal_loss": None, "binary_focal_loss": (0.0, 1.0)}


class RangeError(ValueError):
    """A range that holds no input."""


@dataclass(frozen=True)
class Wish:
    """How many inputs a shard has, and the tolerance in ulp (None is correct rounding)."""

    shard: int
    within: float | None


@dataclass(frozen=True)
class Where:
    """Where shards are swept: here in ``workers`` processes, or by Dask."""

    workers: int
    dask: bool = False
    scheduler: str | None = None


def span(formula: str, dtype: str, limits: tuple[float, float] | None, fraction: float) -> Span:
    """The inputs of a dtype that are tried: those of the formula's domain within the limits."""
    form = FORMATS[dtype]
    first, stop = 0, total(form)
    for low, high in filter(None, (DOMAINS[formula], limits)):
        first = max(first, ordinal_from(form, low))
        stop = min(stop, ordinal_beyond(form, high))
    if DOMAINS[formula]:
        first = max(first, total(form) // 2)  # -0 is no probability
    if first >= stop:
        raise RangeError(f"--range: no {dtype} lies in it and in the domain of {formula}")
    # an odd step: any other would try the same last bits again and again, and they decide ties
    step = round(1.0 / fraction) // 2 * 2 + 1 if fraction < 1.0 else 1
    return Span(first, stop, step, number_at(form, first), number_at(form, stop - 1))


def header(
    who: Who,
    started: Started,
    configurations: Sequence[Configuration],
    spans: Mapping[str, Span],
    wish: Wish,
) -> Header:
    """What a sweep is made of."""
    return Header(
        focalspec=judging.version(),
        implementation=who.implementation.name,
        version=started.version,
        formula=configurations[0].formula,
        configurations=tuple(configurations),
        spans=spans,
        shard=wish.shard,
        within=wish.within,
        started=now(),
        platform={
            "python": platform.python_version(),
            "numpy": np.__version__,
            "system": platform.platform(),
            "machine": platform.machine(),
        },
        environment=started.environment,
    )


def try_out(asker: Asker, ledgers: Ledgers) -> None:
    """Records which configurations the implementation does not take, and what it says of them.

    Each of which nothing is known is asked for 0 and 1. An adapter that dies of it is left to the
    sweep.
    """
    known = {at for at, _ in ledgers.done}
    for at, configuration in enumerate(ledgers.header.configurations):
        if at in known or ledgers.of(at).unsupported:
            continue
        form = FORMATS[configuration.dtype]
        ones = [ordinal_from(form, number) for number in (0.0, 1.0)]
        bits = np.concatenate([stretch(form, ordinal, 1, 1) for ordinal in ones])
        try:
            asker.ask(configuration, bits)
        except RefusedError as error:
            ledgers.unsupported(at, str(error))
        except DiedError as error:
            if asker.who.program:  # it may know no blocks
                ledgers.unsupported(at, f"asked for a block: {error}")


def tasks(who: Who, ledgers: Ledgers) -> list[Task]:
    """The shards that are not done yet, in their order."""
    made = ledgers.header
    found = []
    for number, configuration in enumerate(made.configurations):
        one = made.spans[configuration.dtype]
        if ledgers.of(number).unsupported:
            continue
        for shard in range(made.shards(number)):
            start = shard * made.shard
            stop = min(start + made.shard, one.count)
            if (number, shard) not in ledgers.done:
                found.append(
                    Task(
                        who=who,
                        version=made.focalspec,
                        number=number,
                        configuration=configuration,
                        span=one,
                        shard=shard,
                        start=start,
                        stop=stop,
                        within=made.within,
                    )
                )
    return found


def sweep(who: Who, ledgers: Ledgers, where: Where, watch: Callable[[Shard, Task], None]) -> None:
    """Sweeps what is left, recording each shard; raises a ValueError where that cannot go on."""
    left = tasks(who, ledgers)
    by_number = {(task.number, task.shard): task for task in left}
    with closing(_shards(left, where)) as shards:
        for shard in shards:
            ledgers.add(shard)
            watch(shard, by_number[shard.configuration, shard.shard])


def _shards(left: Sequence[Task], where: Where) -> Generator[Shard, None, None]:
    if where.dask or where.scheduler:
        return cluster.swept(left, where.scheduler, where.workers)
    return pool.swept(left, where.workers)
