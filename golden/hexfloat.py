"""Hexadecimal floats: one spelling for each number, whatever wrote it.

The canonical spelling is ``0x1.8p+1``: a leading 1 (for subnormal numbers too), no trailing zeros,
a signed decimal exponent without leading zeros; ``0x0p+0`` and ``-0x0p+0``; ``inf``, ``-inf``.
``float.hex`` pads with zeros and C's ``%a`` varies from library to library, so neither is used.
"""

import re
from fractions import Fraction
from math import inf, isinf, isnan, ldexp

from focalspec.golden.formats import FLOAT64, holds

_CANONICAL = re.compile(r"(-?)0x1(?:\.([0-9a-f]*[1-9a-f]))?p([+-])(0|[1-9][0-9]{0,3})")
_ANY = re.compile(r"([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)(?:[pP]([+-]?[0-9]{1,6}))?")
_NAMED = {"0x0p+0": 0.0, "-0x0p+0": -0.0, "inf": inf, "-inf": -inf}
_SPECIAL = {inf: "inf", -inf: "-inf"}


def write(value: Fraction | float) -> str:
    """The canonical spelling of an exact number.

    ``value`` is a float (infinities and -0.0 included), an int or a dyadic Fraction of any size;
    ValueError for NaN and for a Fraction whose denominator is no power of two.
    """
    if isinstance(value, float):
        if isnan(value):
            raise ValueError("hexadecimal float: expected a number, found NaN")
        if isinf(value):
            return _SPECIAL[value]
        if value == 0.0:
            return "-0x0p+0" if str(value)[0] == "-" else "0x0p+0"
    numerator, denominator = value.as_integer_ratio()
    if denominator & (denominator - 1):
        raise ValueError(f"hexadecimal float: expected a dyadic number, found {value}")
    return write_dyadic(numerator, 1 - denominator.bit_length())


def write_dyadic(mantissa: int, exponent: int) -> str:
    """The canonical spelling of ``mantissa`` * 2**``exponent``; 0 is ``0x0p+0``."""
    if mantissa == 0:
        return "0x0p+0"
    magnitude = abs(mantissa)
    bits = magnitude.bit_length() - 1
    fraction = magnitude - (1 << bits)
    digits = (bits + 3) // 4
    text = f"{fraction << (4 * digits - bits):0{digits}x}".rstrip("0") if fraction else ""
    point = "." if text else ""
    sign = "-" if mantissa < 0 else ""
    return f"{sign}0x1{point}{text}p{bits + exponent:+d}"


def read(text: str) -> float:
    """The float64 that a canonical spelling names; ValueError for any other spelling or number."""
    if text in _NAMED:
        return _NAMED[text]
    match = _CANONICAL.fullmatch(text)
    if match is None:
        raise ValueError(f"expected a canonical hexadecimal float such as 0x1.8p+1, found {text!r}")
    minus, digits, sign, power = match.groups(default="")
    mantissa = int("1" + digits, 16)
    exponent = int(sign + power) - 4 * len(digits)
    # Too many digits, or an exponent out of range, must not be rounded away silently.
    if mantissa.bit_length() <= 53 and exponent >= -1074 and int(sign + power) <= 1023:
        return -ldexp(mantissa, exponent) if minus else ldexp(mantissa, exponent)
    exact = Fraction(mantissa) * Fraction(2) ** exponent
    if not holds(FLOAT64, exact):
        raise ValueError(f"expected a hexadecimal float within float64, found {text!r}")
    return float(-exact if minus else exact)


def read_exact(text: str) -> Fraction:
    """The exact number that any C99 spelling of a finite hexadecimal float names.

    ``0X1.80P1``, ``0x.8`` and numbers outside float64 are fine; ValueError for other text.
    """
    match = _ANY.fullmatch(text)
    if match is None or not (match[2] or match[3]):
        raise ValueError(f"expected a hexadecimal float such as 0x1.8p+1, found {text!r}")
    sign, whole, part, power = match.groups(default="")
    exponent = int(power or "0") - 4 * len(part)
    if abs(exponent) > 100_000:
        raise ValueError(f"expected an exponent within 100000, found {text!r}")
    value = Fraction(int((whole + part) or "0", 16)) * Fraction(2) ** exponent
    return -value if sign == "-" else value
