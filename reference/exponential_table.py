"""What NumPy's float64 exponential misses: the relative error of e^z, from a table in two parts."""

import math
from functools import cache

import numpy as np

from focalspec.reference.formats import Array

# The table holds e^(k / STEPS) for |k| <= STEPS * LIMIT.
_STEPS = 4
LIMIT = 340

_BITS = 192


def exponential_error(z: Array, e: Array) -> Array:
    """(e^z - e) / e within 2^-54, where e is e^z rounded, and |z| <= LIMIT."""
    high_table, low_table = _table()
    steps = np.rint(z * _STEPS)
    rest = np.expm1(z - steps / _STEPS)
    index = steps.astype(np.intp) + _STEPS * LIMIT
    high, low = high_table.take(index, mode="clip"), low_table.take(index, mode="clip")
    error: Array = ((high - e) + (high * rest + low)) / e
    return error


@cache
def _table() -> tuple[Array, Array]:
    """The high and low parts of the powers of e^(1 / STEPS), computed with integers."""
    unit = 1 << _BITS
    step = sum(unit // (math.factorial(n) * _STEPS**n) for n in range(40))
    upward = _powers(step, unit)
    downward = _powers(unit * unit // step, unit)
    parts = [*reversed(downward[1:]), *upward]
    return np.array([high for high, _ in parts]), np.array([low for _, low in parts])


def _powers(step: int, unit: int) -> list[tuple[float, float]]:
    """step^k / unit^k for k up to the table's end, as pairs of floats; kept in [1, 2) by shifts."""
    mantissa, exponent, powers = unit, 0, []
    for _ in range(_STEPS * LIMIT + 1):
        high = mantissa / unit
        low = (mantissa - int(math.ldexp(high, _BITS))) / unit
        powers.append((math.ldexp(high, exponent), math.ldexp(low, exponent)))
        mantissa = mantissa * step >> _BITS
        shift = mantissa.bit_length() - 1 - _BITS
        mantissa = mantissa >> shift if shift > 0 else mantissa << -shift
        exponent += shift
    return powers
