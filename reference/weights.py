"""The weights of the two terms of a binary focal loss."""

from typing import Any, NamedTuple

import numpy as np

from focalspec.reference import arguments
from focalspec.reference.blocks import Scratch
from focalspec.reference.elementary import constant, log_parts
from focalspec.reference.formats import FLOAT64, Array, Dtype

_LARGEST = float(np.finfo(np.float64).max)


class Weights(NamedTuple):
    """What the terms of label 1 and label 0 are multiplied by, and the derivatives moreover.

    ``mass`` is what label 1 and label 0 count in a weighted mean: their weights, not normalized.
    """

    one: float
    zero: float
    mass: tuple[float, float]
    derivative_scale: float = 1.0

    @property
    def any_absent(self) -> bool:
        """Whether a term is switched off."""
        return self.one == 0.0 or self.zero == 0.0


def label_weights(alpha: Any, class_weight: Any, normalizer: Any) -> Weights:
    """The weights that the arguments of a call amount to."""
    a = arguments.alpha(alpha)
    by_class = arguments.class_weight(class_weight, 2)
    divisor = arguments.normalizer(normalizer)
    one, zero = (1.0, 1.0) if a is None else (a, 1.0 - a)
    if by_class is not None:
        one, zero = one * float(by_class[1]), zero * float(by_class[0])
    mass = (one, zero)
    if divisor is not None:
        one, zero = _quotient(one, divisor), _quotient(zero, divisor)
    return Weights(one, zero, mass)


def by_label(y: Array, one: float, zero: float, dtype: Dtype, scratch: Scratch) -> Array:
    """``one`` where the label is 1 and ``zero`` where it is 0, both exactly."""
    if one == zero:
        return constant(one, dtype)
    out = scratch.array(y.size, dtype)
    if y.dtype != dtype:
        np.copyto(out, y)
        y = out
    step = one - zero
    if dtype == FLOAT64 and zero + step != one:
        rest = np.subtract(constant(1.0), y, scratch.array(y.size))
        np.multiply(rest, constant(zero), rest)
        np.multiply(y, constant(one), out)
        return np.add(out, rest, out)
    np.multiply(y, constant(step, dtype), out)
    return np.add(out, constant(zero, dtype), out)


class LogWeight(NamedTuple):
    """The logarithm of a weight in two parts, by element or for all, and whether it is large."""

    high: Array
    low: Array
    large: bool


def log_by_label(y: Array, weights: Weights, scratch: Scratch) -> LogWeight | None:
    """The logarithm of the weight by label; None where both weights are 1.

    A weight of 0 has the logarithm of 1 here: what it weighs is set to 0 afterwards.
    """
    one, zero = log_parts(weights.one or 1.0), log_parts(weights.zero or 1.0)
    if one == zero == (0.0, 0.0):
        return None
    reached = zero[0] + (one[0] - zero[0])  # what a step from the other logarithm reaches
    rest = one[1] + (one[0] - reached)
    high = by_label(y, reached, zero[0], FLOAT64, scratch)
    low = by_label(y, rest, zero[1], FLOAT64, scratch)
    return LogWeight(high, low, max(abs(one[0]), abs(zero[0])) > 2.0)


def _quotient(weight: float, divisor: float) -> float:
    quotient = float(np.divide(weight, divisor))
    return min(quotient, _LARGEST)
