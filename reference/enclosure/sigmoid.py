"""The sigmoid focal loss of one logit, under each label rule, by jets on the definition."""

from dataclasses import dataclass

from flint import arb, arb_series, fmpq

from focalspec.reference.enclosure import jets
from focalspec.reference.enclosure.binary import GAMMA, Element
from focalspec.reference.enclosure.forms import Form, Memo, constant, single, total
from focalspec.reference.enclosure.jets import FAR, Jet, Point
from focalspec.reference.enclosure.level import hard_at_zero, soft_at_zero
from focalspec.reference.enclosure.split import (
    ONE,
    ZERO,
    Split,
    ball,
    exp_of,
    expm1_of,
    key_of,
    product_rule,
    rational,
)


@dataclass(frozen=True, slots=True)
class Sigmoid:
    """sigmoid(logit)."""

    logit: fmpq

    def __hash__(self) -> int:
        return hash(key_of(self.logit))

    def evaluate(self, memo: Memo) -> Split:
        """The value, at the working precision."""
        return jets.sigmoid(Point(self.logit), memo.order + 1)[0]


@dataclass(frozen=True, slots=True)
class Focal:
    """A derivative of sigmoid(-margin)**gamma * softplus(-margin): the loss at a hard label."""

    margin: fmpq
    gamma: fmpq
    order: int

    def __hash__(self) -> int:
        return hash((self.order, *key_of(self.margin)))

    def evaluate(self, memo: Memo) -> Split:
        """The derivative, at the working precision."""
        jet, by_gamma = memo.get(
            ("focal", *key_of(self.margin, self.gamma)),
            lambda: jets.focal(Point(self.margin), self.gamma, memo.order + 1),
        )
        return by_gamma if self.order == GAMMA else jet[self.order]


@dataclass(frozen=True, slots=True)
class Crossed:
    """A derivative of sigmoid(-logit)**gamma * softplus(logit): factor and log of two classes.

    The rule `nonzero` has it for fractional labels.
    """

    logit: fmpq
    gamma: fmpq
    order: int

    def __hash__(self) -> int:
        return hash((self.order, *key_of(self.logit)))

    def evaluate(self, memo: Memo) -> Split:
        """The derivative, at the working precision."""
        jet, by_gamma = memo.get(
            ("crossed", *key_of(self.logit, self.gamma)), lambda: self._jet(memo.order + 1)
        )
        return by_gamma if self.order == GAMMA else jet[self.order]

    def _jet(self, length: int) -> tuple[Jet, Split]:
        doubt = jets.softplus(Point(self.logit), length)
        product = product_rule(jets.modulator(Point(self.logit), self.gamma, length), doubt)
        return product, ball(-_rounded(doubt[0]) * _rounded(product[0]))


@dataclass(frozen=True, slots=True)
class Soft:
    """A derivative of what a label rule makes of a fractional label, its weight apart."""

    rule: str
    logit: fmpq
    label: fmpq
    gamma: fmpq
    order: int

    def __hash__(self) -> int:
        return hash((self.order, *key_of(self.logit)))

    def evaluate(self, memo: Memo) -> Split:
        """The derivative, at the working precision."""
        key = (self.rule, *key_of(self.logit, self.label, self.gamma))
        jet, by_gamma = memo.get(key, lambda: self._jet(memo.order + 1))
        return by_gamma if self.order == GAMMA else jet[self.order]

    def _jet(self, length: int) -> tuple[Jet, Split]:
        entropy = _cross_entropy(self.logit, self.label, length)
        base = _BASES[self.rule](self.logit, self.label, length)
        modulator, logarithm = jets.power(base, self.gamma)
        product = product_rule(modulator, entropy)
        return product, ball(logarithm * _rounded(product[0]))


def sigmoid(logit: fmpq) -> Form:
    """The probability of a logit."""
    return single(Sigmoid(logit)) if logit else constant(fmpq(1, 2))


