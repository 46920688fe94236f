"""Which float formats the losses take, and how a narrow one is rounded: once, from float64."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Dtype = np.dtype[Any]

FLOAT64 = np.dtype(np.float64)
FLOAT32 = np.dtype(np.float32)

ACCEPTED = "float16, bfloat16, float32 or float64"


def is_bfloat16(dtype: Dtype) -> bool:
    """Whether this is the bfloat16 of ml_dtypes; told by its name, so that it is never imported."""
    return dtype.itemsize == 2 and dtype.kind == "V" and dtype.name == "bfloat16"


def is_accepted(dtype: Dtype) -> bool:
    """Whether the losses take arrays of this dtype."""
    return (dtype.kind == "f" and dtype.itemsize <= 8) or is_bfloat16(dtype)


def store(values: Array, out: Array) -> None:
    """Write values into out, rounding to its format once."""
    if out.dtype.kind == "V" and values.dtype == FLOAT64:
        # ml_dtypes goes through float32; an odd float32 carries what it dropped, so nothing
        # is rounded to even twice.
        values = _round_to_odd(values)
    np.copyto(out, values, casting="unsafe")


def _round_to_odd(values: Array) -> Array:
    """float64 as float32, inexact ones truncated with the last bit set (von Neumann's rounding)."""
    narrow = values.astype(np.float32)
    bits = narrow.view(np.int32)
    inexact = (narrow != values) & np.isfinite(values)
    bits -= inexact & (np.abs(narrow) > np.abs(values))
    bits |= inexact
    return narrow
