"""The categorical focal loss of one row of probabilities, as rational terms and logs."""

from flint import fmpq

from focalspec.reference.enclosure.forms import (
    Form,
    UndefinedValueError,
    infinity,
    term,
    total,
    vanishing,
)
from focalspec.reference.enclosure.multiclass import Row
from focalspec.reference.enclosure.split import ONE


def categorical_focal_loss(row: Row, label: int | None, order: int) -> Form:
    """The loss of a row (order 0), or its derivative by the probability of a class (order 1)."""
    if order == 0:
        return _loss(row)
    if label != row.target:
        return _by_other(row, label or 0)
    return _by_target(row)


def _entropy_is_infinite(row: Row) -> bool:
    return any(not p and row.share(label) for label, p in enumerate(row.numbers))


def _entropy(row: Row, exponent: fmpq) -> Form:
    """(1 - p_y)**exponent times the smoothed cross entropy, which is finite."""
    powers = [(1 - row.numbers[row.target], exponent)]
    shares = ((row.share(label), p) for label, p in enumerate(row.numbers))
    return total(term(share, powers, [p]) for share, p in shares if share)


def _loss(row: Row) -> Form:
    if not _entropy_is_infinite(row):
        return _entropy(row, row.gamma)
    if row.numbers[row.target] == 1 and row.gamma:
        raise UndefinedValueError("a modulating factor of 0 times an infinite cross entropy")
    return infinity(1)


def _by_other(row: Row, label: int) -> Form:
    share, probability = row.share(label), row.numbers[label]
    if not share:
        return Form()
    wrong = 1 - row.numbers[row.target]
    if probability:
        return term(-share / probability, [(wrong, row.gamma)])
    if not wrong and row.gamma:
        raise UndefinedValueError("a modulating factor of 0 times an infinite slope")
    return infinity(-1)


def _by_target(row: Row) -> Form:
    probability, gamma = row.numbers[row.target], row.gamma
    share = row.share(row.target)
    if not probability:
        return infinity(-1)
    slope = term(-share / probability, [(1 - probability, gamma)])
    if not gamma:
        return slope
    if probability == 1:
        return _by_certain_target(row)
    if _entropy_is_infinite(row):
        return infinity(-1)
    return total((slope, _entropy(row, gamma - 1).times(-gamma)))


def _by_certain_target(row: Row) -> Form:
    """At p_y = 1, from below: what is left is -gamma * (1 - p_y)**(gamma - 1) * the entropy."""
    others_are_certain = not any(p != 1 and row.share(label) for label, p in enumerate(row.numbers))
    if others_are_certain:  # the entropy vanishes like 1 - p_y, and so does the product
        return vanishing()
    if row.gamma < 1:
        return infinity(-1)
    if _entropy_is_infinite(row):
        if row.gamma == 1:
            return infinity(-1)
        raise UndefinedValueError("a modulating factor of 0 times an infinite cross entropy")
    if row.gamma > 1:
        return vanishing()
    return _entropy(row, fmpq(0)).times(-ONE)
