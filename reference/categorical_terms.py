"""The focal loss of a block of positions whose probabilities are given, with its gradient.

Nothing is renormalised: the probabilities are independent arguments, so that only the target's
own probability has a slope, unless labels are smoothed.
"""

import numpy as np
from focalspec.reference.blocks import Scratch
from focalspec.reference.formats import Array
from focalspec.reference.positions import Block, Terms


def categorical_terms(gamma: float | Array, smoothing: float, derivatives: int) -> Terms:
    """The function that computes the loss and the gradient of a block."""

    def terms(
        block: Block, weight: Array, derivative_scale: float, scratch: Scratch
    ) -> list[Array]:
        g = gamma[block.targets] if isinstance(gamma, np.ndarray) else np.float64(gamma)
        p, axis = block.values, block.class_axis
        positions, classes = block.targets.size, p.shape[axis]
        steps = np.arange(positions)
        picked = (block.targets, steps) if axis == 0 else (steps, block.targets)
        hit = p[picked]
        miss = 1.0 - hit
        share = smoothing / classes
        entropy = -np.log(hit)
        if smoothing > 0.0:
            own = (1.0 - smoothing) * entropy if smoothing < 1.0 else 0.0
            entropy = own + share * np.add.reduce(-np.log(p), axis=axis)
        power = np.power(miss, g)
        loss = weight * (power * entropy)
        # A modulator of 0 leaves nothing, whatever the entropy.
        loss[power == 0.0] = 0.0
        if derivatives == 0:
            return [loss]
        outer = weight * derivative_scale
        slope = power * ((1.0 - smoothing) + share) / hit
        slope += np.where(g > 0.0, _modulator_slope(miss, g, entropy, power, smoothing), 0.0)
        gradient = np.zeros_like(p)
        if smoothing > 0.0:
            part = outer * power * share
            part = part if axis == 0 else part[:, np.newaxis]
            gradient -= np.where(part > 0.0, part / p, 0.0)
        gradient[picked] = -outer * slope
        return [loss, gradient]

    return terms


def _modulator_slope(
    miss: Array, gamma: float | Array, entropy: Array, power: Array, smoothing: float
) -> Array:
    """Gamma miss^(gamma - 1) times the entropy."""
    if smoothing > 0.0:
        return gamma * np.power(miss, gamma - 1.0) * entropy
    # (-log hit) / miss tends to 1 where hit is 1
    return gamma * power * np.where(miss > 0.0, entropy / miss, 1.0)
