"""Spacings and errors in ulp agree with the formats' own neighbours."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from focalspec.conformance.ulp import is_wider, remainder, spacing
from focalspec.golden.formats import FORMATS, round_to


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_spacing_is_the_distance_to_the_next_number(dtype: type) -> None:
    info = np.finfo(dtype)
    tiny = info.smallest_subnormal
    samples = [0, tiny, 3 * tiny, info.smallest_normal, 0.1, 0.5, 1, 1.5, 2, 1000, info.max / 2]
    values = np.array(samples, dtype=dtype)
    expected = np.spacing(values).astype(np.float64)
    form = FORMATS[np.dtype(dtype).name]
    np.testing.assert_array_equal(spacing(values.astype(np.float64), form), expected)


def test_the_spacing_of_bfloat16_is_that_of_its_eight_bits() -> None:
    values = np.array([1.0, 2.0**-126, 2.0**-130, 0.0])
    expected = [2.0**-7, 2.0**-133, 2.0**-133, 2.0**-133]
    np.testing.assert_array_equal(spacing(values, FORMATS["bfloat16"]), expected)


@given(st.fractions(min_value=Fraction(1, 10**30), max_value=10**30), st.integers(-3, 3))
def test_an_error_in_ulp_is_exact_to_many_digits(value: Fraction, steps: int) -> None:
    """Against the same quotient in fractions: (found - value) over the spacing."""
    decimal = f"{Decimal(value.numerator) / Decimal(value.denominator):.39e}"
    exact = Fraction(decimal)
    form = FORMATS["float32"]
    nearest = round_to(form, exact)
    found = float(np.float32(nearest) + steps * np.spacing(np.float32(nearest)))
    high = round_to(FORMATS["float64"], exact)
    low = remainder(decimal, high)
    unit = float(spacing(np.array([high]), form)[0])
    error = abs((found - high) - low) / unit
    expected = abs(Fraction(found) - exact) / Fraction(unit)
    assert error == pytest.approx(float(expected), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(("decimal", "nearest"), [("inf", np.inf), ("tiny", 0.0), ("1e-400", 0.0)])
def test_what_float64_cannot_hold_has_no_remainder(decimal: str, nearest: float) -> None:
    assert remainder(decimal, nearest) == 0.0


@pytest.mark.parametrize(
    ("form", "other", "expected"),
    [
        ("float64", "float32", True),
        ("float32", "float16", True),
        ("float32", "bfloat16", True),
        ("float16", "bfloat16", False),
        ("bfloat16", "float16", False),
        ("float32", "float64", False),
        ("float32", "float32", False),
    ],
)
def test_a_wider_format_holds_all_of_the_other_and_more(
    form: str, other: str, expected: bool
) -> None:
    assert is_wider(FORMATS[form], FORMATS[other]) is expected
