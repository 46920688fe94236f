"""Counts what came back for blocks of inputs, by output, against the exact values."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from focalspec.conformance.sweep.curve import BLOCK
from focalspec.conformance.sweep.exact import Truth
from focalspec.conformance.sweep.inputs import Numbers
from focalspec.conformance.sweep.rounding import Values, spacing
from focalspec.conformance.sweep_tally import (
    KEPT,
    LEVELS,
    Bin,
    Breaks,
    Found,
    Stretch,
    Tally,
    worst_of,
)
from focalspec.golden.formats import Format

Results: TypeAlias = NDArray[Any]  # what came back: float32 (as Numbers) or float64
SLACK = 2e-6  # ulp; the error in ulp is known to half of it, and no input fails by so little


class Block(NamedTuple):
    """Inputs tried in a row: the first one's place and ordinal, the step, and their bin."""

    place: int
    ordinal: int
    step: int
    bin: int
    inputs: Numbers

    def part(self, start: int, stop: int) -> "Block":
        """Some of the inputs."""
        ordinal = self.ordinal + start * self.step
        return Block(self.place + start, ordinal, self.step, self.bin, self.inputs[start:stop])


class _Judged(NamedTuple):
    """A block with what came back for it, what is right, and the errors in ulp."""

    block: Block
    found: Results
    truth: Truth
    error: Values


class Ledger:
    """The tally of one output, as it grows; blocks come one after the other, in order of value."""

    def __init__(self, form: Format, direction: int, within: float | None) -> None:
        """Starts at nothing; ``within`` is the tolerance in ulp, None for correct rounding."""
        self.form = form
        self.direction = direction
        self.within = within
        self._counts = dict.fromkeys(("beyond", "nan", "infinite", "ties", "enclosed"), 0)
        self._bins: dict[int, Bin] = {}
        self._first: Found | None = None
        self._worst: tuple[Found, ...] = ()
        self._steps, self._first_step = 0, -1  # those that go the wrong way
        self._ends: tuple[int, int, float, float] | None = None
        self._error = np.empty(BLOCK)
        self._same = np.empty(BLOCK, bool)

    def add(self, block: Block, found: Results, truth: Truth) -> None:
        """Counts a block of at most BLOCK inputs, or one of any size that is level."""
        self._counts["ties"] += truth.ties
        self._counts["enclosed"] += truth.enclosed
        if truth.value.size == found.size:
            self._add(block, found, truth)
            return
        for start in range(0, found.size, BLOCK):
            stop = min(start + BLOCK, found.size)
            self._level(block.part(start, stop), found[start:stop], truth)

    def _level(self, block: Block, found: Results, truth: Truth) -> None:
        """A block in which one number is right for all inputs."""
        same = np.equal(found, truth.nearest, out=self._same[: found.size])
        if not same.all():
            value, nearest = (np.full(found.size, one[0]) for one in (truth.value, truth.nearest))
            self._add(block, found, Truth(value, nearest))
            return
        error = np.abs(truth.nearest - truth.value) / spacing(self.form, truth.value)
        self._count(block, 0, float(error[0]), (0,) * len(LEVELS))
        judged = _Judged(block, found, truth, np.broadcast_to(error, found.shape))
        self._keep_worst(judged, float(error[0]))
        self._follow(block.place, found, is_level=True)

    def _add(self, block: Block, found: Results, truth: Truth) -> None:
        same = np.equal(found, truth.nearest, out=self._same[: found.size])
        wrong = found.size - int(np.count_nonzero(same))
        error, worst = self._errors(found, truth)
        judged = _Judged(block, found, truth, error)
        if not worst < math.inf:
            judged = judged._replace(error=_repaired(judged))
            worst = float(judged.error.max())
            self._count_lost(found, truth)
        self._count(block, wrong, worst, tuple(_above(judged.error, worst)))
        if wrong and self.within is None:
            self._keep_first(judged, wrong, np.logical_not(same, out=same))
        elif self.within is not None and worst > self.within + SLACK:
            beyond = judged.error > self.within + SLACK
            self._keep_first(judged, int(np.count_nonzero(beyond)), beyond)
        self._keep_worst(judged, worst)
        self._follow(block.place, found)

    def _errors(self, found: Results, truth: Truth) -> tuple[Values, float]:
        """The errors in ulp and the worst of them; NaN where something is not finite.

        Where all errors are small they are left in place of the errors as signed distances in
        ulp: nobody looks at them.
        """
        error = self._error[: found.size]
        np.copyto(error, found)
        np.subtract(error, truth.value, out=error)
        unit = self._one_unit(truth.value)
        if unit is None:
            np.divide(np.abs(error, out=error), spacing(self.form, truth.value), out=error)
            return error, float(error.max())
        worst = max(float(error.max()), -float(error.min())) / unit
        if self._is_dull(worst):
            return error, worst
        np.divide(np.abs(error, out=error), unit, out=error)
        return error, worst

    def _is_dull(self, worst: float) -> bool:
        """Whether no error of a block is one to be kept or counted by itself."""
        kept = len(self._worst) == KEPT and worst <= self._worst[-1].error
        return kept and worst <= min(LEVELS[0], self.within or LEVELS[0])

    def _one_unit(self, value: Values) -> float | None:
        """One ulp, if that is the same for all values."""
        ends = (float(value.min()), float(value.max()))
        if not all(map(math.isfinite, ends)):
            return None
        low, high = (max(math.frexp(end)[1] - 1, self.form.emin) if end else None for end in ends)
        if low is None or low != high or ends[0] * ends[1] <= 0.0:
            return None
        return math.ldexp(1.0, low - (self.form.precision - 1))

    def _count(self, block: Block, wrong: int, worst: float, above: tuple[int, ...]) -> None:
        one = Bin(block.inputs.size, wrong, worst, above)
        known = self._bins.get(block.bin)
        self._bins[block.bin] = one if known is None else known + one

    def _count_lost(self, found: Results, truth: Truth) -> None:
        lost = np.isinf(found) & np.isfinite(truth.nearest)
        self._counts["nan"] += int(np.count_nonzero(np.isnan(found)))
        self._counts["infinite"] += int(np.count_nonzero(lost))

    def _keep_first(self, judged: _Judged, count: int, beyond: NDArray[np.bool_]) -> None:
        """Counts what is beyond the tolerance, and keeps the first."""
        self._counts["beyond"] += count
        if self._first is None and count:
            self._first = _found(judged, int(np.argmax(beyond)), self.form)

    def _keep_worst(self, judged: _Judged, worst: float) -> None:
        if len(self._worst) == KEPT and worst <= self._worst[-1].error:
            return
        candidates = [_found(judged, index, self.form) for index in _largest(judged.error)]
        self._worst = worst_of((*self._worst, *candidates))

    def _follow(self, place: int, found: Results, *, is_level: bool = False) -> None:
        """Counts the steps that go the wrong way, that from the block before included."""
        first, last = float(found[0]), float(found[-1])
        start = place
        if self._ends is not None:
            start, _, beginning, before = self._ends
            if (first - before) * self.direction < 0:
                self._step(1, place - 1)
            first = beginning
        self._ends = (start, place + found.size, first, last)
        if is_level or not self.direction:
            return
        below, above = (found[1:], found[:-1]) if self.direction > 0 else (found[:-1], found[1:])
        wrong = np.less(below, above, out=self._same[: found.size - 1])
        if wrong.any():
            self._step(int(np.count_nonzero(wrong)), place + int(np.argmax(wrong)))

    def _step(self, count: int, place: int) -> None:
        self._first_step = place if not self._steps else self._first_step
        self._steps += count

    def tally(self, dtypes: tuple[str, ...]) -> Tally:
        """What was counted of results in some dtypes."""
        bins = dict(sorted(self._bins.items()))
        stretches = () if self._ends is None else (Stretch(*self._ends),)
        first_step = self._first_step if self._steps else None
        return Tally(
            tried=sum(one.tried for one in bins.values()),
            wrong=sum(one.wrong for one in bins.values()),
            first=self._first,
            worst=self._worst,
            bins=bins,
            breaks=Breaks(self.direction, self._steps, first_step, stretches),
            dtypes=dtypes,
            **self._counts,
        )


