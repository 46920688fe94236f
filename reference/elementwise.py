"""Evaluates a binary focal loss over all elements, whatever its argument is."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from focalspec.reference.blocks import BLOCK, Scratch, run
from focalspec.reference.formats import Array, store
from focalspec.reference.results import Results, Sink, Source
from focalspec.reference.summation import HUGE_SCALE, TILE, TileSums

# (argument, labels, are all labels 0 or 1?, scratch) -> loss and derivatives of a block
Terms = Callable[[Array, Array, bool, "Weights", Scratch], list[Array]]


@dataclass(frozen=True)
class Weights:
    """What the terms of label 1 and label 0 are multiplied by, and the derivatives moreover."""

    one: float
    zero: float
    derivative_scale: float = 1.0


@dataclass(frozen=True)
class Call:
    """One call of a binary focal loss, its arguments checked."""

    argument: Array
    argument_name: str
    argument_range: tuple[float, float] | None
    labels: Array
    ignore: float | None
    reduction: str
    threads: int
    block: int = BLOCK


@dataclass(frozen=True)
class LabelTotals:
    """How many elements are not ignored, and the sum of their labels."""

    valid: int
    ones: float


def evaluate(call: Call, terms: Terms, weights: Weights, derivatives: int, out: Any) -> Any:
    """The loss, or the tuple of loss and derivatives."""
    shape = call.argument.shape
    reduced = call.reduction != "none"
    shapes = [() if reduced else shape] + [shape] * derivatives
    results = Results(out, shapes, call.argument.dtype, (call.argument, call.labels))
    sinks: list[Sink | None] = [*results.sinks()]
    divisor = 1.0
    if reduced:
        sinks[0] = None
        divisor = _divisor(call, weights)
        weights = replace(weights, derivative_scale=1.0 / divisor)
    sums = _sweep(call, terms, weights, sinks)
    if sums is not None:
        total = sums.total() / divisor
        if math.isinf(total):
            small = replace(weights, one=weights.one * HUGE_SCALE, zero=weights.zero * HUGE_SCALE)
            again = _sweep(call, terms, small, [None])
            total = (again.total() if again else total) / divisor / HUGE_SCALE
        store(np.array(total), results.arrays[0])
    return results.finish()


def _sweep(call: Call, terms: Terms, weights: Weights, sinks: list[Sink | None]) -> TileSums | None:
    """Compute every block, write what has a sink, and sum the loss if it has none."""
    size = call.argument.size
    argument, labels = Source(call.argument), Source(call.labels)
    sums = TileSums(size) if sinks[0] is None else None

    def task(start: int, stop: int, scratch: Scratch) -> None:
        x = argument.read(start, stop, scratch)
        y = labels.read(start, stop, scratch)
        ignored = None
        if call.ignore is not None:
            ignored = y == call.ignore
            x, y = np.where(ignored, 0.5, x), np.where(ignored, 0.0, y)
        hard = _check(call, x, y, start)
        values = terms(x, y, hard, weights, scratch)
        for value, sink in zip(values, sinks, strict=False):
            if ignored is not None:
                np.copyto(value, 0.0, where=ignored)
            if sink is not None:
                sink.write(start, value)
        if sums is not None:
            sums.add(start, values[0])

    run(task, size, _whole_tiles(call.block), 1, call.threads)
    return sums


def _whole_tiles(block: int) -> int:
    return -(-block // TILE) * TILE


def _check(call: Call, x: Array, y: Array, start: int) -> bool:
    """Whether all labels of a block are 0 or 1; an error where one is outside [0, 1]."""
    spread = y * (1.0 - y)
    low, high = spread.min(), spread.max()
    if not low >= 0.0:
        _refuse("labels", call.labels, ~((y >= 0.0) & (y <= 1.0)), start, "from 0 to 1")
    if call.argument_range is not None:
        low_limit, high_limit = call.argument_range
        outside = (x < low_limit) | (x > high_limit)
        if outside.any():
            domain = f"from {low_limit:g} to {high_limit:g}"
            _refuse(call.argument_name, call.argument, outside, start, domain)
    return bool(high == 0.0)


def _refuse(name: str, array: Array, wrong: Array, start: int, domain: str) -> None:
    index = np.unravel_index(start + int(np.argmax(wrong)), array.shape)
    place = tuple(int(i) for i in index)
    raise ValueError(f"{name} must be {domain}, found {array[index]} at {place}")


def _divisor(call: Call, weights: Weights) -> float:
    """The denominator of a reduction; one where there is nothing to divide by."""
    if call.reduction == "sum":
        return 1.0
    if call.ignore is None and call.reduction == "mean":
        return float(call.argument.size or 1)
    totals = label_totals(call)
    if call.reduction == "mean":
        return float(totals.valid or 1)
    return (weights.one * totals.ones + weights.zero * (totals.valid - totals.ones)) or 1.0


def label_totals(call: Call) -> LabelTotals:
    """Count the elements that are not ignored, and sum their labels."""
    size = call.labels.size
    labels = Source(call.labels)
    counts, sums = TileSums(size), TileSums(size)

    def task(start: int, stop: int, scratch: Scratch) -> None:
        y = labels.read(start, stop, scratch)
        valid = np.ones_like(y) if call.ignore is None else (y != call.ignore) * 1.0
        counts.add(start, valid)
        sums.add(start, np.where(valid > 0.0, y, 0.0))

    run(task, size, _whole_tiles(call.block), 1, call.threads)
    return LabelTotals(int(counts.total()), sums.total())
