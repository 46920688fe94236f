"""The softmax focal loss of one row through the sigmoid at the margin of its target.

The margin is u = z_y - log(sum of exp(z_j) over the other classes j), so that p_y = sigmoid(u) and
the loss at a hard label is the sigmoid's at u. By another logit the margin has slope -q_k, where q
is the softmax over the others alone. The margin is kept as an exact difference of logits plus the
logarithm of a sum near 1, which serves logits at the ends of the float64 range.
"""

from dataclasses import dataclass
from functools import cached_property

from flint import arb, ctx, fmpq

from focalspec.reference.enclosure import jets
from focalspec.reference.enclosure.forms import Form, Memo, constant, single
from focalspec.reference.enclosure.jets import FAR, Jet, Point
from focalspec.reference.enclosure.level import level_row
from focalspec.reference.enclosure.multiclass import Row
from focalspec.reference.enclosure.split import (
    ONE,
    ZERO,
    Split,
    ball,
    exact_ball,
    rational,
)

_FAR_APART = 2**32  # differences of logits from which on exp needs more bits than usual


@dataclass(frozen=True, slots=True)
class RowValue:
    """The loss of a row (label None), or its derivative of some order by one logit."""

    row: Row
    label: int | None
    order: int

    def evaluate(self, memo: Memo) -> Split:
        """The value, at the working precision."""
        numbers = memo.get(self.row, lambda: _Numbers(self.row, memo.order + 1))
        if self.label is None:
            return numbers.loss()
        return numbers.derivative(self.label, self.order)


@dataclass(frozen=True, slots=True)
class Probability:
    """The softmax of a row at one class."""

    row: Row
    label: int

    def evaluate(self, memo: Memo) -> Split:
        """The value, at the working precision."""
        return memo.get(self.row, lambda: _Numbers(self.row, 1)).probability(self.label)


def softmax_focal_loss(row: Row, label: int | None, order: int) -> Form:
    """The loss of a row (label None), or its derivative of some order by the logit of a class."""
    classes = len(row.numbers)
    if classes == 1:
        return Form()  # the only class is certain, whatever its logit
    if row.is_level:
        is_target = label is None or label == row.target
        return level_row(classes, row.gamma, row.smoothing, is_target, order)
    return single(RowValue(row, label, order))


def softmax(row: Row, label: int) -> Form:
    """The probability of a class."""
    if row.is_level:
        return constant(fmpq(1, len(row.numbers)))
    return single(Probability(row, label))


class _Others:
    """The softmax over the classes other than the target, relative to the greatest of them.

    ``weights`` are exp(z_j - greatest), ``leaders`` of which are 1; ``rest`` is the sum of the
    others, and is a sliver beside 1 where ``far``.
    """

    def __init__(self, row: Row) -> None:
        labels = [label for label in range(len(row.numbers)) if label != row.target]
        self.greatest = max(row.numbers[label] for label in labels)
        behind = {label: row.numbers[label] - self.greatest for label in labels}
        nearest = max((gap for gap in behind.values() if gap), default=None)
        self._leading = {label for label, gap in behind.items() if not gap}
        self.leaders = len(self._leading)
        self.far = nearest is None or nearest < -FAR
        self.weights = _exponentials(behind)
        followers = [self.weights[label] for label, gap in behind.items() if gap]
        self.rest = sum(followers, arb(0))
        self.total = self.rest + self.leaders
        self._excess = self.rest / (self.total * self.leaders)

    def logarithm(self) -> arb:
        """The logarithm of the sum of the weights."""
        return self.rest.log1p() if self.leaders == 1 else self.total.log()

    def share(self, label: int) -> Split:
        """The softmax over the others, at one of them."""
        if label in self._leading and self.far:
            return Split(fmpq(1, self.leaders), -self._excess)
        return ball(self.weights[label] / self.total)

    def remainder(self, label: int) -> Split:
        """1 minus that share."""
        if label not in self._leading:
            return ball((self.total - self.weights[label]) / self.total)
        if self.far:
            return Split(1 - fmpq(1, self.leaders), self._excess)
        return ball((self.rest + (self.leaders - 1)) / self.total)


