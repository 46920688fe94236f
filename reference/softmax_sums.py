"""Where the target of every softmax position stands against the other classes."""

import math
from dataclasses import dataclass, replace

import numpy as np

from focalspec.reference.blocks import Scratch
from focalspec.reference.compensated import added_parts, divided_parts, summed_parts
from focalspec.reference.exponential_table import LIMIT, exponential_error
from focalspec.reference.formats import FLOAT64, Array
from focalspec.reference.positions import Block

_LARGEST = float(np.finfo(np.float64).max)

# Logits up to this size are exponentiated as they are, by the size of their format. In float32 a
# sum of 10^7 of them may stand over another.
_MODERATE = {4: 36.0, 8: LIMIT}

# Up to here e^t is taken, and may be split into halves; beyond it, log v goes on without it.
_CAP = 600.0


@dataclass(frozen=True)
class Sums:
    """The exponentials of a block and what becomes of them, by position."""

    others: Array  # e^z, up to a factor of the position; 0 at the target
    total: Array  # its sum over the classes; 1 where that is 0
    v: Array  # the sum over the target's own e^z
    error: Array | None  # relative, of v
    excess: Array | None  # of log v, where v is capped
    spread: Array | None  # the mean of -log p_k, if that is wanted
    at_target: Array  # flat index of every position's target in the block


def softmax_sums(block: Block, sharp: bool, with_spread: bool, scratch: Scratch) -> Sums:
    """The sums of a block.

    Logits of moderate size are exponentiated as they are, which rounds nothing beforehand.
    Positions with larger ones are done again with their largest logit subtracted. Which way a
    position goes depends on its own logits alone.
    """
    if with_spread:
        return _shifted(block, sharp, True)
    z, limit = block.values, _MODERATE[block.values.itemsize]
    sums = _plain(block, sharp, scratch)
    if np.minimum.reduce(z, axis=None) >= -limit and np.maximum.reduce(z, axis=None) <= limit:
        return sums
    smallest = np.minimum.reduce(z, axis=block.class_axis)
    largest = np.maximum.reduce(z, axis=block.class_axis)
    rows = np.flatnonzero(~((smallest >= -limit) & (largest <= limit)))
    return _replaced(sums, block, rows, _shifted(block.take(rows), sharp, False))


def _plain(block: Block, sharp: bool, scratch: Scratch) -> Sums:
    """The sums of logits whose exponentials are in range."""
    z, index = block.values, block.target_index()
    others = np.exp(z, scratch.array(z.size, z.dtype).reshape(z.shape))
    flat = others.reshape(-1)
    own = flat[index].astype(FLOAT64, copy=False)
    flat[index] = 0.0
    error = None
    if sharp:
        total, missing = summed_parts(others, block.class_axis)
        v, remainder = divided_parts(total, own)
        error = missing + remainder - exponential_error(z.reshape(-1)[index], own)
    else:
        total = np.add.reduce(others, axis=block.class_axis).astype(FLOAT64, copy=False)
        v = total / own
    return Sums(others, np.where(total > 0.0, total, 1.0), v, error, None, None, index)


def _shifted(block: Block, sharp: bool, with_spread: bool) -> Sums:
    """The sums of any logits, less the largest of those that are not the target's."""
    z, axis, index = block.values.astype(FLOAT64), block.class_axis, block.target_index()
    flat = z.reshape(-1)
    own = flat[index]
    flat[index] = -np.inf
    top = np.maximum(np.maximum.reduce(z, axis=axis), -_LARGEST)
    z -= block.along(top)
    others = np.exp(z)
    total, missing = summed_parts(others, axis)
    safe = np.where(total > 0.0, total, 1.0)
    gap, lost = added_parts(top, -own)
    distance = gap + np.log(total)
    capped = distance > _CAP
    v = np.where(capped, np.exp(_CAP), total * np.exp(gap))
    excess = np.where(capped, distance - _CAP, 0.0)
    spread = _spread(block, distance, safe, top) if with_spread else None
    error = np.where(capped, 0.0, missing + lost) if sharp else None
    return Sums(others, safe, v, error, excess, spread, index)


def _spread(block: Block, distance: Array, total: Array, top: Array) -> Array:
    """The mean of -log p_k: of the target's own, and of the others from the top down.

    Each of them may be as large as the largest number, so they are added on a smaller scale, a
    power of two.
    """
    classes = block.values.shape[block.class_axis]
    scale = 0.5 ** math.ceil(math.log2(classes))
    t = np.clip(distance, -_LARGEST, _LARGEST)
    tail = np.log1p(np.exp(-np.abs(t)))
    own = np.maximum(distance, 0.0) + tail
    above = np.log(total) + (np.maximum(-t, 0.0) + tail)
    below_top = block.values * scale
    below_top -= block.along(top * scale)
    below_top.reshape(-1)[block.target_index()] = 0.0
    down = np.add.reduce(below_top, axis=block.class_axis)
    mean: Array = (own * scale + (classes - 1) * (above * scale) - down) / (classes * scale)
    return mean


def _replaced(sums: Sums, block: Block, rows: Array, again: Sums) -> Sums:
    """The sums with some positions' computed again."""
    excess = np.zeros(sums.v.size)
    excess[rows] = again.excess
    sums.others[block.selector(rows)] = again.others
    sums.total[rows] = again.total
    sums.v[rows] = again.v
    if sums.error is not None:
        sums.error[rows] = again.error
    return replace(sums, excess=excess)
