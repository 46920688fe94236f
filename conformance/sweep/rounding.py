"""Rounding of whole arrays into a format, to nearest, ties to even, and the spacing there."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from focalspec.conformance.sweep.inputs import Numbers
from focalspec.golden.formats import Format

Values: TypeAlias = NDArray[np.float64]

_EXPONENT = np.int64(0x7FF0_0000_0000_0000)


def rounded(form: Format, values: Values) -> Numbers:
    """The numbers of a format nearest to float64 values, overflow to infinity included."""
    nearest = np.empty(values.shape, np.float32)
    round_into(form, values, nearest)
    return nearest


def round_into(form: Format, values: Values, nearest: Numbers) -> None:
    """Puts the numbers of a format nearest to float64 values into an array."""
    if form.name == "float32":
        # by the processor, once; a test tries every kind of tie
        np.copyto(nearest, values, casting="same_kind")
        return
    unit = spacing(form, values)
    multiples = np.rint(values / unit) * unit
    beyond = np.abs(multiples) > form.largest
    numbers = np.where(beyond, np.copysign(np.inf, values), multiples)
    np.copyto(nearest, numbers, casting="same_kind")


def spacing(form: Format, values: Values) -> Values:
    """One ulp of the format at each finite value: the spacing of its numbers there."""
    bits = np.bitwise_and(np.ascontiguousarray(values).view(np.int64), _EXPONENT)
    unit = bits.view(np.float64)  # the power of two at or below the value
    np.maximum(unit, 2.0**form.emin, out=unit)
    np.multiply(unit, 2.0 ** (1 - form.precision), out=unit)
    return unit
