"""Exact errors in units in the last place (ulp)."""

from decimal import Context, Decimal
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from focalspec.golden.formats import Format

Floats: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]

LARGEST_ERROR = 1e300  # errors in ulp beyond it say no more than that
_SUBTRACT = Context(prec=40, Emin=-999999, Emax=999999)


def is_wider(form: Format, other: Format) -> bool:
    """Whether a format holds every number of the other, and more."""
    return form.precision > other.precision and form.emax >= other.emax


def spacing(values: Floats, form: Format) -> Floats:
    """One ulp of the format at each value: the spacing of its numbers there, subnormal ones too."""
    _, exponents = np.frexp(values)
    exponents = np.where(values == 0, form.emin, np.clip(exponents - 1, form.emin, form.emax))
    steps: Floats = np.ldexp(1.0, exponents - (form.precision - 1))
    return steps


def remainder(decimal: str, nearest: float) -> float:
    """What a decimal number exceeds its nearest float64 by; 0 where that is no finite number.

    Both are subtracted exactly and rounded once: the 40 digits of a golden value tell more of it
    than a float64 holds, and an error of less than one ulp needs them.
    """
    if nearest == 0 or not np.isfinite(nearest):
        return 0.0
    return float(_SUBTRACT.subtract(Decimal(decimal), Decimal(nearest)))