def sigmoid_focal_loss(element: Element, order: int) -> Form:
    """A derivative of one element of the loss by its logit, or by gamma (order GAMMA)."""
    rule, logit, label, weights, gamma = element
    is_entropy = not gamma and order != GAMMA
    if rule == "two_term" or label in (ZERO, ONE) or (is_entropy and rule == "nonzero"):
        shares = (label * weights.positive, (1 - label) * weights.negative)
        return _two_terms(logit, gamma, order, shares)
    if not logit:
        return soft_at_zero(element, order)
    if rule == "nonzero":
        return total(
            (
                _focal(logit, gamma, order).times(label * weights.positive),
                single(Crossed(logit, gamma, order), (1 - label) * weights.negative),
            )
        )
    weight = weights.at(label)
    if not weight:
        return Form()
    if is_entropy:
        return _two_terms(logit, gamma, order, (weight * label, weight * (1 - label)))
    # An element and its mirror image are equal: one atom for both, so that they can cancel.
    if logit < 0:
        logit, label, weight = -logit, 1 - label, weight * _parity(order)
    return single(Soft(rule, logit, label, gamma, order), weight)


def _two_terms(logit: fmpq, gamma: fmpq, order: int, shares: tuple[fmpq, fmpq]) -> Form:
    """The loss of both classes at a logit, times the shares of the positive and the negative."""
    positive, negative = shares[0], shares[1] * _parity(order)
    if not negative:
        return _focal(logit, gamma, order).times(positive)
    if not positive:
        return _focal(-logit, gamma, order).times(negative)
    return total(
        (
            _focal(logit, gamma, order).times(positive),
            _focal(-logit, gamma, order).times(negative),
        )
    )


def _focal(margin: fmpq, gamma: fmpq, order: int) -> Form:
    """The loss at a hard label, so written that what is equal or differs by a rational is seen."""
    if not margin:
        return hard_at_zero(gamma, order)
    mirrored = not gamma and margin < 0
    if not mirrored:
        return single(Focal(margin, gamma, order))
    # softplus(x) = x + softplus(-x), and so for its derivatives and the product of both.
    atom = Focal(-margin, gamma, order)
    if order == 0:
        return total((constant(-margin), single(atom)))
    if order == 1:
        return total((constant(-ONE), single(atom, -ONE)))
    return single(atom)


def _parity(order: int) -> fmpq:
    """The sign that a derivative takes when its argument is mirrored."""
    return -ONE if order == 1 else ONE


def _rounded(number: Split) -> arb:
    return number.rest + number.main


def _cross_entropy(logit: fmpq, label: fmpq, length: int) -> Jet:
    positive = jets.softplus(Point(-logit), length)
    negative = jets.softplus(Point(logit), length)
    return [
        positive[order].times(label * _parity(order)) + negative[order].times(1 - label)
        for order in range(length)
    ]


def _mixed(logit: fmpq, label: fmpq, length: int) -> Jet:
    scaled = [number.times(1 - 2 * label) for number in jets.sigmoid(Point(logit), length)]
    return [scaled[0].plus(label), *scaled[1:]]


def _exponential(logit: fmpq, label: fmpq, length: int) -> Jet:
    entropy = _cross_entropy(logit, label, length)
    far = entropy[0].main if entropy[0].main > FAR else ZERO
    start = entropy[0].rest + (entropy[0].main - far)
    slopes = [_rounded(number) for number in entropy[1:]]
    coefficients = [-start, *(-slope / (order + 1) for order, slope in enumerate(slopes))]
    series = arb_series(coefficients, length)
    if far:
        return jets.derivatives(-(series.exp() * exp_of(-far)), length, (ONE,))
    return jets.derivatives(-expm1_of(series), length)


def _margin(logit: fmpq, label: fmpq, length: int) -> Jet:
    slope = 1 - 2 * label
    if not slope:
        return [rational(fmpq(1, 2)), rational(ZERO), rational(ZERO)][:length]
    inner = jets.sigmoid(Point(logit * slope), length)
    return [number.times(slope**order) for order, number in enumerate(inner)]


def _distance(logit: fmpq, label: fmpq, length: int) -> Jet:
    jet = jets.sigmoid(Point(logit), length)
    jet[0] = jet[0].plus(-label)
    # A label may be as small as a probability far from 0; then there is no leading rational.
    if not (abs(jet[0].rest) * 2 < abs(jet[0].main)):
        jet[0] = ball(_rounded(jet[0]))
    below = bool(_rounded(jet[0]) < 0)
    return [number.times(-ONE) for number in jet] if below else jet


_BASES = {
    "mixed": _mixed,
    "exponential": _exponential,
    "margin": _margin,
    "distance": _distance,
}
