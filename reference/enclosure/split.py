"""Numbers as an exact rational plus an Arb ball, so that what is far below the rational is kept.

For a large logit the loss is a rational multiple of it plus a sliver of relative size exp(-x). No
ball of practical precision shows that sliver; kept apart, it has full relative precision, and its
sign decides the rounding where the rational is the midpoint of two floating-point numbers.
"""

from collections.abc import Sequence
from fractions import Fraction

from flint import arb, arb_series, ctx, fmpq, fmpz

from focalspec.reference.enclosure.results import (
    Ball,
    Dyadic,
    Enclosure,
    Exact,
    Sliver,
    Unknown,
)

ZERO = fmpq(0)
ONE = fmpq(1)
NOTHING = arb(0)

_SLIVER_BITS = 64  # a sliver is smaller than the rational by at least so many bits
_LARGEST_POWER_BITS = 4096  # beyond it a rational power is left to a ball


class Split:
    """The number ``main`` + ``rest``: an exact rational and a ball."""

    __slots__ = ("main", "rest")

    def __init__(self, main: fmpq, rest: arb) -> None:
        self.main = main
        self.rest = rest

    def __add__(self, other: "Split") -> "Split":
        return Split(self.main + other.main, self.rest + other.rest)

    def __mul__(self, other: "Split") -> "Split":
        rest = self.rest * other.rest
        if self.main:
            rest += other.rest * self.main
        if other.main:
            rest += self.rest * other.main
        return Split(self.main * other.main, rest)

    def times(self, factor: fmpq) -> "Split":
        """The number times an exact rational."""
        return Split(self.main * factor, self.rest * factor)

    def plus(self, term: fmpq) -> "Split":
        """The number plus an exact rational."""
        return Split(self.main + term, self.rest)


def ball(rest: arb) -> Split:
    """A number of which no rational part is known."""
    return Split(ZERO, rest)


def rational(main: fmpq) -> Split:
    """An exact rational."""
    return Split(main, NOTHING)


def product_rule(left: Sequence[Split], right: Sequence[Split]) -> list[Split]:
    """The derivatives of a product (of orders 0, 1, 2) from those of its factors."""
    results = [left[0] * right[0]]
    if len(left) > 1:
        results.append(left[1] * right[0] + left[0] * right[1])
    if len(left) > 2:
        middle = (left[1] * right[1]).times(fmpq(2))
        results.append(left[2] * right[0] + middle + left[0] * right[2])
    return results


def enclosure_of(number: Split) -> Enclosure:
    """What ``number`` proves, as plain integers."""
    main, rest = number.main, number.rest
    if rest.is_zero():
        value = Fraction(int(main.p), int(main.q))
        return Exact(value, "exact" if value else "zero")
    if not rest.is_finite():
        return Unknown()
    if main:
        sliver = _ends(rest)
        if _is_sliver(main, sliver):
            return Sliver(Fraction(int(main.p), int(main.q)), *sliver)
        rest = rest + main
    return _ends(rest)


def _ends(rest: arb) -> Ball:
    low_mantissa, low_exponent = rest.lower().man_exp()
    high_mantissa, high_exponent = rest.upper().man_exp()
    return Ball(
        Dyadic(int(low_mantissa), int(low_exponent)),
        Dyadic(int(high_mantissa), int(high_exponent)),
    )


def _is_sliver(main: fmpq, ends: Ball) -> bool:
    low, high = ends
    if not low.mantissa * high.mantissa > 0:
        return False
    top = max(end.mantissa.bit_length() + end.exponent for end in ends)
    return top + _SLIVER_BITS < main.p.bit_length() - main.q.bit_length() - 1


def exactly(number: float) -> fmpq:
    """The rational that a finite Python number is."""
    return fmpq(*number.as_integer_ratio())


def key_of(*numbers: fmpq) -> tuple[fmpz, ...]:
    """A key for dictionaries: the hash of an fmpq takes 50 times as long as that of its parts."""
    return tuple(part for number in numbers for part in (number.p, number.q))


def exact_ball(dyadic: fmpq) -> arb:
    """The ball without radius of a rational whose denominator is a power of two."""
    power = dyadic.q.bit_length() - 1
    if dyadic.q != 1 << power:
        raise ValueError(f"expected a dyadic number, found {dyadic}")
    return arb((dyadic.p, -power))


def exp_of(dyadic: fmpq) -> arb:
    """Exp of an exact dyadic number, to the working precision however large the number is.

    Arb's exp knows nothing of its result unless the bits of the argument's integer part fit into
    about twice the precision; 640 bits are enough for twice the range of float64.
    """
    if abs(dyadic) < 2**32:
        return exact_ball(dyadic).exp()
    with ctx.workprec(max(ctx.prec, 640)):
        return exact_ball(dyadic).exp()


def log_of(positive: fmpq) -> arb:
    """Log of an exact rational, to the working precision however close to 1 it is."""
    beyond_one = positive - 1
    if abs(beyond_one) * 2 < 1:
        return arb(beyond_one).log1p()
    return arb(positive).log()


def log1p_of(series: arb_series) -> arb_series:
    """log(1 + series) without cancellation in the constant term."""
    result = (series + 1).log()
    result[0] = series[0].log1p()
    return result


def expm1_of(series: arb_series) -> arb_series:
    """exp(series) - 1 without cancellation in the constant term."""
    result = series.exp()
    result[0] = series[0].expm1()
    return result


def rational_power(base: fmpq, exponent: fmpq) -> fmpq | None:
    """``base`` ** ``exponent`` where it is rational and of moderate size, otherwise None.

    The base is positive, and the exponent dyadic: a float.
    """
    if base == 1 or not exponent:
        return ONE
    for _ in range(exponent.q.bit_length() - 1):
        if not (base.p.is_square() and base.q.is_square()):
            return None
        base = fmpq(base.p.isqrt(), base.q.isqrt())
    power = int(exponent.p)
    if abs(power) * base.height_bits() > _LARGEST_POWER_BITS:
        return None
    return fmpq(fmpz(1), 1) if power == 0 else base**power