def _above(error: Values, worst: float) -> Iterator[int]:
    for level in LEVELS:
        yield int(np.count_nonzero(error > level)) if worst > level else 0


def _repaired(judged: _Judged) -> Values:
    """The errors where something is infinite or NaN: none where it should be so."""
    found, truth, error = judged.found, judged.truth, judged.error
    right = np.equal(found, truth.nearest) & np.isinf(truth.nearest)
    return np.where(right, 0.0, np.where(np.isfinite(error), np.abs(error), np.inf))


def _largest(error: Values) -> Iterator[int]:
    """The places of the largest errors, KEPT at most, the first of equal ones."""
    if error.size <= KEPT or error.strides == (0,):
        yield from range(min(error.size, KEPT))
        return
    threshold = np.partition(error, error.size - KEPT)[error.size - KEPT]
    yield from map(int, np.flatnonzero(error > threshold))
    yield from map(int, np.flatnonzero(error == threshold)[:KEPT])


def _found(judged: _Judged, index: int, form: Format) -> Found:
    """One input; its error anew, where those of the block are still distances."""
    block, found, truth, _ = judged
    at = index if truth.value.size > 1 else 0
    got, value, nearest = float(found[index]), float(truth.value[at]), float(truth.nearest[at])
    if got == nearest and math.isinf(got):
        error = 0.0
    elif not (math.isfinite(got) and math.isfinite(nearest)):
        error = math.inf
    else:
        error = abs(got - value) / float(spacing(form, np.array([value]))[0])
    ordinal = block.ordinal + index * block.step
    return Found(ordinal, float(block.inputs[index]), got, nearest, error)
