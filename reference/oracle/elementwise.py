"""The two binary formulas, sigmoid_focal_loss and binary_focal_loss, and what they depend on."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from focalspec.reference.oracle.focal_product import FocalProduct
from focalspec.reference.oracle.label_rules import LABEL_RULES, Share, shares_of
from focalspec.reference.oracle.points import point_at_logit, point_at_probability
from focalspec.reference.oracle.precision import bits_for
from focalspec.reference.oracle.real import mp
from focalspec.reference.oracle.zeros import HALF


def sigmoid_focal_loss(
    logit: float, label: float, gamma: float, label_rule: str
) -> list[FocalProduct]:
    """The terms of the sigmoid focal loss at one logit (SIG-1).

        L = -y w1 (1 - p)^gamma log p - (1 - y) w0 p^gamma log(1 - p),    p = sigmoid(x)

    The terms come without their weights w1 = alpha c1 and w0 = (1 - alpha) c0, and with their
    derivatives by the logit x.
    """
    return LABEL_RULES[label_rule](point_at_logit(logit), label, mp.mpf(gamma))


def binary_focal_loss(
    probability: float, label: float, gamma: float, label_rule: str
) -> list[FocalProduct]:
    """The same on a probability p in (0, 1) (BIN-1, BIN-15): the sigmoid focal loss at its logit.

    Derivatives are by the logit x = log(p / (1 - p)) too; dx/dp = 1 / (p (1 - p)).
    """
    return LABEL_RULES[label_rule](point_at_probability(probability), label, mp.mpf(gamma))


class Element(NamedTuple):
    """One position: its logit or probability, and its label."""

    argument: float
    label: float


@dataclass(frozen=True)
class Binary:
    """A binary formula with its parameters."""

    from_logits: bool
    gamma: float
    alpha: Fraction | None
    class_weight: tuple[Fraction, Fraction]  # of label 0 and of label 1
    label_rule: str

    @cached_property
    def weights(self) -> tuple[Fraction, Fraction]:
        """w1 = alpha c1 and w0 = (1 - alpha) c0, or c1 and c0 (SIG-4, SIG-24, SIG-25)."""
        weight_0, weight_1 = self.class_weight
        if self.alpha is None:
            return weight_1, weight_0
        return self.alpha * weight_1, (1 - self.alpha) * weight_0

    def weight(self, share: Share) -> Fraction:
        """The weight of a term."""
        weight_1, weight_0 = self.weights
        return share.positive * weight_1 + share.negative * weight_0

    def share_of_alpha(self, share: Share) -> Share:
        """The parts of the weight that alpha and 1 - alpha multiply."""
        weight_0, weight_1 = self.class_weight
        return Share(share.positive * weight_1, share.negative * weight_0)

    def weight_of_label(self, label: float) -> Fraction:
        """The weight w = y w1 + (1 - y) w0 the label rules, and of weighted_mean."""
        return self.weight(Share(Fraction(label), 1 - Fraction(label)))

    def term_weights(self, element: Element) -> tuple[Fraction, Fraction]:
        """The weights y w1 and (1 - y) w0 of the two terms."""
        y, zero = Fraction(element.label), Fraction(0)
        return self.weight(Share(y, zero)), self.weight(Share(zero, 1 - y))

    def rule_for(self, element: Element) -> str:
        """All rules are one on labels 0 and 1."""
        return "two_term" if element.label in (0, 1) else self.label_rule

    def is_edge(self, element: Element) -> bool:
        """Whether the probability is exactly 0 or 1."""
        return not self.from_logits and element.argument in (0, 1)

    def is_corner(self, element: Element) -> bool:
        """Whether rule distance has distance 0."""
        return (
            self.rule_for(element) == "distance"
            and self.rational_probability(element) == Fraction(element.label)
            and not self.is_edge(element)
        )

    def rational_probability(self, element: Element) -> Fraction | None:
        """The probability where it is rational."""
        if not self.from_logits:
            return Fraction(element.argument)
        return HALF if element.argument == 0 else None

    def mirrored(self, argument: Fraction) -> Fraction:
        """The argument at which the classes are exchanged."""
        return -argument if self.from_logits else 1 - argument

    def shares(self, element: Element) -> list[Share]:
        """The shares of the weights that the terms at a position have."""
        return shares_of(element.label, self.rule_for(element))

    def terms(self, element: Element) -> list[FocalProduct]:
        """The terms at a position that is neither edge nor corner, at the current precision."""
        formula = sigmoid_focal_loss if self.from_logits else binary_focal_loss
        return formula(*element, self.gamma, self.rule_for(element))

    def bits(self, element: Element) -> int:
        """What exponents cost at a position: |log p| and |log(1 - p)| are below 2 max(|x|, 1)."""
        return bits_for((element.argument, 1.0), self.gamma)
