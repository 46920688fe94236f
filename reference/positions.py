"""Evaluates a multiclass focal loss over all positions, wherever the class axis lies.

The argument is seen as (outer, classes, inner); a position is a pair of an outer and an inner
index, and positions are numbered in C order, as the targets are. A block of positions is gathered
into two dimensions, the classes along the first (so that sums over few classes run across many
positions) or along the second (so that many classes are not moved about).
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from focalspec.reference.blocks import BLOCK, Scratch, run
from focalspec.reference.elementary import constant
from focalspec.reference.formats import FLOAT64, Array, Dtype, store
from focalspec.reference.results import Results, Sink
from focalspec.reference.summation import HUGE_SCALE, TILE, TileSums

# Elements of a block, more than elsewhere: a position takes dozens of calls on short arrays.
POSITIONS_BLOCK = 4 * BLOCK

# From this many classes on, a position's classes are contiguous enough to be worked on in place.
MANY_CLASSES = 64


@dataclass(frozen=True)
class Block:
    """The numbers of some positions in two dimensions, with the class axis named."""

    values: Array
    targets: Array
    class_axis: int

    def along(self, per_position: Array) -> Array:
        """Numbers of positions, shaped to be broadcast over the classes."""
        return per_position if self.class_axis == 0 else per_position[:, np.newaxis]

    def target_index(self) -> Array:
        """The place of every position's target in the values, read flat."""
        steps = np.arange(self.targets.size)
        if self.class_axis == 0:
            index: Array = self.targets * self.targets.size + steps
        else:
            index = steps * self.values.shape[1] + self.targets
        return index

    def selector(self, positions: Array) -> tuple[Any, ...]:
        """The index of some positions' values."""
        return (slice(None), positions) if self.class_axis == 0 else (positions,)

    def take(self, positions: Array) -> "Block":
        """Some of the positions, as a block of their own."""
        values = np.ascontiguousarray(self.values[self.selector(positions)])
        return Block(values, self.targets[positions], self.class_axis)


@dataclass(frozen=True)
class Weights:
    """The weight of every class as target, and what the derivatives are multiplied by moreover."""

    by_class: Array | None
    scale: float = 1.0
    derivative_scale: float = 1.0

    def of(self, targets: Array) -> Array:
        """The weight of every position, or of all."""
        if self.by_class is None:
            return constant(self.scale)
        weights: Array = self.by_class[targets] * self.scale
        return weights


# (block, weight of every position, derivative scale, scratch) -> loss, then derivatives
Terms = Callable[[Block, Array, float, Scratch], list[Array]]


@dataclass(frozen=True)
class Call:
    """One call of a multiclass focal loss, its arguments checked."""

    argument: Array
    argument_name: str
    argument_range: tuple[float, float] | None
    targets: Array
    axis: int
    class_weight: Array | None
    ignore: int | None
    background: int
    reduction: str
    threads: int | None
    work: Dtype = FLOAT64  # in which a block is read
    block: int = POSITIONS_BLOCK

    @property
    def classes(self) -> int:
        """The number of classes."""
        return int(self.argument.shape[self.axis])

    @property
    def adds_well(self) -> bool:
        """Whether sums over the classes keep float32's digits: few terms, or added pairwise."""
        last = math.prod(self.argument.shape[self.axis + 1 :]) == 1
        return last or self.classes < MANY_CLASSES

    @property
    def largest_weight(self) -> float:
        """The largest class weight; 1 where there are none."""
        return 1.0 if self.class_weight is None else float(self.class_weight.max(initial=1.0))


