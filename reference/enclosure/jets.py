"""The sigmoid's functions and their derivatives at one point, in truncated power series of balls.

A point is an exact dyadic number plus a ball: a logit is exact, the margin of a softmax row is an
exact difference of logits plus the logarithm of a sum. Far from 0, where a result is a rational
plus something exponentially small, both are kept (see split).
"""

from flint import arb, arb_series, fmpq

from focalspec.reference.enclosure.split import (
    ONE,
    ZERO,
    Split,
    ball,
    exact_ball,
    exp_of,
    expm1_of,
    log1p_of,
    rational,
    rational_power,
)

FAR = 64  # from here on exp(-|x|) is a sliver beside 1

Jet = list[Split]  # the value and its first and second derivative, as many as were asked for


class Point:
    """The number ``main`` + ``rest``: where the functions are expanded."""

    __slots__ = ("main", "rest")

    def __init__(self, main: fmpq, rest: arb | None = None) -> None:
        self.main = main
        self.rest = arb(0) if rest is None else rest

    def __neg__(self) -> "Point":
        return Point(-self.main, -self.rest)

    def ball(self) -> arb:
        """The number, rounded."""
        return exact_ball(self.main) + self.rest

    def line(self, length: int) -> arb_series:
        """The number plus the variable."""
        return arb_series([self.ball(), 1], length)

    def exponential(self, rate: fmpq, length: int) -> arb_series:
        """exp(rate * (point + variable)), accurate however far the point is."""
        slope = exact_ball(rate)
        start = exp_of(self.main * rate) * (self.rest * slope).exp()
        return arb_series([arb(0), slope], length).exp() * start


def derivatives(series: arb_series, length: int, main: tuple[fmpq, ...] = ()) -> Jet:
    """The first derivatives that a Taylor series says, beside rational parts of their own."""
    values = [series[0], series[1], series[2] * 2][:length]
    mains = (*main, ZERO, ZERO, ZERO)
    return [Split(mains[order], value) for order, value in enumerate(values)]


def softplus(point: Point, length: int) -> Jet:
    """log(1 + exp(x)): the negative logarithm of sigmoid(-x)."""
    if point.main > FAR:
        above = log1p_of(point.exponential(-ONE, length)) + point.rest
        return derivatives(above, length, (point.main, ONE))
    return derivatives(log1p_of(point.exponential(ONE, length)), length)


def sigmoid(point: Point, length: int) -> Jet:
    """1 / (1 + exp(-x))."""
    if point.main > FAR:
        small = point.exponential(-ONE, length)
        return derivatives(-(small / (small + 1)), length, (ONE,))
    small = point.exponential(ONE, length)
    return derivatives(small / (small + 1), length)


def modulator(point: Point, gamma: fmpq, length: int) -> Jet:
    """sigmoid(-x) ** gamma."""
    if not gamma:
        return [rational(ONE), rational(ZERO), rational(ZERO)][:length]
    slope = exact_ball(gamma)
    if point.main > FAR:
        shrink = (log1p_of(point.exponential(-ONE, length)) * -slope).exp()
        return derivatives(point.exponential(-gamma, length) * shrink, length)
    exponent = log1p_of(point.exponential(ONE, length)) * -slope
    if point.main < -FAR:
        return derivatives(expm1_of(exponent), length, (ONE,))
    return derivatives(exponent.exp(), length)


def focal(point: Point, gamma: fmpq, length: int) -> tuple[Jet, Split]:
    """sigmoid(-x) ** gamma * softplus(-x), the loss at a hard label; and its gamma derivative."""
    slope = exact_ball(gamma)
    if point.main > FAR:
        surprise = log1p_of(point.exponential(-ONE, length))
        factor = point.exponential(-gamma, length) * (surprise * -slope).exp()
        loss = factor * surprise
        return derivatives(loss, length), ball(-(point.ball() + surprise[0]) * loss[0])
    doubt = log1p_of(point.exponential(ONE, length))  # minus the logarithm of sigmoid(-x)
    if point.main < -FAR:
        beyond = expm1_of(doubt * -slope)
        surprise = doubt - point.line(length)
        above = doubt - point.rest + beyond * surprise
        by_gamma = -doubt[0] * (beyond[0] + 1) * surprise[0]
        return derivatives(above, length, (-point.main, -ONE)), ball(by_gamma)
    surprise = log1p_of(point.exponential(-ONE, length))
    loss = (doubt * -slope).exp() * surprise
    return derivatives(loss, length), ball(-doubt[0] * loss[0])


def power(base: Jet, gamma: fmpq) -> tuple[Jet, arb]:
    """The power of a base, and its logarithm; the rational part of the base is a constant."""
    length, main = len(base), base[0].main
    series = arb_series([number.rest / (1, 1, 2)[n] for n, number in enumerate(base)], length)
    if main:
        relative = log1p_of(series / arb(main))
        logarithm = arb(main).log() + relative[0]
    else:
        relative = series.log()
        logarithm = relative[0]
    if not gamma:
        return [rational(ONE), rational(ZERO), rational(ZERO)][:length], logarithm
    exponent = relative * exact_ball(gamma)
    known = rational_power(main, gamma) if main else None
    if known is not None:
        return derivatives(expm1_of(exponent) * arb(known), length, (known,)), logarithm
    factor = (arb(main).log() * exact_ball(gamma)).exp() if main else arb(1)
    return derivatives(exponent.exp() * factor, length), logarithm
