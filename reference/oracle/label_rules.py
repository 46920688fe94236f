"""How a label enters the binary focal loss: the document's two terms and the rules of other code.

With p the probability of class 1, q = 1 - p, x the logit, y the label, and

    BCE = y (-log p) + (1 - y) (-log q),    w = y w1 + (1 - y) w0,

each rule is a sum of terms, weight times m^gamma times E:

    two_term     y w1 q^gamma (-log p)  +  (1 - y) w0 p^gamma (-log q)
    mixed        w (1 - p_t)^gamma BCE,  p_t = p y + q (1 - y)
    exponential  w (1 - exp(-BCE))^gamma BCE
    margin       w sigmoid(-x (2y - 1))^gamma BCE
    distance     w |y - p|^gamma BCE
    nonzero      q^gamma (y w1 (-log p) + (1 - y) w0 (-log q))   for y != 0

On labels 0 and 1 all are one formula, and two_term is what is computed then. Derivatives are by
the logit; p' = p q, (-log p)' = -q, (-log q)' = p.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from focalspec.reference.oracle.exponential import exp
from focalspec.reference.oracle.focal_product import Entropy, FocalProduct, Modulator
from focalspec.reference.oracle.points import Point
from focalspec.reference.oracle.precision import one_minus
from focalspec.reference.oracle.real import Real, mp
from focalspec.reference.oracle.tracked import Tracked, difference, signed


class Share(NamedTuple):
    """The label's part in a term's weight, which is ``positive`` * w1 + ``negative`` * w0."""

    positive: Fraction
    negative: Fraction


def shares_of(label: float | Fraction, rule: str) -> list[Share]:
    """The shares of the rule's terms: y and 1 - y apart, or together in w = y w1 + (1 - y) w0."""
    y, nothing = Fraction(label), Fraction(0)
    if rule in ("two_term", "nonzero"):
        return [Share(y, nothing), Share(nothing, 1 - y)]
    return [Share(y, 1 - y)]


def two_term(point: Point, label: float, gamma: Real) -> list[FocalProduct]:
    """Each class has a term and a modulating factor of its own (SIG-1, SIG-16, BIN-15)."""
    return [
        FocalProduct(_wrong_if_positive(point), _surprise_at_1(point), gamma),
        FocalProduct(_wrong_if_negative(point), _surprise_at_0(point), gamma),
    ]


def mixed(point: Point, label: float, gamma: Real) -> list[FocalProduct]:
    """The modulating factor is 1 - p_t = p (1 - y) + q y (SIG-26, BIN-20).

    m' = (1 - 2y) p q, m'' = (1 - 2y) p q (q - p).
    """
    _, p, q, _, _ = point
    y, n = _label(label)
    base = p * n + q * y
    slope = difference(n, y) * (p * q / base)
    modulator = Modulator(base, p * y + q * n, slope, slope * difference(q, p))
    return [FocalProduct(modulator, _cross_entropy(point, label), gamma)]


def exponential(point: Point, label: float, gamma: Real) -> list[FocalProduct]:
    """The modulating factor is 1 - exp(-BCE) (SIG-27, BIN-21).

    With X = exp(BCE) - 1: m = X/(1 + X), m'/m = BCE'/X, m''/m = (BCE'' - BCE'^2)/X.
    A relative error e of BCE is one of up to (1 + BCE) e in X, which bits_for provides for.
    """
    entropy = _cross_entropy(point, label)
    excess = mp.expm1(entropy.value) if entropy.value < 1 else exp(entropy.value) - 1
    inverse = Tracked(1 / excess, (1 + entropy.value) / excess)
    bend = signed(entropy.curvature) - entropy.slope * entropy.slope
    modulator = Modulator(
        excess / (1 + excess), 1 / (1 + excess), entropy.slope * inverse, bend * inverse
    )
    return [FocalProduct(modulator, entropy, gamma)]


def margin(point: Point, label: float, gamma: Real) -> list[FocalProduct]:
    """The modulating factor is sigmoid(-v), v = x (2y - 1) (SIG-28, BIN-22).

    With s = 2y - 1: m'/m = -s sigmoid(v), m''/m = s^2 sigmoid(v) (sigmoid(v) - sigmoid(-v)).
    """
    scale = mp.fsub(mp.fmul(2, label, exact=True), 1, exact=True)
    v = mp.fmul(point.logit, scale, exact=True)
    e = exp(-abs(v))
    likely, unlikely = 1 / (1 + e), e / (1 + e)
    rising, falling = (likely, unlikely) if v > 0 else (unlikely, likely)
    slope = signed(-scale * rising)
    bend = difference(rising, falling) * (scale * scale * rising)
    modulator = Modulator(falling, rising, slope, bend)
    return [FocalProduct(modulator, _cross_entropy(point, label), gamma)]


def distance(point: Point, label: float, gamma: Real) -> list[FocalProduct]:
    """The modulating factor is |p - y| (SIG-29, BIN-23).

    With u = p - y = p (1 - y) - q y: m'/m = u'/u = p q/u, m''/m = u''/u = p q (q - p)/u.
    """
    _, p, q, _, _ = point
    y, n = _label(label)
    gap = difference(p * n, q * y)
    complement = q + y if gap.value > 0 else p + n
    slope = signed(p * q) / gap
    modulator = Modulator(abs(gap), complement, slope, slope * difference(q, p))
    return [FocalProduct(modulator, _cross_entropy(point, label), gamma)]


def nonzero(point: Point, label: float, gamma: Real) -> list[FocalProduct]:
    """A label other than 0 takes class 1's modulating factor for both terms (SIG-30, BIN-24)."""
    modulator = _wrong_if_positive(point)
    return [
        FocalProduct(modulator, _surprise_at_1(point), gamma),
        FocalProduct(modulator, _surprise_at_0(point), gamma),
    ]


LABEL_RULES: dict[str, Callable[[Point, float, Real], list[FocalProduct]]] = {
    "two_term": two_term,
    "mixed": mixed,
    "exponential": exponential,
    "margin": margin,
    "distance": distance,
    "nonzero": nonzero,
}


def _label(label: float) -> tuple[Real, Real]:
    """Label y and 1 - y, both exact."""
    y = mp.mpf(label)
    return y, one_minus(y)


def _wrong_if_positive(point: Point) -> Modulator:
    """Base q: q'/q = -p, q''/q = p (p - q)."""
    _, p, q, _, _ = point
    return Modulator(q, p, signed(-p), difference(p, q) * p)


def _wrong_if_negative(point: Point) -> Modulator:
    """Base p: p'/p = q, p''/p = q (q - p)."""
    _, p, q, _, _ = point
    return Modulator(p, q, signed(q), difference(q, p) * q)


def _surprise_at_1(point: Point) -> Entropy:
    """Entropy -log p."""
    return Entropy(point.minus_log_p, signed(-point.q), point.p * point.q)


def _surprise_at_0(point: Point) -> Entropy:
    """Entropy -log q."""
    return Entropy(point.minus_log_q, signed(point.p), point.p * point.q)


def _cross_entropy(point: Point, label: float) -> Entropy:
    """Entropy BCE; BCE' = p (1 - y) - q y, which is p - y."""
    y, n = _label(label)
    return Entropy(
        y * point.minus_log_p + n * point.minus_log_q,
        difference(n * point.p, y * point.q),
        point.p * point.q,
    )
