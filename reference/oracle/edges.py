"""The binary focal loss where the probability is exactly 0 or 1: the limits of the formula.

Let t be the probability of the wrong-going end: t = p at p = 0, and t = 1 - p at p = 1 with the
classes exchanged. As t -> 0 each term of each label rule behaves like

    weight (factor t^decay)^gamma  (log_share (-log t) + linear_share t)

which has these limits; 0^0 = 1 throughout (BIN-25 to BIN-27, BIN-29, BIN-30):

    log_share > 0, gamma decay = 0     loss inf, derivative by t -inf
    log_share > 0, gamma decay <= 1    loss 0,   derivative by t +inf
    log_share > 0, gamma decay > 1     loss 0,   derivative by t 0
    log_share = 0, gamma decay = 0     loss 0,   derivative by t weight linear_share (factor is 1)
    log_share = 0, gamma decay > 0     loss 0,   derivative by t 0
"""

from fractions import Fraction
from typing import NamedTuple

from focalspec.reference.oracle.real import Real, mp


class EdgeTerm(NamedTuple):
    """How one term behaves next to the edge."""

    factor: Fraction
    decay: Fraction
    log_share: Fraction
    linear_share: int

    def loss(self, gamma: float) -> Real:
        """The limit of (factor t^decay)^gamma times the entropy."""
        return mp.inf if self.log_share and not self._fade(gamma) else mp.zero

    def slope(self, gamma: float) -> Real:
        """The limit of its derivative by t."""
        fade = self._fade(gamma)
        if self.log_share:
            return -mp.inf if not fade else mp.inf if fade <= 1 else mp.zero
        return mp.zero if fade else mp.mpf(self.linear_share)

    def gamma_derivative(self, gamma: float) -> Real:
        """The limit of its derivative by gamma, of the term times log(factor) + decay log(t)."""
        if self.log_share and not self._fade(gamma) and (self.decay or self.factor != 1):
            return -mp.inf
        return mp.zero

    def _fade(self, gamma: float) -> Fraction:
        return Fraction(gamma) * self.decay


def edge_terms(probability: float, label: float, rule: str) -> list[EdgeTerm]:
    """The terms of a rule next to probability 0 or 1, in the order of ``shares_of``."""
    if probability == 0:
        return _terms_at_0(Fraction(label), rule, _ZERO)
    return _terms_at_0(1 - Fraction(label), rule, _ONE)[::-1]


_ZERO, _ONE = Fraction(0), Fraction(1)


def _terms_at_0(y: Fraction, rule: str, nonzero_decay: Fraction) -> list[EdgeTerm]:
    """The terms next to p = 0, the one for the class that is wrong there first."""
    if rule == "two_term":
        # y w1 (-log t) and (1 - y) w0 t^gamma t
        return [EdgeTerm(_ONE, _ZERO, _ONE, 0), EdgeTerm(_ONE, _ONE, _ZERO, 1)]
    if rule == "nonzero":
        # the modulating factor of both terms is (1 - p)^gamma: 1 next to p = 0, t^gamma next to 1
        return [EdgeTerm(_ONE, nonzero_decay, _ONE, 0), EdgeTerm(_ONE, nonzero_decay, _ZERO, 1)]
    factor, decay = _modulator(y, rule)
    return [EdgeTerm(factor, decay, y, 0)]


def _modulator(y: Fraction, rule: str) -> tuple[Fraction, Fraction]:
    """Factor and decay of the base next to p = 0, for a label strictly between 0 and 1."""
    if rule == "exponential":
        return _ONE, _ZERO  # 1 - exp(-BCE) -> 1
    if rule == "margin":
        # sigmoid(-x (2y - 1)) with exp(x) = t: 1, 1/2, or t^(1 - 2y)
        return (_ONE if y != Fraction(1, 2) else y), max(_ZERO, 1 - 2 * y)
    return y, _ZERO  # mixed and distance: p (1 - y) + (1 - p) y and |p - y| -> y
