"""The focal loss of a block of softmax positions, with its derivatives.

With v the others' sum of e^z over the target's and pi_k the share of e^z_k in that sum, the hard
loss is F(log v); log v falls with the target's logit, and rises with another one at the rate pi_k.
Label smoothing replaces the cross entropy L by (1 - eps) L + eps mean_k(-log p_k), whose slopes
differ by eps ([k = y] - 1 / C).
"""

from dataclasses import dataclass

import numpy as np

from focalspec.reference.blocks import Scratch
from focalspec.reference.formats import FLOAT64, Array
from focalspec.reference.positions import Block
from focalspec.reference.ratio_curve import RatioCurve, ratio_curve
from focalspec.reference.softmax_sums import Sums, softmax_sums

_LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True)
class SoftmaxTerms:
    """Computes a block in float64, sharply where the result is rounded no further."""

    gamma: float | Array
    smoothing: float
    derivatives: int
    sharp: bool

    def __call__(
        self, block: Block, weight: Array, derivative_scale: float, scratch: Scratch
    ) -> list[Array]:
        """Loss and derivatives of a block."""
        g = self.gamma[block.targets] if isinstance(self.gamma, np.ndarray) else self.gamma
        sums = softmax_sums(block, self.sharp, self.smoothing > 0.0, scratch)
        curve = ratio_curve(sums.v, sums.error, sums.excess, g)
        entropy = curve.length
        if sums.spread is not None:
            entropy = (1.0 - self.smoothing) * entropy + self.smoothing * sums.spread
        modulator = curve.modulator
        if weight.ndim or weight != 1.0:
            modulator = modulator * weight
        loss = modulator * entropy
        if self.derivatives == 0:
            return [loss]
        outer = modulator * derivative_scale if derivative_scale != 1.0 else modulator
        pull = g * (curve.c * np.minimum(entropy, _LARGEST))
        rise = outer * (pull + curve.s)
        bends = []
        if self.derivatives >= 2:
            bends = [self._bend(block, sums, curve, outer, pull)]
        return [loss, self._slope(block, sums, outer, rise), *bends]

    def _slope(self, block: Block, sums: Sums, outer: Array, rise: Array) -> Array:
        """The gradient, written over the exponentials."""
        classes = block.values.shape[block.class_axis]
        part = self.smoothing / classes
        slope = self._shared(block, sums, rise)
        if part:
            np.subtract(slope, block.along(outer * part), slope)
        slope.reshape(-1)[sums.at_target] = (classes - 1) * part * outer - rise
        return slope

    @staticmethod
    def _shared(block: Block, sums: Sums, rise: Array) -> Array:
        """The slope of the loss, shared out among the classes."""
        dtype = sums.others.dtype
        if dtype == FLOAT64:
            return np.multiply(sums.others, block.along(rise / sums.total), sums.others)
        # The quotient may lie below the numbers of a narrow format, where neither part does.
        part = block.along((1.0 / sums.total).astype(dtype))
        np.multiply(sums.others, part, sums.others)
        return np.multiply(sums.others, block.along(rise.astype(dtype)), sums.others)

    def _bend(
        self, block: Block, sums: Sums, curve: RatioCurve, outer: Array, pull: Array
    ) -> Array:
        """The Hessian's diagonal."""
        s, c, g = curve.s, curve.c, curve.gamma
        classes = block.values.shape[block.class_axis]
        straight = outer * (pull * (g * c - s) + (2.0 * g + 1.0) * s * c)
        turn = outer * (pull + s)
        cross = outer * (2.0 * g * c * (self.smoothing / classes))
        shares = sums.others / block.along(sums.total)
        bend: Array = shares * (
            block.along(straight) * shares
            + _complements(block, sums, shares) * block.along(turn)
            - block.along(cross)
        )
        bend.reshape(-1)[sums.at_target] = straight - (classes - 1) * cross
        return bend


def _complements(block: Block, sums: Sums, shares: Array) -> Array:
    """1 less every share; of the largest, which may be all but 1, the sum of the other shares."""
    complements: Array = np.subtract(1.0, shares)
    if shares.size:
        top = np.expand_dims(np.argmax(shares, block.class_axis), block.class_axis)
        largest = np.take_along_axis(sums.others, top, block.class_axis)
        np.put_along_axis(sums.others, top, 0.0, block.class_axis)
        rest = np.add.reduce(sums.others, axis=block.class_axis, keepdims=True)
        np.put_along_axis(sums.others, top, largest, block.class_axis)
        np.put_along_axis(complements, top, rest / block.along(sums.total), block.class_axis)
    return complements