def evaluate(call: Call, terms: Terms, derivatives: int, out: Any) -> Any:
    """The loss, or the tuple of loss and derivatives."""
    reduced = call.reduction != "none"
    counts = _target_counts(call)
    shapes = [() if reduced else call.targets.shape] + [call.argument.shape] * derivatives
    results = Results(out, shapes, call.argument.dtype, (call.argument, call.targets))
    loss = None if reduced else Sink(results.arrays[0])
    slopes = [_Layout(array, call.axis) for array in results.arrays[1:]]
    weights = Weights(call.class_weight)
    divisor = 1.0
    if reduced:
        divisor = _divisor(call, counts)
        weights = replace(weights, derivative_scale=1.0 / divisor)
    sums = _sweep(call, terms, weights, loss, slopes)
    if reduced:
        total = sums.total() / divisor
        if math.isinf(total):
            small = replace(weights, scale=HUGE_SCALE)
            total = _sweep(call, terms, small, None, []).total() / divisor / HUGE_SCALE
        results.set_loss(total)
    return results.finish()


def _sweep(
    call: Call, terms: Terms, weights: Weights, loss: Sink | None, slopes: list["_Layout"]
) -> TileSums:
    """Compute every block, write what has a place, and sum the loss if it has none."""
    layout = _Layout(call.argument, call.axis)
    targets = call.targets.reshape(-1) if call.targets.flags.c_contiguous else call.targets.flat
    tile = _tile(call.classes)
    sums = TileSums(call.targets.size if loss is None else 0, tile)

    def task(start: int, stop: int, scratch: Scratch) -> None:
        chosen = np.asarray(targets[start:stop])
        ignored = None
        if call.ignore is not None:
            ignored = chosen == call.ignore
            chosen = np.where(ignored, 0, chosen)
        chosen = chosen.astype(np.intp, copy=False)
        values = layout.read(start, stop, scratch, call.work)
        if call.argument_range is not None:
            _check_range(call, layout, values, ignored, start)
        weight = weights.of(chosen)
        block = Block(values, chosen, layout.class_axis)
        results = terms(block, weight, weights.derivative_scale, scratch)
        absent = weight == 0.0 if weight.ndim else ignored
        if weight.ndim and ignored is not None:
            absent |= ignored
        if absent is not None and absent.any():
            results[0][absent] = 0.0
            for result in results[1:]:
                result[block.selector(absent)] = 0.0
        if loss is None:
            sums.add(start, results[0])
        else:
            loss.write(start, results[0])
        for result, slope in zip(results[1:], slopes, strict=False):
            slope.write(start, stop, result)

    step = max(1, call.block // max(call.classes, 1))
    run(task, call.targets.size, -(-step // tile) * tile, call.classes, call.threads)
    return sums


def _tile(classes: int) -> int:
    """The positions of a tile: a power of two, so few that a tile fits into a block."""
    fits = max(1, BLOCK // max(classes, 1))
    return min(TILE, 1 << (fits.bit_length() - 1))


class _Layout:
    """An array seen as (outer, classes, inner), read and written by ranges of positions."""

    def __init__(self, array: Array, axis: int) -> None:
        shape = array.shape
        self.classes = shape[axis]
        self.inner = math.prod(shape[axis + 1 :])
        self._cube = array.reshape(math.prod(shape[:axis]), self.classes, self.inner)
        in_place = self.inner == 1 and self.classes >= MANY_CLASSES
        self.class_axis = 1 if in_place else 0

    def read(self, start: int, stop: int, scratch: Scratch, dtype: Dtype) -> Array:
        """The numbers of a range of positions, in a dtype; never to be written to."""
        if self.class_axis == 1:
            rows: Array = self._cube[start:stop, :, 0]
            if rows.dtype == dtype and rows.flags.c_contiguous:
                return rows
            wide = scratch.array(rows.size, dtype).reshape(rows.shape)
            np.copyto(wide, rows, casting="unsafe")
            return wide
        count = stop - start
        block: Array = scratch.array(count * self.classes, dtype).reshape(self.classes, count)
        for columns, outer, inner in self._pieces(start, stop):
            piece = self._cube[outer, :, inner].transpose(1, 0, 2)
            np.copyto(block[:, columns].reshape(piece.shape), piece, casting="unsafe")
        return block

    def write(self, start: int, stop: int, values: Array) -> None:
        """Round the numbers of a range of positions and put them in their places."""
        if self.class_axis == 1:
            store(values, self._cube[start:stop, :, 0])
            return
        for columns, outer, inner in self._pieces(start, stop):
            piece = self._cube[outer, :, inner].transpose(1, 0, 2)
            store(values[:, columns].reshape(piece.shape), piece)

    def _pieces(self, start: int, stop: int) -> Iterator[tuple[slice, slice, slice]]:
        """The range as at most three boxes: columns of the block, outer indices, inner indices."""
        at = start
        while at < stop:
            outer, inner = divmod(at, self.inner)
            if inner or stop - at < self.inner:
                end = min(stop, (outer + 1) * self.inner)
                box = slice(outer, outer + 1), slice(inner, inner + end - at)
            else:
                last = stop // self.inner
                end = last * self.inner
                box = slice(outer, last), slice(0, self.inner)
            yield slice(at - start, end - start), *box
            at = end


@dataclass(frozen=True)
class _Counts:
    """How many valid positions have each class as their target."""

    by_class: Array

    @property
    def valid(self) -> int:
        return int(self.by_class.sum())


def _target_counts(call: Call) -> _Counts:
    """Count the targets of every class; an error where one is no class and not ignored."""
    flat = call.targets.reshape(-1) if call.targets.flags.c_contiguous else call.targets.flat
    counts = np.zeros(call.classes, np.int64)
    for start in range(0, call.targets.size, BLOCK):
        chosen = np.asarray(flat[start : start + BLOCK])
        wrong = (chosen < 0) | (chosen >= call.classes)
        if call.ignore is not None:
            ignored = chosen == call.ignore
            wrong &= ~ignored
            chosen = chosen[~ignored]
        if wrong.any():
            index = np.unravel_index(start + int(np.argmax(wrong)), call.targets.shape)
            place = tuple(int(i) for i in index)
            but = "" if call.ignore is None else f" or {call.ignore}, which is ignored"
            raise ValueError(
                f"targets must be classes from 0 to {call.classes - 1}{but}, "
                f"found {call.targets[index]} at {place}"
            )
        counts += np.bincount(chosen.astype(np.intp), minlength=call.classes)
    return _Counts(counts)


def _divisor(call: Call, counts: _Counts) -> float:
    """The denominator of a reduction; one where there is nothing to divide by."""
    if call.reduction == "sum":
        return 1.0
    if call.reduction == "mean_positive":
        background = call.background
        known = 0 <= background < call.classes
        negative = int(counts.by_class[background]) if known else 0
        return float(counts.valid - negative or 1)
    if call.reduction == "weighted_mean" and call.class_weight is not None:
        return math.fsum((call.class_weight * counts.by_class).tolist()) or 1.0
    return float(counts.valid or 1)


def _check_range(
    call: Call, layout: _Layout, values: Array, ignored: Array | None, start: int
) -> None:
    low, high = call.argument_range or (-math.inf, math.inf)
    outside = (values < low) | (values > high)
    if ignored is not None:
        outside &= ~ignored if layout.class_axis == 0 else ~ignored[:, np.newaxis]
    if not outside.any():
        return
    by_position = outside.T if layout.class_axis == 0 else outside
    row, kind = (int(i) for i in np.argwhere(by_position)[0])
    outer, inner = divmod(start + row, layout.inner)
    before, after = call.argument.shape[: call.axis], call.argument.shape[call.axis + 1 :]
    index: list[Any] = [*np.unravel_index(outer, before), kind, *np.unravel_index(inner, after)]
    place = tuple(map(int, index))
    raise ValueError(
        f"{call.argument_name} must be from {low:g} to {high:g}, "
        f"found {call.argument[place]} at {place}"
    )
