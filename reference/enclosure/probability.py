"""The binary focal loss of one probability, under each label rule, as rational terms and logs.

A probability is rational, so loss and gradient are sums of rationals times powers of rationals
times logarithms of rationals, by the definition and its derivative written out; only the modulating
factors of the rules `exponential` and `margin` are no such power.
"""

from dataclasses import dataclass

from flint import arb, fmpq

from focalspec.reference.enclosure.binary import GAMMA, Element
from focalspec.reference.enclosure.forms import (
    Form,
    Memo,
    UndefinedValueError,
    infinity,
    single,
    term,
    total,
    vanishing,
)
from focalspec.reference.enclosure.split import (
    ONE,
    ZERO,
    Split,
    ball,
    exact_ball,
    key_of,
    log_of,
)


def binary_focal_loss(element: Element, order: int) -> Form:
    """A derivative of one element of the loss by its probability, or by gamma (order GAMMA)."""
    rule, probability, label, weights, gamma = element
    if rule == "two_term" or label in (ZERO, ONE):
        positive = label * weights.positive
        negative = (1 - label) * weights.negative
        return total(
            (
                _hard(probability, gamma, order, positive),
                _hard(1 - probability, gamma, order, -negative if order == 1 else negative),
            )
        )
    if rule == "nonzero":
        return _nonzero(element, order)
    weight = weights.at(label)
    if not weight:
        return Form()
    return _SOFT[rule](probability, label, gamma, order).times(weight)


def _hard(probability: fmpq, gamma: fmpq, order: int, weight: fmpq) -> Form:
    """(1 - p)**gamma * -log p, and its derivatives, times a weight that may be 0."""
    if not weight:
        return Form()
    return _at_end(probability, gamma, order, weight) or _inside(probability, gamma, order, weight)


def _at_end(probability: fmpq, gamma: fmpq, order: int, weight: fmpq) -> Form | None:
    """The values at probability 0 and 1, where the formula is infinite or needs a limit."""
    if not probability:
        if order == GAMMA:
            return vanishing()
        return infinity(1 if order == 0 else -1).times(weight)
    if probability == 1 and gamma and order != 0:
        return vanishing()
    return None


def _inside(probability: fmpq, gamma: fmpq, order: int, weight: fmpq) -> Form:
    wrong = 1 - probability
    if order == 0:
        return term(weight, [(wrong, gamma)], [probability])
    if order == GAMMA:
        if not wrong:
            return vanishing()
        return term(-weight, [(wrong, gamma)], [wrong, probability])
    slope = term(-weight / probability, [(wrong, gamma)])
    if not gamma:
        return slope
    return total((slope, term(-weight * gamma, [(wrong, gamma - 1)], [probability])))


def _nonzero(element: Element, order: int) -> Form:
    """(1 - p)**gamma * (y w1 * -log p + (1 - y) w0 * -log(1 - p)) for a fractional label."""
    _, probability, label, weights, gamma = element
    wrong = 1 - probability
    positive, negative = label * weights.positive, (1 - label) * weights.negative
    main = _hard(probability, gamma, order, positive)
    if not negative:
        return main
    if not wrong:
        return total((main, _crossed_at_one(gamma, order).times(negative)))
    if order == 0:
        crossed = term(negative, [(wrong, gamma)], [wrong])
    elif order == GAMMA:
        crossed = term(-negative, [(wrong, gamma)], [wrong, wrong])
    else:
        crossed = total(
            (
                term(negative / wrong, [(wrong, gamma)]),
                term(-negative * gamma / wrong, [(wrong, gamma)], [wrong]),
            )
        )
    return total((main, crossed))


def _crossed_at_one(gamma: fmpq, order: int) -> Form:
    """u**gamma * -log u and its derivatives by p = 1 - u, where u falls to 0."""
    if order == 1:
        if not gamma:
            return infinity(1)
        return infinity(-1) if gamma <= 1 else vanishing()
    if gamma:
        return vanishing()
    return infinity(-1 if order == GAMMA else 1)


def _ended(probability: fmpq, order: int) -> Form | None:
    """Infinite cross entropy at both ends, under a modulating factor that is neither 0 nor 1."""
    if probability not in (ZERO, ONE):
        return None
    falls = order == GAMMA or (order == 1 and not probability)
    return infinity(-1 if falls else 1)


def _cross_entropy(probability: fmpq, label: fmpq, base: fmpq, exponent: fmpq) -> Form:
    """base**exponent * (-y log p - (1 - y) log(1 - p))."""
    powers = [(base, exponent)]
    return total(
        (
            term(label, powers, [probability]),
            term(1 - label, powers, [1 - probability]),
        )
    )


def _entropy_slope(probability: fmpq, label: fmpq) -> fmpq:
    return (probability - label) / (probability * (1 - probability))


def _rational_base(
    probability: fmpq, label: fmpq, base: tuple[fmpq, fmpq], gamma: fmpq, order: int
) -> Form:
    """base**gamma * BCE for a base that is a positive rational and has the given slope."""
    value, slope = base
    if order == 0:
        return _cross_entropy(probability, label, value, gamma)
    if order == GAMMA:
        powers = [(value, gamma)]
        return total(
            (
                term(-label, powers, [value, probability]),
                term(label - 1, powers, [value, 1 - probability]),
            )
        )
    modulated = term(_entropy_slope(probability, label), [(value, gamma)])
    if not gamma * slope:
        return modulated
    inner = _cross_entropy(probability, label, value, gamma - 1).times(gamma * slope)
    return total((inner, modulated))


