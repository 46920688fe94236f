"""Holds a number of the oracle against the proven bounds of the same value: do the two agree?

A tight ball rightly excludes the oracle's own rounding error, so containment is the wrong question.
Asked is that the relative distance from the oracle's number to the bounds is below 10**-45, and
that both give the same 40 digits.
"""

from math import inf
from typing import Any, NamedTuple, TypeAlias

from focalspec.golden.digits import decimal_of_dyadic

DISTANCE = 10**45  # one over the greatest relative distance

_NEGLIGIBLE = -20_000  # the exponent below which a sliver is no distance at all

Dyadic: TypeAlias = tuple[int, int]  # mantissa and exponent of two


class Bounds(NamedTuple):
    """What is proven of a value: it is a ratio plus a number from ``low`` to ``high``.

    The ratio is 0 where the ends say all; ``infinite`` is the sign of an infinite value, else 0.
    """

    numerator: int = 0
    denominator: int = 1
    low: Dyadic = (0, 0)
    high: Dyadic = (0, 0)
    infinite: int = 0


def disagreement(number: Any, bounds: Bounds, decimal: str, *, tie: bool) -> str | None:
    """What is wrong between the oracle's ``number`` and the proven value, or None.

    ``decimal`` is the proven digits. A ``tie`` is where a sliver below the oracle's precision
    decides a rounding: there the digits are the enclosure's alone.
    """
    if number is None or number != number:  # noqa: PLR0124  (NaN, whatever the number's type)
        return f"the oracle says {number}, the enclosure {decimal}"
    if bounds.infinite or number in (inf, -inf):
        same = bounds.infinite and number == bounds.infinite * inf
        return None if same else f"the oracle says {number}, the enclosure {decimal}"
    oracle = dyadic_of(number)
    near = _is_near_ratio if bounds.numerator else _is_near_ends
    if not near(oracle, bounds):
        return f"the oracle's {_shown(oracle)} is farther than 1e-45 from the enclosed {decimal}"
    digits = decimal_of_dyadic(*oracle)
    if digits != decimal and not tie:
        return f"the oracle's digits are {digits}, the proven ones {decimal}"
    return None


def dyadic_of(number: Any) -> Dyadic:
    """A finite number of mpmath's (or a Python number) as mantissa and exponent."""
    if isinstance(number, (int, float)):
        numerator, denominator = number.as_integer_ratio()
        return numerator, 1 - denominator.bit_length()
    sign, mantissa, exponent, _ = number._mpf_
    return -int(mantissa) if sign else int(mantissa), int(exponent)


def _shown(number: Dyadic) -> str:
    try:
        return decimal_of_dyadic(*number)
    except ValueError:
        return f"{number[0]} * 2**{number[1]}"


def _top(number: Dyadic) -> int:
    return number[0].bit_length() + number[1]


def _is_near_ends(oracle: Dyadic, bounds: Bounds) -> bool:
    """Near a value between two ends of one sign, or near 0: which is being 0."""
    ends = (bounds.low, bounds.high)
    if not all(mantissa for mantissa, _ in (oracle, *ends)):
        return oracle[0] == bounds.low[0] == bounds.high[0]
    # Numbers of different magnitude would need shifts as long as their exponents are large.
    if any(abs(_top(end) - _top(oracle)) > 2 for end in ends):
        return False
    unit = min(exponent for _, exponent in (oracle, *ends))
    number, low, high = (mantissa << exponent - unit for mantissa, exponent in (oracle, *ends))
    return max(low - number, number - high, 0) * DISTANCE < abs(number)


def _is_near_ratio(oracle: Dyadic, bounds: Bounds) -> bool:
    """Near either end: both are within 2**-64 of the ratio, the nearer one decides."""
    top = bounds.numerator.bit_length() - bounds.denominator.bit_length()
    if not oracle[0] or abs(_top(oracle) - top) > 3:
        return False
    return any(_is_near_sum(oracle, bounds, end) for end in (bounds.low, bounds.high))


def _is_near_sum(oracle: Dyadic, bounds: Bounds, sliver: Dyadic) -> bool:
    if _top(sliver) < _NEGLIGIBLE:
        sliver = (0, 0)
    unit = min(oracle[1], sliver[1], 0)
    number = (oracle[0] << oracle[1] - unit) - (sliver[0] << sliver[1] - unit)
    exact = bounds.numerator << -unit
    return abs(number * bounds.denominator - exact) * DISTANCE < abs(exact)
