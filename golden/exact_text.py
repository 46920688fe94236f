"""Exact numbers from text as people write it: decimals, fractions, hexadecimal floats."""

import re
from fractions import Fraction
from typing import NamedTuple

_DECIMAL = re.compile(r"([-+]?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d{1,4}))?")
_FRACTION = re.compile(r"([-+]?)(\d+)/(\d+)")
_HEX = re.compile(r"([-+]?)0x([0-9a-fA-F]+)(?:\.([0-9a-fA-F]+))?p([-+]?\d{1,5})")
_INTEGER = re.compile(r"[-+]?\d{1,19}")
_LONGEST = 400
_SPECIAL = {"inf": float("inf"), "-inf": float("-inf"), "nan": float("nan")}


class Exact(NamedTuple):
    """A number as written: a fraction, and whether a zero carries a minus sign."""

    value: Fraction
    negative_zero: bool = False


class NumberError(ValueError):
    """Text that is no number, or a number that a format does not hold."""


def read_number(text: str) -> Exact:
    """The exact number that text such as ``-0.25``, ``1e-5``, ``1/8`` or ``0x1.8p-3`` names."""
    if len(text) > _LONGEST:
        raise NumberError(f"expected a number, found text of {len(text)} characters")
    if found := _DECIMAL.fullmatch(text):
        sign, whole, part, exponent = found.groups(default="")
        size = int(whole + part) * Fraction(10) ** (int(exponent or 0) - len(part))
    elif found := _HEX.fullmatch(text):
        sign, whole, part, exponent = found.groups(default="")
        size = int(whole + part, 16) * Fraction(2) ** (int(exponent) - 4 * len(part))
    elif (found := _FRACTION.fullmatch(text)) and int(found[3]):
        sign = found[1]
        size = Fraction(int(found[2]), int(found[3]))
    else:
        raise NumberError(f"expected a number such as 0.25, 1e-5, 1/8 or 0x1.8p-3, found {text!r}")
    negative = sign == "-"
    return Exact(-size if negative else size, negative and size == 0)


def read_special(text: str) -> float | None:
    """The infinity or NaN that text names, if it names one."""
    return _SPECIAL.get(text)


def read_integer(text: str) -> int:
    """The integer that text names. Raises NumberError."""
    if _INTEGER.fullmatch(text) is None:
        raise NumberError(f"expected an integer, found {text!r}")
    return int(text)


def as_float(number: Exact) -> float:
    """The float64 that is exactly this number. Raises NumberError where there is none.

    Dividing the integers rounds correctly without floating-point arithmetic, and the comparison
    is one of fractions.
    """
    if number.negative_zero:
        return -0.0
    try:
        nearest = number.value.numerator / number.value.denominator
    except OverflowError as error:
        raise NumberError("expected a number within float64's range, found a larger one") from error
    if Fraction(nearest) != number.value:
        raise NumberError(
            "expected a number that float64 holds exactly;"
            " write `input_format: float64` (or float32) in the case to have it rounded"
        )
    return nearest