def _exponentials(gaps: dict[int, fmpq]) -> dict[int, arb]:
    exact = {label: exact_ball(gap) for label, gap in gaps.items()}
    bits = ctx.prec
    if any(gap < -_FAR_APART for gap in gaps.values()):
        bits = max(bits, 640)
    with ctx.workprec(bits):
        return {label: gap.exp() for label, gap in exact.items()}


class _Numbers:
    """A row's margin, probabilities and derivatives at the working precision.

    ``length`` is one more than the highest order of derivatives that will be asked for.
    """

    def __init__(self, row: Row, length: int) -> None:
        self._row = row
        self._length = length
        self._others = _Others(row)
        self._lead = row.numbers[row.target] - self._others.greatest
        self._margin = Point(self._lead, -self._others.logarithm())

    def loss(self) -> Split:
        """The loss."""
        if not self._row.smoothing:
            return self._focal[0]
        return self._modulator[0] * self._entropy

    def derivative(self, label: int, order: int) -> Split:
        """The derivative of the loss by a logit."""
        row = self._row
        if not row.gamma:
            return self._slope(label) if order == 1 else self._curvature(label)
        first, second = self._margin_derivatives(label)
        if not row.smoothing:
            return _chain(self._focal, first, second, order)
        modulator = self._modulator
        by_margin = _chain(modulator, first, second, order) * self._entropy
        if order == 1:
            return by_margin + modulator[0] * self._slope(label)
        crossed = (_chain(modulator, first, second, 1) * self._slope(label)).times(fmpq(2))
        return by_margin + crossed + modulator[0] * self._curvature(label)

    def probability(self, label: int) -> Split:
        """The softmax of the row at a class."""
        if label == self._row.target:
            return self._right
        return self._others.share(label) * self._wrong

    def _margin_derivatives(self, label: int) -> tuple[Split, Split]:
        if label == self._row.target:
            return rational(ONE), rational(ZERO)
        share = self._others.share(label).times(-ONE)
        if self._length < 3:
            return share, rational(ZERO)
        return share, share * self._others.remainder(label)

    def _slope(self, label: int) -> Split:
        """The derivative of the cross entropy: p - t."""
        row = self._row
        if label == row.target:
            return self._wrong.times(-ONE).plus(1 - row.share(label))
        return self.probability(label).plus(-row.share(label))

    def _curvature(self, label: int) -> Split:
        """The second derivative of the cross entropy: p (1 - p)."""
        probability = self.probability(label)
        if probability.main:
            # With p = r + d: of two leaders, r = 1/2, the sliver is -d**2, and no sum shows it.
            main, rest = probability.main, probability.rest
            return Split(main * (1 - main), rest * (1 - 2 * main) - rest * rest)
        if label == self._row.target:
            return probability * self._wrong
        return probability * (self._right + self._wrong * self._others.remainder(label))

    @cached_property
    def _focal(self) -> Jet:
        return jets.focal(self._margin, self._row.gamma, self._length)[0]

    @cached_property
    def _modulator(self) -> Jet:
        return jets.modulator(self._margin, self._row.gamma, self._length)

    @cached_property
    def _entropy(self) -> Split:
        """The smoothed cross entropy: -log p_y plus shares of the distances of logits from z_y."""
        row = self._row
        target = row.numbers[row.target]
        even = row.smoothing / len(row.numbers)
        distances = sum((target - number for number in row.numbers), ZERO)
        return jets.softplus(-self._margin, 1)[0].plus(even * distances)

    @cached_property
    def _wrong(self) -> Split:
        """1 - p_y."""
        others = self._others
        if not self._lead and others.far:
            tied = others.leaders + 1
            excess = others.rest / ((others.total + 1) * tied)
            return Split(fmpq(others.leaders, tied), excess)
        return jets.sigmoid(-self._margin, 1)[0]

    @cached_property
    def _right(self) -> Split:
        """p_y."""
        if not self._lead and self._others.far:
            return self._wrong.times(-ONE).plus(ONE)
        return jets.sigmoid(self._margin, 1)[0]


def _chain(outer: Jet, first: Split, second: Split, order: int) -> Split:
    """A derivative of a function of the margin, from the margin's own derivatives."""
    if order == 1:
        return outer[1] * first
    return outer[2] * (first * first) + outer[1] * second
