"""The focal loss of a block of softmax positions, with its derivatives.

With t the distance from the target's logit to the logsumexp of the others, and pi_k the share of
e^z_k in the others' sum, the hard loss is F(t); t falls with the target's logit and rises with
another one at the rate pi_k. Label smoothing replaces the cross entropy L(t) by
(1 - eps) L(t) + eps mean_k(-log p_k), whose slopes differ by eps ([k = y] - 1 / C).
"""

from dataclasses import dataclass

import numpy as np
from focalspec.reference.blocks import Scratch
from focalspec.reference.formats import Array
from focalspec.reference.positions import Block, Terms

_LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True)
class _Distances:
    """Where the target of every position stands against the other classes."""

    t: Array
    shares: Array  # pi, 0 at the target; two-dimensional as the block
    spread: Array | None  # the mean of -log p_k, if labels are smoothed
    at_target: Array  # flat index of every position's target in the block


def softmax_terms(gamma: float | Array, smoothing: float, derivatives: int) -> Terms:
    """The function that computes the loss and the derivatives of a block."""

    def terms(
        block: Block, weight: Array, derivative_scale: float, scratch: Scratch
    ) -> list[Array]:
        g = gamma[block.targets] if isinstance(gamma, np.ndarray) else gamma
        at = _distances(block, smoothing > 0.0)
        t = np.clip(at.t, -_LARGEST, _LARGEST)
        e = np.exp(-np.abs(t))
        s = np.exp(np.minimum(t, 0.0)) / (1.0 + e)
        c = np.exp(np.minimum(-t, 0.0)) / (1.0 + e)
        entropy = np.maximum(t, 0.0) + np.log1p(e)
        if at.spread is not None:
            entropy = (1.0 - smoothing) * entropy + smoothing * at.spread
        power = np.power(s, g)
        loss = weight * (power * entropy)
        loss[(at.t == np.inf) & (weight > 0.0)] = np.inf
        results = [loss]
        if derivatives == 0:
            return results
        power = power * (weight * derivative_scale)
        bounded = c * np.minimum(entropy, _LARGEST)
        classes = block.values.shape[block.class_axis]
        part = smoothing / classes
        rise = power * (g * bounded + s)
        gradient = _along(block, rise) * at.shares - _along(block, power * part)
        gradient.reshape(-1)[at.at_target] = (classes - 1) * part * power - rise
        results.append(gradient)
        if derivatives >= 2:
            straight = power * (g * bounded * (g * c - s) + (2.0 * g + 1.0) * s * c)
            cross = 2.0 * g * c * power
            shares = at.shares
            hessian = shares * (
                _along(block, straight) * shares
                + (1.0 - shares) * _along(block, rise)
                - _along(block, cross * part)
            )
            hessian.reshape(-1)[at.at_target] = straight - (classes - 1) * part * cross
            results.append(hessian)
        return results

    return terms


def _distances(block: Block, with_spread: bool) -> _Distances:
    axis = block.class_axis
    positions = block.targets.size
    classes = block.values.shape[axis]
    steps = np.arange(positions)
    index = block.targets * positions + steps if axis == 0 else steps * classes + block.targets
    z = block.values.copy()
    own = z.reshape(-1)[index]
    z.reshape(-1)[index] = -np.inf
    top = np.maximum(np.max(z, axis=axis), -_LARGEST)
    z -= _along(block, top)
    e = np.exp(z)
    total = np.add.reduce(e, axis=axis)
    t = (top - own) + np.log(total)
    safe = np.where(total > 0.0, total, 1.0)
    spread = None
    if with_spread:
        z.reshape(-1)[index] = 0.0
        clipped = np.clip(t, -_LARGEST, _LARGEST)
        tail = np.log1p(np.exp(-np.abs(clipped)))
        above = np.log(safe) + (np.maximum(-clipped, 0.0) + tail)
        own_entropy = np.maximum(t, 0.0) + tail
        spread = (own_entropy + (classes - 1) * above - np.add.reduce(z, axis=axis)) / classes
    return _Distances(t, e / _along(block, safe), spread, index)


def _along(block: Block, per_position: Array) -> Array:
    """Numbers of positions, shaped to be broadcast over their classes."""
    return per_position if block.class_axis == 0 else per_position[:, np.newaxis]
