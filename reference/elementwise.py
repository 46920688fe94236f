"""Evaluates a binary focal loss over all elements, whatever its argument is."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from focalspec.reference.blocks import BLOCK, Scratch, run
from focalspec.reference.elementary import constant
from focalspec.reference.formats import FLOAT32, FLOAT64, Array, Dtype
from focalspec.reference.results import Results, Sink, Source
from focalspec.reference.summation import HUGE_SCALE, TILE, TileSums
from focalspec.reference.weights import Weights

_BOOL = np.dtype(bool)
_BITS: dict[int, Dtype] = {4: np.dtype(np.int32), 8: np.dtype(np.int64)}


class Values(NamedTuple):
    """The loss and the derivatives of a block; the gradient may still want its sign."""

    values: list[Array]
    gradient_sign: Array | None


# (argument, labels, are all labels 0 or 1?, scratch) -> values of a block
Terms = Callable[[Array, Array, bool, Scratch], Values]


class Call(NamedTuple):
    """One call of a binary focal loss, its arguments checked."""

    argument: Array
    argument_name: str
    argument_range: tuple[float, float] | None
    labels: Array
    ignore: float | None
    reduction: str
    threads: int | None
    block: int = BLOCK

    @property
    def stage(self) -> Dtype:
        """The dtype in which both inputs are exact, and in which a block is read."""
        if self.argument_range is not None or self.argument.dtype.itemsize == FLOAT64.itemsize:
            return FLOAT64
        given = self.labels.dtype
        return FLOAT32 if given == FLOAT32 or given.itemsize <= 2 else FLOAT64


def evaluate(
    call: Call,
    terms: Callable[[Weights], Terms],
    weights: Weights,
    derivatives: int,
    out: Any,
) -> Any:
    """The loss, or the tuple of loss and derivatives."""
    shape = call.argument.shape
    shapes = [shape if call.reduction == "none" else (), *[shape] * derivatives]
    results = Results(out, shapes, call.argument.dtype, (call.argument, call.labels))
    sinks = results.sinks()
    if call.reduction == "none":
        _sweep(call, terms(weights), sinks)
        return results.finish()
    divisor = _divisor(call, weights)
    scaled = weights._replace(derivative_scale=1.0 / divisor)
    total = _sweep(call, terms(scaled), [None, *sinks[1:]]) / divisor
    if math.isinf(total):
        small = weights._replace(one=weights.one * HUGE_SCALE, zero=weights.zero * HUGE_SCALE)
        total = _sweep(call, terms(small), [None]) / divisor / HUGE_SCALE
    results.set_loss(total)
    return results.finish()


def _sweep(call: Call, terms: Terms, sinks: list[Sink | None]) -> float:
    """Compute every block and write what has a sink; the sum of the loss, if it has none."""
    size, stage = call.argument.size, call.stage
    argument, labels = Source(call.argument), Source(call.labels)
    sums = TileSums(size) if sinks[0] is None else None

    def task(start: int, stop: int, scratch: Scratch) -> None:
        x = argument.read(start, stop, scratch, stage)
        y = labels.read(start, stop, scratch, stage)
        ignored = None
        if call.ignore is not None:
            ignored = y == call.ignore
            x, y = np.where(ignored, 0.5, x), np.where(ignored, 0.0, y)
        hard = _check(call, x, y, start, scratch)
        block = terms(x, y, hard, scratch)
        for order, (value, sink) in enumerate(zip(block.values, sinks, strict=False)):
            if ignored is not None:
                np.copyto(value, 0.0, where=ignored)
            if sink is not None:
                sink.write(start, value, block.gradient_sign if order == 1 else None)
        if sums is not None:
            sums.add(start, block.values[0])

    run(task, size, _whole_tiles(call.block), 1, call.threads)
    return 0.0 if sums is None else sums.total()


def _whole_tiles(block: int) -> int:
    return -(-block // TILE) * TILE


def _check(call: Call, x: Array, y: Array, start: int, scratch: Scratch) -> bool:
    """Whether all labels of a block are 0 or 1; an error where one is outside [0, 1]."""
    ones = np.equal(y, constant(1.0, y.dtype), scratch.array(y.size, _BOOL))
    # of the bits, which are counted faster than the numbers; -0 is taken for a fraction
    hard = np.count_nonzero(ones) == np.count_nonzero(y.view(_BITS[y.itemsize]))
    if not hard:
        _refuse("labels", call.labels, ~((y >= 0.0) & (y <= 1.0)), start, "from 0 to 1")
    if call.argument_range is not None:
        low, high = call.argument_range
        outside = (x < low) | (x > high)
        _refuse(call.argument_name, call.argument, outside, start, f"from {low:g} to {high:g}")
    return bool(hard)


def _refuse(name: str, array: Array, wrong: Array, start: int, domain: str) -> None:
    """An error that shows the first wrong element, if there is one."""
    if wrong.any():
        index = np.unravel_index(start + int(np.argmax(wrong)), array.shape)
        place = tuple(int(i) for i in index)
        raise ValueError(f"{name} must be {domain}, found {array[index]} at {place}")


def _divisor(call: Call, weights: Weights) -> float:
    """The denominator of a reduction; one where there is nothing to divide by."""
    if call.reduction == "sum":
        return 1.0
    if call.ignore is None and call.reduction == "mean":
        return float(call.argument.size or 1)
    valid, ones = _label_totals(call)
    if call.reduction == "mean":
        return valid or 1.0
    return (weights.mass[0] * ones + weights.mass[1] * (valid - ones)) or 1.0


def _label_totals(call: Call) -> tuple[float, float]:
    """How many elements are not ignored, and the sum of their labels."""
    size = call.labels.size
    labels = Source(call.labels)
    counts, sums = TileSums(size), TileSums(size)

    def task(start: int, stop: int, scratch: Scratch) -> None:
        y = labels.read(start, stop, scratch, FLOAT64)
        valid = np.ones(y.size) if call.ignore is None else (y != call.ignore) * 1.0
        counts.add(start, valid)
        sums.add(start, np.where(valid > 0.0, y, 0.0))

    run(task, size, _whole_tiles(call.block), 1, call.threads)
    return counts.total(), sums.total()
