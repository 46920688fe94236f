"""Arithmetic that also tells what it lost: products, quotients and sums with their rounding errors.

The error-free transformations are those of Dekker, Veltkamp and Rump; NumPy has no fused
multiply-add to make them shorter.
"""

import math

import numpy as np

from focalspec.reference.blocks import Scratch
from focalspec.reference.elementary import constant
from focalspec.reference.formats import Array

# 2^27 + 1, which splits a float64 into two halves of 26 bits.
_SPLITTER = 134217729.0


def scaled_parts(factor: float, value: Array, scratch: Scratch) -> tuple[Array, Array | None]:
    """Factor * value as a product and what its rounding lost; None where nothing can be lost.

    ``value`` is overwritten.
    """
    if math.frexp(factor)[0] == 0.5:
        return np.multiply(value, constant(factor), value), None
    product = np.multiply(value, constant(factor), scratch.array(value.size))
    high = np.multiply(value, constant(_SPLITTER), scratch.array(value.size))
    low = np.subtract(high, value, scratch.array(value.size))
    np.subtract(high, low, high)
    np.subtract(value, high, low)
    spread = _SPLITTER * factor
    factor_high = spread - (spread - factor)
    factor_low = factor - factor_high
    lost = np.multiply(high, constant(factor_high), scratch.array(value.size))
    np.subtract(lost, product, lost)
    if factor_low:
        np.multiply(high, constant(factor_low), high)
        np.add(lost, high, lost)
    np.multiply(low, constant(factor), low)
    return product, np.add(lost, low, lost)


def divided_parts(dividend: Array, divisor: Array) -> tuple[Array, Array]:
    """A quotient, and relative to it what its rounding lost (0 for the quotient 0)."""
    quotient = dividend / divisor
    product = quotient * divisor
    high, low = _halves(quotient)
    other_high, other_low = _halves(divisor)
    excess = ((high * other_high - product) + high * other_low + low * other_high) + low * other_low
    missing = (dividend - product) - excess
    return quotient, np.where(dividend > 0.0, missing / dividend, 0.0)


def added_parts(a: Array, b: Array) -> tuple[Array, Array]:
    """A sum, and what its rounding lost (0 where it is infinite)."""
    total = a + b
    back = total - a
    lost = (a - (total - back)) + (b - back)
    return total, np.where(np.isfinite(lost), lost, 0.0)


def summed_parts(terms: Array, axis: int) -> tuple[Array, Array]:
    """The sums along an axis of terms >= 0, and relative to them what is missing.

    Each term is cut at a bit that all terms of a sum share: what lies above adds up exactly.
    """
    rough = np.add.reduce(terms, axis=axis, keepdims=True)
    ceiling = np.ldexp(1.0, np.frexp(rough)[1] + 1)
    above = terms + ceiling
    above -= ceiling
    exact = np.add.reduce(above, axis=axis)
    np.subtract(terms, above, above)
    rest = np.add.reduce(above, axis=axis)
    total = exact + rest
    missing = (exact - total) + rest
    return total, np.where(total > 0.0, missing / total, 0.0)


def _halves(value: Array) -> tuple[Array, Array]:
    spread = value * _SPLITTER
    high = spread - (spread - value)
    return high, value - high
