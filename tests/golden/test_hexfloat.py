"""Hexadecimal floats: one spelling a number, and an exact way back."""

from fractions import Fraction
from math import copysign, inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from focalspec.golden import hexfloat

SPELLINGS = {
    1.0: "0x1p+0",
    3.0: "0x1.8p+1",
    0.1: "0x1.999999999999ap-4",
    -0.25: "-0x1p-2",
    5e-324: "0x1p-1074",
    1.5e-323: "0x1.8p-1073",
    -2.2250738585072009e-308: "-0x1.ffffffffffffep-1023",
    1.7976931348623157e308: "0x1.fffffffffffffp+1023",
    0.0: "0x0p+0",
    inf: "inf",
    -inf: "-inf",
}


@pytest.mark.parametrize(("number", "text"), SPELLINGS.items())
def test_known_numbers_have_known_spellings(number, text):
    assert hexfloat.write(number) == text
    assert hexfloat.read(text) == number


def test_the_sign_of_zero_is_kept():
    assert hexfloat.write(-0.0) == "-0x0p+0"
    assert copysign(1, hexfloat.read("-0x0p+0")) == -1.0
    assert copysign(1, hexfloat.read("0x0p+0")) == 1.0


@settings(deadline=None)  # other work may share the cores
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_makes_the_round_trip_and_agrees_with_python(number):
    text = hexfloat.write(number)
    assert float.fromhex(text) == number
    assert str(hexfloat.read(text)) == str(number)
    assert hexfloat.read_exact(text) == Fraction(number)


@settings(deadline=None)  # other work may share the cores
@given(st.integers(-(10**80), 10**80), st.integers(-4000, 4000))
def test_dyadic_numbers_of_any_size_are_written_exactly(mantissa, exponent):
    value = mantissa * Fraction(2) ** exponent
    assert hexfloat.read_exact(hexfloat.write(value)) == value
    assert hexfloat.write_dyadic(mantissa, exponent) == hexfloat.write(value)


@pytest.mark.parametrize(
    "text",
    [
        "0x1.80p+1", "0x1.8P+1", "0X1.8p+1", "0x1.8p1", "0x1.8p+01", "0x0.8p+0", "0x1.p+0", "1.5",
        "0x1p-1075", "0x1.8p-1074", "0x1p+1024", "0x1.00000000000001p+0", "0x1p+0 ", "nan", "",
        "0x1.Ap+0", "+0x1p+0", "infinity", "0x0p+1",
    ],
)  # fmt: skip
def test_other_spellings_and_numbers_beyond_float64_are_refused(text):
    with pytest.raises(ValueError, match="hexadecimal float"):
        hexfloat.read(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0x1.80p+1", Fraction(3)),
        ("0X.8", Fraction(1, 2)),
        ("-0xAp-1", Fraction(-5)),
        ("0x1p-1075", Fraction(1, 2**1075)),
        ("+0x0.0p9", Fraction(0)),
    ],
)
def test_people_may_spell_exact_numbers_as_they_like(text, value):
    assert hexfloat.read_exact(text) == value


@pytest.mark.parametrize("text", ["0x", "0x.", "0xp+1", "1.5", "0x1p", "0x1p+999999", "inf"])
def test_what_is_no_hexadecimal_float_is_refused(text):
    with pytest.raises(ValueError, match="expected"):
        hexfloat.read_exact(text)


def test_what_has_no_spelling_is_refused():
    with pytest.raises(ValueError, match="NaN"):
        hexfloat.write(nan)
    with pytest.raises(ValueError, match="dyadic"):
        hexfloat.write(Fraction(1, 3))
