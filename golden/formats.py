"""The four floating-point formats: rounding of exact numbers into them, in integers alone.

Every rounding is to the nearest, ties to even, subnormals and overflow included, and happens once.
A number of any of the formats is a float64 as well, so a result is a Python float that holds it
exactly: 0.0, -0.0 and the infinities too. No cast of a library is involved (numerics.md has the
ones that round twice).
"""

from fractions import Fraction
from math import inf, ldexp
from typing import NamedTuple


class Format(NamedTuple):
    """A binary interchange format: ``precision`` bits (the leading one included).

    Its normal numbers have exponents of the leading bit from ``emin`` to ``emax``.
    """

    name: str
    precision: int
    emin: int
    emax: int

    @property
    def largest(self) -> float:
        """The largest finite number."""
        return ldexp(2**self.precision - 1, self.emax - self.precision + 1)

    @property
    def smallest_normal(self) -> float:
        """The smallest positive number of full precision."""
        return ldexp(1, self.emin)

    @property
    def smallest(self) -> float:
        """The smallest positive number, a subnormal one."""
        return ldexp(1, self.emin - self.precision + 1)


FLOAT64 = Format("float64", 53, -1022, 1023)
FLOAT32 = Format("float32", 24, -126, 127)
BFLOAT16 = Format("bfloat16", 8, -126, 127)
FLOAT16 = Format("float16", 11, -14, 15)

FORMATS: dict[str, Format] = {form.name: form for form in (FLOAT64, FLOAT32, BFLOAT16, FLOAT16)}


def format_named(name: str) -> Format:
    """The format of that name; ValueError that lists the names otherwise."""
    try:
        return FORMATS[name]
    except KeyError:
        raise ValueError(
            f"unknown format: expected one of {', '.join(FORMATS)}, found {name!r}"
        ) from None


def round_to(form: Format, value: Fraction | float) -> float:
    """The number of ``form`` nearest to ``value``, ties to even.

    ``value`` is exact: a Fraction, an int, or a float (whose -0.0, infinities and NaN stay).
    """
    if isinstance(value, float) and (value == 0.0 or value - value != 0.0):
        return value
    return round_ratio(form, *value.as_integer_ratio())


def holds(form: Format, value: Fraction | float) -> bool:
    """Whether ``value`` is a finite number of ``form``."""
    if isinstance(value, float) and value - value != 0.0:
        return False
    rounded = round_to(form, value)
    return rounded - rounded == 0.0 and Fraction(rounded) == Fraction(value)


def round_dyadic(form: Format, mantissa: int, exponent: int) -> float:
    """The number of ``form`` nearest to ``mantissa`` * 2**``exponent``, ties to even.

    The exponent may be astronomical. A negative number that underflows gives -0.0.
    """
    magnitude = abs(mantissa)
    top = magnitude.bit_length() + exponent - 1
    if magnitude == 0:
        return 0.0
    if top < form.emin - form.precision:  # below half the smallest number
        return -0.0 if mantissa < 0 else 0.0
    if top > form.emax:
        return -inf if mantissa < 0 else inf
    unit = max(top, form.emin) - form.precision + 1
    drop = unit - exponent
    if drop <= 0:
        result = ldexp(magnitude << -drop, unit)
    else:
        kept = magnitude >> drop
        rest = (magnitude & ((1 << drop) - 1)) << 1
        half = 1 << drop
        kept += rest > half or (rest == half and kept & 1)
        result = _scaled(form, kept, unit)
    return -result if mantissa < 0 else result


def round_ratio(form: Format, numerator: int, denominator: int, sliver: int = 0) -> float:
    """The number of ``form`` nearest to ``numerator`` / ``denominator`` plus a sliver.

    The sliver is a number of that sign (-1, 0 or 1) smaller than any distance that matters: it
    decides what would be a tie, and nothing else. Without one ties go to even. The denominator is
    positive; a ratio of 0 takes no sliver.
    """
    magnitude = abs(numerator)
    if magnitude == 0:
        return 0.0
    top = magnitude.bit_length() - denominator.bit_length()
    if magnitude << max(-top, 0) < denominator << max(top, 0):
        top -= 1
    if top < form.emin - form.precision:
        return -0.0 if numerator < 0 else 0.0
    if top > form.emax:
        return -inf if numerator < 0 else inf
    unit = max(top, form.emin) - form.precision + 1
    kept, rest = divmod(magnitude << max(-unit, 0), denominator << max(unit, 0))
    doubled, whole = rest << 1, denominator << max(unit, 0)
    outward = -sliver if numerator < 0 else sliver
    if doubled > whole or (doubled == whole and (outward > 0 or (outward == 0 and kept & 1))):
        kept += 1
    result = _scaled(form, kept, unit)
    return -result if numerator < 0 else result


def _scaled(form: Format, kept: int, unit: int) -> float:
    """``kept`` * 2**``unit``, of at most the format's precision, or inf where it carried over."""
    if kept.bit_length() + unit - 1 > form.emax:
        return inf
    return ldexp(kept, unit)
