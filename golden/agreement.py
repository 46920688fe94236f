"""Holds a number of the oracle against the enclosure of the same value: do the two agree?

A tight ball rightly excludes the oracle's own rounding error, so containment is the wrong question.
Asked is that the relative distance from the oracle's number to the enclosure is below 10**-45, and
that both give the same 40 digits.
"""

from math import inf
from typing import Any

from focalspec.golden.digits import decimal_of_dyadic
from focalspec.reference.enclosure import Ball, Dyadic, Enclosure, Exact, Infinite, Sliver

DISTANCE = 10**45  # one over the greatest relative distance

_NEGLIGIBLE = -20_000  # the exponent below which a sliver is no distance at all


def disagreement(number: Any, enclosure: Enclosure, decimal: str, *, tie: bool) -> str | None:
    """What is wrong between the oracle's ``number`` and the settled value, or None.

    ``decimal`` is the proven digits. A ``tie`` is where a sliver below the oracle's precision
    decides a rounding: there the digits are the enclosure's alone.
    """
    if number is None or number != number:  # noqa: PLR0124  (NaN, whatever the number's type)
        return f"the oracle says {number}, the enclosure {decimal}"
    if isinstance(enclosure, Infinite) or number in (inf, -inf):
        same = isinstance(enclosure, Infinite) and number == enclosure.sign * inf
        return None if same else f"the oracle says {number}, the enclosure {decimal}"
    oracle = dyadic_of(number)
    if not _is_near(oracle, enclosure):
        return f"the oracle's {_shown(oracle)} is farther than 1e-45 from the enclosed {decimal}"
    digits = decimal_of_dyadic(*oracle)
    if digits != decimal and not tie:
        return f"the oracle's digits are {digits}, the proven ones {decimal}"
    return None


def dyadic_of(number: Any) -> Dyadic:
    """A finite number of mpmath's (or a Python number) as mantissa and exponent."""
    if isinstance(number, (int, float)):
        numerator, denominator = number.as_integer_ratio()
        return Dyadic(numerator, 1 - denominator.bit_length())
    sign, mantissa, exponent, _ = number._mpf_
    return Dyadic(-int(mantissa) if sign else int(mantissa), int(exponent))


def _shown(number: Dyadic) -> str:
    try:
        return decimal_of_dyadic(*number)
    except ValueError:
        return f"{number.mantissa} * 2**{number.exponent}"


def _is_near(oracle: Dyadic, enclosure: Enclosure) -> bool:
    if isinstance(enclosure, Ball):
        return _is_near_ball(oracle, enclosure)
    if isinstance(enclosure, Exact):
        numerator, denominator = enclosure.value.as_integer_ratio()
        return _is_near_ratio(oracle, numerator, denominator, Dyadic(0, 0))
    if isinstance(enclosure, Sliver):
        # Both ends are within 2**-64 of the main part; the nearer one decides.
        numerator, denominator = enclosure.main.as_integer_ratio()
        ends = (enclosure.low, enclosure.high)
        return any(_is_near_ratio(oracle, numerator, denominator, end) for end in ends)
    return False


def _is_near_ball(oracle: Dyadic, ball: Ball) -> bool:
    top = oracle.mantissa.bit_length() + oracle.exponent
    for end in ball:
        # Numbers of different magnitude would need shifts as long as their exponents are large.
        if abs(end.mantissa.bit_length() + end.exponent - top) > 2:
            return False
    unit = min(oracle.exponent, ball.low.exponent, ball.high.exponent)
    number, low, high = (part.mantissa << part.exponent - unit for part in (oracle, *ball))
    return max(low - number, number - high, 0) * DISTANCE < abs(number)


def _is_near_ratio(oracle: Dyadic, numerator: int, denominator: int, sliver: Dyadic) -> bool:
    if not numerator or not oracle.mantissa:
        return not numerator and not oracle.mantissa
    top = numerator.bit_length() - denominator.bit_length()
    if abs(oracle.mantissa.bit_length() + oracle.exponent - top) > 3:
        return False
    if sliver.mantissa.bit_length() + sliver.exponent < _NEGLIGIBLE:
        sliver = Dyadic(0, 0)
    unit = min(oracle.exponent, sliver.exponent, 0)
    number = oracle.mantissa << oracle.exponent - unit
    moved = number - (sliver.mantissa << sliver.exponent - unit)
    exact = numerator << -unit
    return abs(moved * denominator - exact) * DISTANCE < abs(exact)
