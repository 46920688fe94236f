"""Elementary functions that NumPy does not offer in the form or at the speed that the losses need.

Constants are zero-dimensional arrays: NumPy converts a Python number anew in every call.
"""

import math
from functools import cache
from typing import Any

import numpy as np

from focalspec.reference.blocks import Scratch
from focalspec.reference.formats import FLOAT64, Array, Dtype

# ln 2 in two parts; the first has so few bits that small multiples of it are exact.
_LN2_HIGH = float.fromhex("0x1.62e42feep-1")
_LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")


@cache
def constant(value: float, dtype: Dtype = FLOAT64) -> Array:
    """A number as an array of no dimension."""
    return np.array(value, dtype)


def _log1p_is_vectorised() -> bool:
    """Whether NumPy computes log1p with vector instructions on this processor."""
    introspect: Any = getattr(np.lib, "introspect", None)
    if introspect is None:
        return True
    loops = introspect.opt_func_info(func_name="^log1p$").get("log1p", {})
    current = [str(loop.get("current", "")) for loop in loops.values()]
    return not current or not all("baseline" in name for name in current)


VECTOR_LOG1P = _log1p_is_vectorised()


def log1p(e: Array, out: Array, scratch: Scratch) -> Array:
    """log(1 + e) for e >= 0.

    Where NumPy's own is scalar, from a logarithm of d = 1 + e, corrected by what d lost.
    """
    if VECTOR_LOG1P:
        return np.log1p(e, out)
    one = constant(1.0, e.dtype)
    d = np.add(e, one, scratch.array(e.size, e.dtype))
    lost = np.subtract(d, one, scratch.array(e.size, e.dtype))
    np.subtract(e, lost, lost)
    np.divide(lost, d, lost)
    np.log(d, out)
    return np.add(out, lost, out)


def power(base: Array, exponent: float | Array, out: Array) -> Array:
    """base^exponent, by products and square roots where the exponent allows."""
    if isinstance(exponent, np.ndarray):
        return np.power(base, exponent, out)
    if exponent == 2.0:
        return np.square(base, out)
    whole, half = divmod(exponent, 1.0)
    if half not in (0.0, 0.5) or not 0.5 <= exponent <= 4.0:
        out.fill(exponent)  # a scalar exponent would miss the vector loop
        return np.power(base, out, out)
    if half:
        np.sqrt(base, out)
    elif whole == 4.0:
        np.square(base, out)
        return np.square(out, out)
    else:
        np.copyto(out, base)
        whole -= 1.0
    for _ in range(int(whole)):
        np.multiply(out, base, out)
    return out


def log_parts(value: float) -> tuple[float, float]:
    """The logarithm of a positive number in two parts, to about 70 bits."""
    mantissa, exponent = math.frexp(value)
    if mantissa < math.sqrt(0.5):
        mantissa, exponent = 2.0 * mantissa, exponent - 1
    high = exponent * _LN2_HIGH
    low = exponent * _LN2_LOW + math.log(mantissa)
    total = high + low
    return total, low - (total - high) if abs(high) >= abs(low) else high - (total - low)
