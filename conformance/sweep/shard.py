"""One shard of a sweep: consecutive inputs of one configuration, asked for and counted.

It is the same work wherever it is done. A process (or a thread of a cluster's worker) keeps its
implementation running from shard to shard.
"""

import atexit
import threading
import time
from dataclasses import dataclass

import numpy as np

from focalspec.conformance.judging import version
from focalspec.conformance.sweep.asking import CHUNK, Asker, DiedError, RefusedError, Reply, Who
from focalspec.conformance.sweep.curve import BLOCK
from focalspec.conformance.sweep.exact import Exact
from focalspec.conformance.sweep.inputs import (
    Bits,
    Piece,
    number_at,
    numbers,
    pieces,
    stretch,
)
from focalspec.conformance.sweep.ledger import Block, Ledger
from focalspec.conformance.sweep_results import OUTPUTS, Configuration, Seconds, Shard, Span
from focalspec.conformance.sweep_tally import Outcome
from focalspec.golden.formats import FORMATS

TRIES = 3  # of a shard during which the implementation dies


class VersionError(ValueError):
    """A worker of a cluster that runs another focalspec."""


@dataclass(frozen=True)
class Task:
    """A shard to be swept: the places ``start`` to ``stop`` among the inputs that are tried."""

    who: Who
    version: str
    number: int  # of the configuration
    configuration: Configuration
    span: Span
    shard: int
    start: int
    stop: int
    within: float | None

    @property
    def name(self) -> str:
        """As it is told to people."""
        form = FORMATS[self.configuration.dtype]
        ends = (self.span.first + at * self.span.step for at in (self.start, self.stop - 1))
        low, high = (number_at(form, ordinal) for ordinal in ends)
        return f"{self.configuration.name}, inputs {low:.9g} to {high:.9g}"


_here = threading.local()


def asker_of(who: Who) -> Asker:
    """The asker of this thread, kept from shard to shard."""
    known: Asker | None = getattr(_here, "asker", None)
    if known is None or known.who != who:
        if known is not None:
            known.close()
        known = _here.asker = Asker(who)
        atexit.register(known.close)
    return known


def run(task: Task) -> Shard:
    """Sweeps a shard: as often as it takes, while the implementation dies.

    Raises StartError where it does not start, and VersionError.
    """
    if task.version != version():
        raise VersionError(f"a worker runs focalspec {version()}, the sweep {task.version}")
    asker = asker_of(task.who)
    problem = ""
    for _ in range(TRIES):
        try:
            return _sweep(task, asker)
        except DiedError as error:
            problem = f"{task.name}: ended its process {TRIES} times: {error}"
        except RefusedError as error:
            problem = f"{task.name}: {error}"
            break
    return Shard(task.number, task.shard, {}, problem=problem)


def _sweep(task: Task, asker: Asker) -> Shard:
    wall, processor, theirs = time.perf_counter(), time.thread_time(), 0.0
    counting = Counting(task.configuration, task.within)
    for start in range(task.start, task.stop, CHUNK):
        count = min(CHUNK, task.stop - start)
        first = task.span.first + start * task.span.step
        bits = stretch(counting.exact.form, first, count, task.span.step)
        reply = asker.ask(task.configuration, bits)
        theirs += reply.seconds
        counting.add(Chunk(first, task.span.step, start, bits), reply)
    seconds = Seconds(time.perf_counter() - wall, time.thread_time() - processor, theirs)
    return Shard(task.number, task.shard, counting.outcome(), seconds)


@dataclass(frozen=True)
class Chunk:
    """Inputs asked for at once: their first ordinal, the step, and the place of the first."""

    ordinal: int
    step: int
    place: int
    bits: Bits


class Counting:
    """Holds replies against the exact values of one configuration."""

    def __init__(self, configuration: Configuration, within: float | None) -> None:
        """Starts with nothing."""
        self.exact = Exact(configuration)
        self.within = within
        self._ledgers: dict[str, Ledger] = {}
        self._dtypes: dict[str, set[str]] = {}

    @np.errstate(all="ignore")  # what comes back may be infinite or NaN
    def add(self, chunk: Chunk, reply: Reply) -> None:
        """Counts a chunk."""
        for name in reply.found:
            self._dtypes.setdefault(name, set()).add(reply.dtypes[name])
        form = self.exact.form
        inputs = numbers(form, chunk.bits)
        for piece in pieces(form, chunk.ordinal, inputs.size, chunk.step):
            ordinal = chunk.ordinal + piece.start * chunk.step
            cut = inputs[piece.start : piece.stop]
            block = Block(chunk.place + piece.start, ordinal, chunk.step, piece.bin, cut)
            found = {name: one[piece.start : piece.stop] for name, one in reply.found.items()}
            self._add(piece, block, Reply(found, reply.dtypes, 0.0))

    def _ledger(self, name: str) -> Ledger:
        if name not in self._ledgers:
            direction = self.exact.curve.directions[name]
            self._ledgers[name] = Ledger(self.exact.form, direction, self.within)
        return self._ledgers[name]

    def _add(self, piece: Piece, block: Block, reply: Reply) -> None:
        levels = self.exact.level(piece.bin)
        for name in [name for name in reply.found if name in levels]:
            self._ledger(name).add(block, reply.found[name], levels[name])
        left = tuple(name for name in reply.found if name not in levels)
        if not left:
            return
        for start in range(0, block.inputs.size, BLOCK):
            stop = min(start + BLOCK, block.inputs.size)
            part = block.part(start, stop)
            for name, truth in self.exact.block(part.inputs, left).items():
                self._ledger(name).add(part, reply.found[name][start:stop], truth)

    def outcome(self) -> Outcome:
        """What was found."""
        return {
            name: ledger.tally(tuple(sorted(self._dtypes[name])))
            for name, ledger in ((name, self._ledgers.get(name)) for name in OUTPUTS)
            if ledger is not None
        }
