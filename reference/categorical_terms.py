"""The focal loss of a block of positions whose probabilities are given, with its gradient.

Nothing is renormalised: the probabilities are independent arguments, so that only the target's
own probability has a slope, unless labels are smoothed.
"""

from dataclasses import dataclass

import numpy as np

from focalspec.reference.blocks import Scratch
from focalspec.reference.formats import Array
from focalspec.reference.positions import Block


@dataclass(frozen=True)
class CategoricalTerms:
    """Computes a block in float64."""

    gamma: float | Array
    smoothing: float
    derivatives: int

    def __call__(
        self, block: Block, weight: Array, derivative_scale: float, scratch: Scratch
    ) -> list[Array]:
        """Loss and gradient of a block."""
        g = self.gamma[block.targets] if isinstance(self.gamma, np.ndarray) else self.gamma
        index = block.target_index()
        hit = block.values.reshape(-1)[index]
        miss = 1.0 - hit
        entropy = self._entropy(block, hit)
        modulator = np.power(miss, g)
        loss = weight * (modulator * entropy)
        # A modulator of 0 leaves nothing, whatever the entropy.
        loss[modulator == 0.0] = 0.0
        if self.derivatives == 0:
            return [loss]
        outer = weight * derivative_scale
        share = self.smoothing / block.values.shape[block.class_axis]
        slope = modulator * ((1.0 - self.smoothing) + share) / hit
        slope += self._modulator_slope(miss, g, entropy, modulator)
        gradient = np.zeros_like(block.values)
        if share:
            part = block.along(outer * modulator * share)
            gradient -= np.where(part > 0.0, part / block.values, 0.0)
        gradient.reshape(-1)[index] = -outer * slope
        return [loss, gradient]

    def _entropy(self, block: Block, hit: Array) -> Array:
        """The cross entropy, smoothed; a part that the smoothing leaves out is absent."""
        own = -np.log(hit)
        if self.smoothing == 0.0:
            return own
        classes = block.values.shape[block.class_axis]
        everyone = np.add.reduce(-np.log(block.values), axis=block.class_axis)
        own = (1.0 - self.smoothing) * own if self.smoothing < 1.0 else np.zeros_like(own)
        mixed: Array = own + self.smoothing / classes * everyone
        return mixed

    def _modulator_slope(
        self, miss: Array, g: float | Array, entropy: Array, modulator: Array
    ) -> Array:
        """Gamma miss^(gamma - 1) times the entropy."""
        if self.smoothing > 0.0:
            slope = g * np.power(miss, np.subtract(g, 1.0)) * entropy
        else:
            # (-log hit) / miss tends to 1 where hit is 1
            slope = g * modulator * np.where(miss > 0.0, entropy / miss, 1.0)
        return np.where(np.greater(g, 0.0), slope, 0.0)