def _mixed(probability: fmpq, label: fmpq, gamma: fmpq, order: int) -> Form:
    base = (label + probability * (1 - 2 * label), 1 - 2 * label)
    return _ended(probability, order) or _rational_base(probability, label, base, gamma, order)


def _distance(probability: fmpq, label: fmpq, gamma: fmpq, order: int) -> Form:
    distance = probability - label
    if not distance:
        return _at_no_distance(probability, label, gamma, order)
    base = (abs(distance), ONE if distance > 0 else -ONE)
    return _ended(probability, order) or _rational_base(probability, label, base, gamma, order)


def _at_no_distance(probability: fmpq, label: fmpq, gamma: fmpq, order: int) -> Form:
    if not gamma and order != GAMMA:
        if order == 0:
            return _cross_entropy(probability, label, ONE, ZERO)
        return Form()  # cross entropy is least where the probability is the label
    # |u|**gamma vanishes with its derivatives below order gamma, and by gamma as well.
    if gamma > max(order, 0):
        return Form()
    raise UndefinedValueError(f"|y - p|**gamma has no such derivative at y = p for gamma {gamma}")


@dataclass(frozen=True, slots=True)
class Irrational:
    """A modulating factor times cross entropy, or a derivative of it, apart from rational factors.

    ``rule`` names the factor; the order-1 atom is the gradient divided by p - y (`exponential`,
    whose gradient has that factor) or the plain gradient (`margin`).
    """

    rule: str
    probability: fmpq
    label: fmpq
    gamma: fmpq
    order: int

    def __hash__(self) -> int:
        return hash((self.order, *key_of(self.probability)))

    def evaluate(self, memo: Memo) -> Split:
        """The number, at the working precision."""
        right, wrong = self.probability, 1 - self.probability
        log_right, log_wrong = log_of(right), log_of(wrong)
        entropy = -(log_right * self.label + log_wrong * (1 - self.label))
        if self.rule == "exponential":
            base, slope = self._exponential(entropy)
        else:
            base, slope = self._margin(log_right - log_wrong)
        factor = (base.log() * exact_ball(self.gamma)).exp()
        if self.order == 0:
            return ball(factor * entropy)
        if self.order == GAMMA:
            return ball(base.log() * factor * entropy)
        return ball(factor * (slope * self.gamma * entropy / base + self._entropy_slope()))

    def _exponential(self, entropy: arb) -> tuple[arb, arb]:
        # The base's slope is exp(-BCE) * BCE'; BCE' = (p - y) / (p (1 - p)), p - y being apart.
        return -(-entropy).expm1(), (-entropy).exp() * self._entropy_slope()

    def _margin(self, logit: arb) -> tuple[arb, arb]:
        tilt = 2 * self.label - 1
        margin = logit * tilt
        right = 1 / ((-margin).exp() + 1)
        wrong = 1 / (margin.exp() + 1)
        return wrong, -right * wrong * (tilt / (self.probability * (1 - self.probability)))

    def _entropy_slope(self) -> fmpq:
        if self.rule == "exponential":
            return 1 / (self.probability * (1 - self.probability))
        return _entropy_slope(self.probability, self.label)


def _exponential(probability: fmpq, label: fmpq, gamma: fmpq, order: int) -> Form:
    ended = _ended(probability, order)
    if ended:  # there the factor tends to 1, and its logarithm to 0 faster than BCE to infinity
        return vanishing() if order == GAMMA else ended
    if probability == fmpq(1, 2) or (not gamma and order != GAMMA):
        return _rational_exponential(probability, label, gamma, order)
    factor = probability - label if order == 1 else ONE
    return single(Irrational("exponential", probability, label, gamma, order), factor)


def _rational_exponential(probability: fmpq, label: fmpq, gamma: fmpq, order: int) -> Form:
    """Where exp(-BCE) is known: it is 1/2 at p = 1/2, and does not matter at gamma 0."""
    half = fmpq(1, 2)
    slope = half * _entropy_slope(probability, label)
    return _rational_base(probability, label, (half, slope), gamma, order)


def _margin(probability: fmpq, label: fmpq, gamma: fmpq, order: int) -> Form:
    if probability == 1:
        mirrored = _margin_at_zero(1 - label, gamma, order)
        return mirrored.times(-ONE) if order == 1 else mirrored
    if not probability:
        return _margin_at_zero(label, gamma, order)
    half = fmpq(1, 2)
    if half in (probability, label) or (not gamma and order != GAMMA):
        # sigmoid(-x (2y - 1)) is 1/2, with slope -(2y - 1) / 4 / (p (1 - p)).
        slope = (1 - 2 * label) / (4 * probability * (1 - probability))
        return _rational_base(probability, label, (half, slope), gamma, order)
    return single(Irrational("margin", probability, label, gamma, order))


def _margin_at_zero(label: fmpq, gamma: fmpq, order: int) -> Form:
    """What the rule tends to where the probability falls to 0.

    The factor sigmoid(-x (2y - 1)) rises to 1 above the label 1/2, stays 1/2 there, and falls like
    p**(1 - 2y) below.
    """
    power = gamma * (1 - 2 * label)
    if power > 0:
        if order == 1 and power <= 1:
            return infinity(1)
        return vanishing()
    if order == GAMMA:
        return vanishing() if label > fmpq(1, 2) else infinity(-1)
    return infinity(-1 if order == 1 else 1)


_SOFT = {
    "mixed": _mixed,
    "distance": _distance,
    "exponential": _exponential,
    "margin": _margin,
}
