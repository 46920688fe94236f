"""What the enclosure says of one value: a ball, a rational with a sliver, or the value itself."""

from fractions import Fraction
from typing import Literal, NamedTuple, TypeAlias


class Dyadic(NamedTuple):
    """The number ``mantissa`` * 2**``exponent``; the exponent may be astronomical."""

    mantissa: int
    exponent: int


class Ball(NamedTuple):
    """The value lies between ``low`` and ``high``, both included."""

    low: Dyadic
    high: Dyadic


class Sliver(NamedTuple):
    """The value is ``main`` plus a number between ``low`` and ``high``, which share a sign.

    That number is certainly not 0 and smaller than 2**-64 of ``main``: where ``main`` is the
    midpoint of two numbers of a format, its sign decides the rounding, however small it is.
    """

    main: Fraction
    low: Dyadic
    high: Dyadic


class Exact(NamedTuple):
    """The value is ``value``, by the rule of that name.

    zero: the formula's terms are absent (label, weight or modulating factor 0, ignored position)
    or cancel each other exactly (symmetry). exact: the value is a rational number other than 0,
    all logarithms and irrational powers having coefficient 0. limit: the formula reads 0 times
    infinity there (a probability of exactly 0 or 1) and the value is its one-sided limit, 0.
    """

    value: Fraction
    rule: Literal["zero", "exact", "limit"]


class Infinite(NamedTuple):
    """The value is infinite, with that sign (1 or -1): a probability of exactly 0 or 1."""

    sign: int


class Unknown(NamedTuple):
    """Nothing is known of the value at this precision."""


Enclosure: TypeAlias = Ball | Sliver | Exact | Infinite | Unknown
