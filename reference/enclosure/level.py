"""Points where all classes are equally probable: there the outputs are known up to one logarithm.

At a logit of 0, and for a row of equal logits, p = 1/C, and every output is (1 - p)**gamma, a
rational power, times a + b log C with rational a and b. Exact power series find them, so that what
is zero or rational (a Hessian of three equal logits at gamma 2, say) is seen to be so.
"""

from functools import lru_cache
from math import factorial
from typing import NamedTuple

from flint import fmpq, fmpq_series

from focalspec.reference.enclosure.binary import GAMMA, Element
from focalspec.reference.enclosure.forms import Form, UndefinedValueError, term, total
from focalspec.reference.enclosure.split import ONE

_TERMS = 3
HALF = fmpq(1, 2)


def _series(*coefficients: fmpq | int) -> fmpq_series:
    return fmpq_series(list(coefficients), 1, _TERMS)


def _exponential(rate: fmpq | int = 1) -> fmpq_series:
    return _series(0, rate).exp()


class _Loss(NamedTuple):
    """(base * shape)**gamma * (log(classes) + rest).

    ``shape`` starts with 1 and ``rest`` with 0.
    """

    classes: int
    base: fmpq
    shape: fmpq_series
    rest: fmpq_series


def _derivative(loss: _Loss, gamma: fmpq, order: int) -> Form:
    """A derivative of the loss at 0, by the series' variable or by gamma."""
    classes, base, shape, rest = loss
    probability = fmpq(1, classes)
    if order == GAMMA:
        return term(-ONE, [(base, gamma)], [base, probability])
    power = (shape.log() * _series(gamma)).exp()
    with_log = power[order] * factorial(order)
    without = (power * rest)[order] * factorial(order)
    return total(
        (
            term(with_log, [(base, gamma)], [probability]),
            term(without, [(base, gamma)]),
        )
    )


@lru_cache(maxsize=1024)
def hard_at_zero(gamma: fmpq, order: int) -> Form:
    """The derivatives at 0 of sigmoid(-x)**gamma * softplus(-x)."""
    wrong = _series(2) / (_exponential() + 1)
    rest = ((_exponential(-1) + 1) * _series(HALF)).log()
    return _derivative(_Loss(2, HALF, wrong, rest), gamma, order)


def soft_at_zero(element: Element, order: int) -> Form:
    """The derivatives at logit 0 under the rules other than `two_term`, for a fractional label."""
    label, gamma, weights = element.label, element.gamma, element.weights
    positive = ((_exponential(-1) + 1) * _series(HALF)).log()  # of -log p, log 2 apart
    negative = ((_exponential() + 1) * _series(HALF)).log()  # of -log(1 - p)
    probability = 1 / (_exponential(-1) + 1)
    if element.rule == "nonzero":
        wrong = _series(2) / (_exponential() + 1)
        return total(
            (
                _derivative(_Loss(2, HALF, wrong, positive), gamma, order).times(
                    label * weights.positive
                ),
                _derivative(_Loss(2, HALF, wrong, negative), gamma, order).times(
                    (1 - label) * weights.negative
                ),
            )
        )
    entropy = positive * _series(label) + negative * _series(1 - label)
    base = HALF
    if element.rule == "mixed":
        shape = (probability * _series(1 - 2 * label) + _series(label)) * 2
    elif element.rule == "exponential":
        shape = _series(2) - (-entropy).exp()
    elif element.rule == "margin":
        shape = _series(2) / (_exponential(2 * label - 1) + 1)
    else:
        base = abs(HALF - label)
        if not base:
            return _at_no_distance(entropy, element, order)
        shape = (probability - _series(label)) * _series(1 / (HALF - label))
    return _derivative(_Loss(2, base, shape, entropy), gamma, order).times(weights.at(label))


def _at_no_distance(entropy: fmpq_series, element: Element, order: int) -> Form:
    """|y - p|**gamma * BCE where y = p = 1/2."""
    gamma = element.gamma
    if not gamma and order != GAMMA:
        plain = _derivative(_Loss(2, ONE, _series(1), entropy), gamma, order)
        return plain.times(element.weights.at(element.label))
    # |u|**gamma vanishes with its derivatives below order gamma, and by gamma as well.
    if gamma > max(order, 0):
        return Form()
    if gamma == order == 2:  # u**2 is smooth: twice the square of u' = 1/4, times log 2
        return term(element.weights.at(element.label) / 8, logarithms=[HALF])
    raise UndefinedValueError(f"|y - p|**gamma has no such derivative at y = p for gamma {gamma}")


@lru_cache(maxsize=1024)
def level_row(classes: int, gamma: fmpq, smoothing: fmpq, is_target: bool, order: int) -> Form:
    """The derivatives of a softmax row of equal logits by one of them.

    ``classes`` is 2 or more. With p the target's probability the loss is
    (1 - p)**gamma * (log(sum of exp) - the sum of target shares times logits).
    """
    exponential = _exponential()
    grown = (exponential + (classes - 1)) * _series(fmpq(1, classes))
    share = smoothing / classes + (1 - smoothing if is_target else 0)
    rest = grown.log() - _series(0, share)
    probability = (exponential if is_target else _series(1)) / grown
    base = fmpq(classes - 1, classes)
    wrong = (_series(classes) - probability) * _series(fmpq(1, classes - 1))
    return _derivative(_Loss(classes, base, wrong, rest), gamma, order)
