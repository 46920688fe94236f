"""The terms of a focal loss of probabilities, for a block of elements and their labels."""

from dataclasses import dataclass

import numpy as np

from focalspec.reference.blocks import Scratch
from focalspec.reference.elementwise import Values
from focalspec.reference.formats import Array
from focalspec.reference.label_rules import (
    fractional_loss,
    prediction_from_probabilities,
    vanishing_order,
)
from focalspec.reference.weights import Weights


@dataclass(frozen=True)
class ProbabilityTerms:
    """Computes a block in float64."""

    gamma: float
    rule: str
    derivatives: int
    weights: Weights

    def __call__(self, p: Array, y: Array, hard: bool, scratch: Scratch) -> Values:
        """Loss and gradient of a block."""
        q = 1.0 - p
        ones = self._weighted(p, q, -np.log(p), y * self.weights.one)
        zeros = self._weighted(q, p, -np.log1p(-p), (1.0 - y) * self.weights.zero)
        values = [ones[0] + zeros[0], ones[1] - zeros[1]]
        if self.rule != "two_term" and not hard:
            self._apply_rule(values, p, y)
        values[1] *= self.weights.derivative_scale
        return Values(values[: self.derivatives + 1], None)

    def _weighted(self, hit: Array, miss: Array, length: Array, weight: Array) -> list[Array]:
        """A term and its slope by ``hit``; what has no weight is 0, even where the term is inf."""
        value, slope = _term(hit, miss, length, self.gamma)
        value *= weight
        slope *= weight
        absent = weight == 0.0
        value[absent] = 0.0
        slope[absent] = 0.0
        return [value, slope]

    def _apply_rule(self, values: list[Array], p: Array, y: Array) -> None:
        """Replace the values at fractional labels by those of a label rule."""
        both = (self.weights.one, self.weights.zero)
        at = prediction_from_probabilities(p)
        ruled = fractional_loss(self.rule, at, y, both, self.gamma)
        fractional = (y > 0.0) & (y < 1.0)
        for value, new in zip(values, ruled, strict=False):
            np.copyto(value, new, where=fractional)
        weight = y * self.weights.one + (1.0 - y) * self.weights.zero
        for end in (0.0, 1.0):
            self._set_end(values, end, y, fractional & (weight > 0.0) & (p == end))

    def _set_end(self, values: list[Array], end: float, y: Array, there: Array) -> None:
        """At p = 0 and p = 1 the entropy is infinite, and the modulator may vanish faster."""
        order = vanishing_order(self.rule, end, y, self.gamma)
        outward = -np.inf if end == 0.0 else np.inf
        slope = np.where(order == 0.0, outward, np.where(order <= 1.0, -outward, 0.0))
        np.copyto(values[0], np.where(order == 0.0, np.inf, 0.0), where=there)
        np.copyto(values[1], slope, where=there)


def _term(hit: Array, miss: Array, length: Array, gamma: float) -> tuple[Array, Array]:
    """miss^gamma (-log hit) and its slope by hit, where miss = 1 - hit and length = -log hit."""
    modulator = np.power(miss, gamma)
    slope = 1.0 / hit
    if gamma > 0.0:
        # (-log hit) / miss tends to 1 where hit is 1
        slope += gamma * np.where(miss > 0.0, length / miss, 1.0)
    return modulator * length, -modulator * slope
