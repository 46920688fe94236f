"""Holds what a document prints against the exact value."""

from fractions import Fraction

from focalspec.golden.exact_text import read_number
from focalspec.golden.formats import FORMATS, round_to


def agrees(printed: str, decimal: str, rounded: float, format_name: str) -> bool:
    """Whether a printed number is what a faithful computation would have printed.

    Either the exact value (its 40 digits in ``decimal``) rounds to the printed digits, or the
    printed number names the exact value's rounding (``rounded``) in the format that the document
    computes in: 0.65782464 stands for a float32, not for a decimal.
    """
    try:
        shown, exact = read_number(printed).value, read_number(decimal).value
    except ValueError:
        return printed == decimal
    if abs(shown - exact) <= _last_place(printed) / 2:
        return True
    return round_to(FORMATS[format_name], shown) == rounded


def _last_place(printed: str) -> Fraction:
    """The weight of the last printed digit."""
    mantissa, _, exponent = printed.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return Fraction(10) ** (int(exponent or 0) - decimals)
