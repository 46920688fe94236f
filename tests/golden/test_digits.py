"""Decimal digits by integers, held against Decimal and Fraction."""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from focalspec.golden.digits import decimal_of_dyadic, decimal_of_ratio, rounded_up

FORTY = Context(prec=40, rounding=ROUND_HALF_EVEN, Emin=-(10**9), Emax=10**9)


def by_decimal(value):
    """40 digits as Decimal's correctly rounded division gives them."""
    return FORTY.divide(Decimal(value.numerator), Decimal(value.denominator))


@settings(deadline=None)  # other work may share the cores
@given(st.integers(-(10**50), 10**50), st.integers(1, 10**50))
def test_any_ratio_has_the_digits_that_decimal_finds(numerator, denominator):
    text = decimal_of_ratio(numerator, denominator)
    assert Decimal(text) == by_decimal(Fraction(numerator, denominator))


@settings(deadline=None)  # other work may share the cores
@given(st.integers(-(2**200), 2**200), st.integers(-3000, 3000))
def test_any_dyadic_number_has_the_digits_that_decimal_finds(mantissa, exponent):
    text = decimal_of_dyadic(mantissa, exponent)
    assert Decimal(text) == by_decimal(mantissa * Fraction(2) ** exponent)


@settings(deadline=None)  # other work may share the cores
@given(st.integers(1, 2**64), st.integers(-200, 200))
def test_forty_digits_are_always_written(mantissa, exponent):
    digits = decimal_of_dyadic(mantissa, exponent).partition("e")[0].replace(".", "")
    assert len(digits.lstrip("0")) == 40


@pytest.mark.parametrize(
    ("value", "start", "end"),
    [
        (Fraction(1, 4), "0.25", "0" * 38),
        (Fraction(10**20), "100000000000000000000.", "0" * 19),
        (Fraction(10**21), "1.0", "0e+21"),
        (Fraction(1, 10**5), "0.000010", "0" * 30),
        (Fraction(1, 10**6), "1.0", "0e-6"),
        (Fraction(-1, 3), "-0.3333333333", "3" * 20),
        (Fraction(2, 3), "0.6666666666", "67"),
    ],
)
def test_exponents_from_minus_5_to_20_are_written_without_e(value, start, end):
    text = decimal_of_ratio(*value.as_integer_ratio())
    assert text.startswith(start)
    assert text.endswith(end)


def test_a_tie_goes_to_the_even_digit_unless_a_sliver_decides():
    tie = (2 * 10**39 + 1, 2 * 10**39)  # 1.000…0005 with the 5 in the 41st place… of 40 digits
    even, up = "1." + "0" * 39, "1." + "0" * 38 + "1"
    assert decimal_of_ratio(*tie) == even
    assert decimal_of_ratio(*tie, sliver=1) == up
    assert decimal_of_ratio(*tie, sliver=-1) == even
    assert decimal_of_ratio(-tie[0], tie[1], sliver=-1) == "-" + up
    assert decimal_of_ratio(-tie[0], tie[1], sliver=1) == "-" + even


def test_nines_carry_into_a_new_digit():
    assert decimal_of_ratio(10**41 - 1, 10**41) == "1." + "0" * 39
    assert decimal_of_ratio(10**62 - 1, 10**41) == "1." + "0" * 39 + "e+21"


def test_numbers_below_ten_to_the_minus_5000_are_tiny():
    assert decimal_of_dyadic(1, -(10**300)) == "tiny"
    assert decimal_of_dyadic(-3, -(10**300)) == "-tiny"
    assert decimal_of_ratio(1, 10**5000) == "1." + "0" * 39 + "e-5000"
    assert decimal_of_ratio(-(10**60) + 1, 10**5060) == "-1." + "0" * 39 + "e-5000"
    assert decimal_of_ratio(10**39 - 1, 10**5039) == "tiny"
    assert decimal_of_ratio(1, 10**9000) == "tiny"
    assert decimal_of_dyadic(0, -(10**300)) == "0"


@pytest.mark.parametrize(
    ("mantissa", "exponent"), [(1, 10**300), (10**5001, 0)], ids=["far", "near"]
)
def test_numbers_of_thousands_of_digits_are_refused(mantissa, exponent):
    with pytest.raises(ValueError, match="expected a number below"):
        decimal_of_dyadic(mantissa, exponent)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(0), "0"),
        (Fraction(3), "3.0"),
        (Fraction(301, 100), "3.1"),
        (Fraction(991, 100), "10"),
        (Fraction(99), "99"),
        (Fraction(991, 10), "1.0e+2"),
        (Fraction(1, 3), "0.34"),
        (Fraction(1, 25), "0.040"),
        (Fraction(1, 10**3), "1.0e-3"),
        (Fraction(1_410_000_000_001), "1.5e+12"),
        (Fraction(1, 7 * 10**400), "1.5e-401"),
    ],
)
def test_condition_numbers_have_two_digits_rounded_up(value, text):
    assert rounded_up(*value.as_integer_ratio()) == text


@settings(deadline=None)  # other work may share the cores
@given(st.integers(1, 10**400), st.integers(1, 10**400))
def test_rounding_up_never_understates_and_stays_within_a_tenth(numerator, denominator):
    value = Fraction(numerator, denominator)
    rounded = Fraction(rounded_up(numerator, denominator))
    assert value <= rounded <= value * Fraction(11, 10)
