"""Rounding into the four formats, held against exact fractions and against casts that are right."""

from fractions import Fraction
from math import copysign, inf, isinf, nextafter

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from focalspec.golden.formats import (
    FORMATS,
    format_named,
    holds,
    round_dyadic,
    round_ratio,
    round_to,
)

formats = pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
BITS = {
    "float64": (np.uint64, np.float64, 64),
    "float32": (np.uint32, np.float32, 32),
    "bfloat16": (np.uint16, ml_dtypes.bfloat16, 16),
    "float16": (np.uint16, np.float16, 16),
}


def decoded(form, bits):
    """The exact number of a bit pattern: a decoding, which involves no rounding."""
    integer, dtype, _ = BITS[form.name]
    return float(np.array([bits], dtype=integer).view(dtype)[0])


def largest_bits(form):
    """The pattern of the largest finite number; the one after it is infinity's."""
    _, _, width = BITS[form.name]
    return (1 << width - 1) - (1 << form.precision - 1) - 1


def neighbours(form, bits):
    return decoded(form, bits), decoded(form, bits + 1)


def even(form, bits):
    return decoded(form, bits + (bits & 1))


def boundary_patterns(form):
    subnormals = 1 << form.precision - 1
    largest = largest_bits(form)
    around = {0, 1, 2, 3, subnormals - 2, subnormals - 1, subnormals, subnormals + 1, largest - 1}
    middle = range(subnormals, largest, max(1, largest // 97))
    return sorted(around | set(middle))


@formats
def test_its_limits_are_those_of_the_bit_patterns(form):
    assert form.largest == decoded(form, largest_bits(form))
    assert isinf(decoded(form, largest_bits(form) + 1))
    assert form.smallest == decoded(form, 1)
    assert form.smallest_normal == decoded(form, 1 << form.precision - 1)


@formats
def test_every_number_of_a_format_rounds_to_itself(form):
    for bits in boundary_patterns(form):
        number = decoded(form, bits)
        assert round_to(form, number) == number
        assert round_to(form, -number) == -number
        assert holds(form, number)


@formats
def test_a_midpoint_goes_to_the_even_neighbour_and_a_hair_beside_it_to_the_nearer(form):
    for bits in boundary_patterns(form):
        low, high = neighbours(form, bits)
        middle = (Fraction(low) + Fraction(high)) / 2
        for hair in (Fraction(1, 3**700), Fraction(1, 2**1200), middle / 2**90):
            for sign in (1, -1):
                assert round_to(form, sign * middle) == sign * even(form, bits)
                assert round_to(form, sign * (middle - hair)) == sign * low
                assert round_to(form, sign * (middle + hair)) == sign * high
        assert not holds(form, middle)


@formats
def test_a_sliver_decides_a_tie_and_nothing_else(form):
    for bits in boundary_patterns(form):
        low, high = neighbours(form, bits)
        middle = (Fraction(low) + Fraction(high)) / 2
        ratio = middle.as_integer_ratio()
        assert round_ratio(form, *ratio, sliver=1) == high
        assert round_ratio(form, *ratio, sliver=-1) == low
        assert round_ratio(form, -ratio[0], ratio[1], sliver=1) == -low
        assert round_ratio(form, -ratio[0], ratio[1], sliver=-1) == -high
        for sliver in (-1, 0, 1):
            assert round_ratio(form, *Fraction(low).as_integer_ratio(), sliver=sliver) == low
            near = middle + (Fraction(high) - middle) / 2**80
            assert round_ratio(form, *near.as_integer_ratio(), sliver=sliver) == high


@formats
def test_overflow_starts_half_a_unit_beyond_the_largest_number(form):
    unit = Fraction(form.largest) - Fraction(decoded(form, largest_bits(form) - 1))
    edge = Fraction(form.largest) + unit / 2
    assert round_to(form, edge) == inf
    assert round_to(form, -edge) == -inf
    assert round_ratio(form, *edge.as_integer_ratio(), sliver=-1) == form.largest
    assert round_to(form, edge - Fraction(1, 7**500)) == form.largest
    assert round_to(form, edge * 2**3000) == inf
    assert round_dyadic(form, 1, 10**300) == inf
    assert round_dyadic(form, -1, 10**300) == -inf


@formats
def test_underflow_ends_at_half_the_smallest_number_and_keeps_the_sign(form):
    half = Fraction(form.smallest) / 2
    assert round_to(form, half) == 0.0
    assert round_to(form, half * (1 + Fraction(1, 10**300))) == form.smallest
    assert round_ratio(form, *half.as_integer_ratio(), sliver=1) == form.smallest
    for tiny in (round_to(form, -half), round_dyadic(form, -5, -(10**300))):
        assert (tiny, copysign(1, tiny)) == (0.0, -1.0)
    assert copysign(1, round_dyadic(form, 5, -(10**300))) == 1.0
    assert round_dyadic(form, 0, 17) == 0.0


def nearest_by_search(form, value):
    """The nearest number by bisection over the bit patterns: slow, and plainly right."""
    magnitude = abs(value)
    low, high = 0, largest_bits(form)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (
            (middle, high) if Fraction(decoded(form, middle)) <= magnitude else (low, middle - 1)
        )
    below = Fraction(decoded(form, low))
    unit = Fraction(form.largest) - Fraction(decoded(form, largest_bits(form) - 1))
    above = below + unit if low == largest_bits(form) else Fraction(decoded(form, low + 1))
    up = magnitude - below > above - magnitude or (
        magnitude - below == above - magnitude and low & 1
    )
    result = decoded(form, low + up)
    return -result if value < 0 else result


@formats
@settings(deadline=None)  # other work may share the cores
@given(
    mantissa=st.integers(-(2**130), 2**130),
    denominator=st.integers(1, 2**80),
    exponent=st.integers(-1250, 1000),
)
def test_any_ratio_rounds_to_the_nearest_number(form, mantissa, denominator, exponent):
    dyadic = mantissa * Fraction(2) ** exponent
    assert round_dyadic(form, mantissa, exponent) == nearest_by_search(form, dyadic)
    ratio = dyadic / denominator
    assert round_to(form, ratio) == nearest_by_search(form, ratio)


@settings(deadline=None)  # other work may share the cores
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_float64_casts_of_numpy_to_float32_and_float16_agree(number):
    with np.errstate(over="ignore", under="ignore"):
        assert round_to(FORMATS["float32"], number) == float(np.float32(number))
        assert round_to(FORMATS["float16"], number) == float(np.float16(number))
    assert round_to(FORMATS["float64"], number) == number


def test_a_float_between_two_bfloat16_numbers_is_not_rounded_twice():
    # Just above a midpoint of bfloat16, so close that float32 would round it to the midpoint.
    number = nextafter(1 + 2**-8, inf)
    assert round_to(FORMATS["bfloat16"], number) == 1 + 2**-7


def test_zeros_infinities_and_nan_stay():
    form = FORMATS["float16"]
    assert copysign(1, round_to(form, -0.0)) == -1.0
    assert round_to(form, inf) == inf
    assert not holds(form, inf)
    assert round_to(form, float("nan")) != round_to(form, float("nan"))
    assert holds(form, -0.0)


def test_an_unknown_format_is_refused_with_the_names():
    with pytest.raises(ValueError, match=r"expected one of float64, float32.*found 'float8'"):
        format_named("float8")
    assert format_named("float16").precision == 11
