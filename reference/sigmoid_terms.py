"""The terms of a focal loss of logits, for a block of elements and their labels."""

from dataclasses import dataclass

import numpy as np

from focalspec.reference.blocks import Scratch
from focalspec.reference.curve import plain_curve
from focalspec.reference.elementary import constant
from focalspec.reference.elementwise import Values
from focalspec.reference.formats import FLOAT64, Array, Dtype
from focalspec.reference.label_rules import fractional_loss, prediction_from_logits
from focalspec.reference.sharp_curve import sharp_curve
from focalspec.reference.weights import Weights, by_label, log_by_label

# Below this F and its derivatives are 0 with any weight.
_NOTHING = -1500.0

# Up to here neither the exponential nor its square leaves the range of the format.
_SAFE = {4: 80.0, 8: 700.0}


@dataclass(frozen=True)
class SigmoidTerms:
    """Computes a block in the dtype ``work``, sharply where the result is rounded no further."""

    gamma: float
    rule: str
    derivatives: int
    work: Dtype
    sharp: bool
    weights: Weights

    def __call__(self, x: Array, y: Array, hard: bool, scratch: Scratch) -> Values:
        """Loss and derivatives of a block."""
        if hard:
            return self._hard(x, y, scratch)
        return self._fractional(_widened(x, FLOAT64), _widened(y, FLOAT64), scratch)

    def _hard(self, x: Array, y: Array, scratch: Scratch) -> Values:
        """Only one of the two terms is there: the curve at x, turned round for label 1."""
        sign = np.multiply(y, constant(-2.0, y.dtype), scratch.array(y.size, y.dtype))
        np.add(sign, constant(1.0, y.dtype), sign)
        t = scratch.array(x.size, self.work)
        if x.dtype == self.work:
            np.multiply(x, sign, t)
        else:
            np.copyto(t, np.multiply(x, sign, scratch.array(x.size, x.dtype)))
        values = self._curve(t, y, scratch)
        if self.weights.any_absent:
            absent = by_label(y, self.weights.one, self.weights.zero, FLOAT64, scratch) == 0.0
            for value in values:
                np.copyto(value, 0.0, where=absent)
        self._scale_slopes(values)
        return Values(values, sign)

    def _fractional(self, x: Array, y: Array, scratch: Scratch) -> Values:
        """Both terms, each with its share of the label."""
        values = [np.zeros(x.size) for _ in range(self.derivatives + 1)]
        for label, sign, share in ((1.0, -1.0, y), (0.0, 1.0, 1.0 - y)):
            if (self.weights.one if label else self.weights.zero) == 0.0:
                continue
            t = (sign * x).astype(self.work)
            side = self._curve(t, np.array(label), scratch)
            for order, (value, part) in enumerate(zip(values, side, strict=True)):
                np.multiply(part, share if order != 1 else sign * share, part)
                np.copyto(part, 0.0, where=share == 0.0)
                np.add(value, part, value)
        if self.rule != "two_term":
            self._apply_rule(values, x, y)
        self._scale_slopes(values)
        return Values(values, None)

    def _curve(self, t: Array, y: Array, scratch: Scratch) -> list[Array]:
        """The weighted curve; t is overwritten. Infinities are kept away from it."""
        beyond = excess = None
        limit = _SAFE[self.work.itemsize]
        safe = np.maximum.reduce(t) <= limit
        if self.sharp and safe:  # the plain curve takes -inf as it comes
            safe = np.minimum.reduce(t) >= -limit
        if not safe:
            beyond = t == np.inf
            np.clip(t, _NOTHING, np.finfo(self.work).max, out=t)
            if not self.sharp:
                excess = np.maximum(t - limit, 0.0)
                np.minimum(t, limit, out=t)
        if self.sharp:
            log_weight = log_by_label(y, self.weights, scratch)
            values = sharp_curve(t, log_weight, self.gamma, self.derivatives, scratch)
        else:
            weight = by_label(y, self.weights.one, self.weights.zero, self.work, scratch)
            e = np.exp(t, t)
            values = plain_curve(e, excess, weight, self.gamma, self.derivatives, scratch)
        if beyond is not None:
            np.copyto(values[0], np.inf, where=beyond)
        return values

    def _apply_rule(self, values: list[Array], x: Array, y: Array) -> None:
        """Replace the values at fractional labels by those of a label rule."""
        largest = np.finfo(np.float64).max
        at = prediction_from_logits(np.clip(x, -largest, largest))
        both = (self.weights.one, self.weights.zero)
        ruled = fractional_loss(self.rule, at, y, both, self.gamma)
        fractional = (y > 0.0) & (y < 1.0)
        for value, new in zip(values, ruled, strict=False):
            np.copyto(value, new, where=fractional)

    def _scale_slopes(self, values: list[Array]) -> None:
        scale = self.weights.derivative_scale
        if scale != 1.0:
            for value in values[1:]:
                np.multiply(value, constant(scale, value.dtype), value)


def _widened(array: Array, dtype: Dtype) -> Array:
    return array.astype(dtype, copy=False)
