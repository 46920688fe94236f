"""Derivatives by alpha: of one element, or of a sum of elements that may cancel one another.

Every weight is linear in alpha, so the loss is S = alpha S1 + (1 - alpha) S0 and dS/dalpha is
S1 - S0, a sum of terms of both signs (SIG-22, BIN-19). The denominator of weighted_mean is
D = alpha D1 + (1 - alpha) D0, and d(S/D)/dalpha = (S1 D0 - S0 D1) / D^2. Terms that are the same
number, at mirrored logits for example, are put together first with exact coefficients: what
vanishes by symmetry is exactly zero.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from focalspec.reference.oracle.edges import edge_terms
from focalspec.reference.oracle.elementwise import Binary, Element
from focalspec.reference.oracle.errors import OracleError
from focalspec.reference.oracle.exponential import exp
from focalspec.reference.oracle.focal_product import FocalProduct
from focalspec.reference.oracle.label_rules import Share
from focalspec.reference.oracle.precision import as_real, bits_for, settle
from focalspec.reference.oracle.real import Real, mp
from focalspec.reference.oracle.tracked import Tracked, signed

# The scale of a sum whose denominator, if any, does not depend on alpha.
PLAIN = Share(Fraction(1), Fraction(1))


@dataclass
class _Group:
    """All terms that are one number: where it is first met, and the sum of the coefficients."""

    element: Element
    index: int
    coefficient: Fraction = Fraction(0)


def alpha_derivative(binary: Binary, elements: Iterable[Element], scale: Share = PLAIN) -> Real:
    """S1 times ``scale.positive`` - S0 times ``scale.negative``, over the elements.

    Raises:
        OracleError: infinite terms of both signs, or a sum that does not settle.
    """
    if not binary.gamma:
        if binary.from_logits:
            return _of_cross_entropy(binary, elements, scale)
        if binary.label_rule == "distance":
            binary = replace(binary, label_rule="mixed")  # the same without a modulating factor
    groups: dict[Hashable, _Group] = {}
    infinities: set[bool] = set()
    for element in elements:
        if binary.is_edge(element):
            infinities |= _infinities(binary, element, scale)
        elif not binary.is_corner(element):
            _gather(groups, binary, element, scale)
    if infinities:
        return _the_infinity(infinities)
    left = [group for group in groups.values() if group.coefficient]
    bits = max((binary.bits(group.element) for group in left), default=0)
    return settle(lambda: [_total(binary, left)], bits, lambda: "alpha_derivative")[0]


def _of_cross_entropy(binary: Binary, elements: Iterable[Element], scale: Share) -> Real:
    """The same for gamma = 0 on logits, where terms are linked by -log q = -log p + x.

    Of -log p and -log q one is log1p(exp(-|x|)) and the other one that plus |x|. Logarithms at
    different |x| are independent, so zero is where all coefficients and the rational part are.
    """
    rational = Fraction(0)
    logarithms: dict[Fraction, Fraction] = {}
    for element in elements:
        x, y = Fraction(element.argument), Fraction(element.label)
        for share in binary.shares(element):
            coefficient = _coefficient(binary, share, scale)
            # the parts of -log p and -log q in this term's entropy, which sum to 1
            part_p = y if all(share) else Fraction(bool(share.positive))
            logarithms[abs(x)] = logarithms.get(abs(x), Fraction(0)) + coefficient
            rational += coefficient * abs(x) * (part_p if x < 0 else 1 - part_p)
    left = {x: coefficient for x, coefficient in logarithms.items() if coefficient}

    def total() -> Tracked:
        result = signed(as_real(rational))
        for x, coefficient in left.items():
            result += signed(as_real(coefficient) * mp.log1p(exp(-as_real(x))))
        return result

    bits = bits_for(map(float, left), 0.0)
    return settle(lambda: [total()], bits, lambda: "alpha_derivative")[0]


def _coefficient(binary: Binary, share: Share, scale: Share) -> Fraction:
    positive, negative = binary.share_of_alpha(share)
    return positive * scale.positive - negative * scale.negative


def _gather(groups: dict[Hashable, _Group], binary: Binary, element: Element, scale: Share) -> None:
    for index, share in enumerate(binary.shares(element)):
        if coefficient := _coefficient(binary, share, scale):
            group = groups.setdefault(_number(binary, element, share), _Group(element, index))
            group.coefficient += coefficient


def _number(binary: Binary, element: Element, share: Share) -> Hashable:
    """A key that is equal for terms that are the same number by symmetry.

    Exchanging the classes mirrors the argument and the label. Terms of two_term and nonzero know
    the argument only: m(x)^gamma (-log p(x)) is one function of it, mirrored for label 0.
    """
    here = Fraction(element.argument)
    there = binary.mirrored(here)
    rule = binary.rule_for(element)
    if rule == "two_term":
        return "own", here if share.positive else there
    if rule == "nonzero":
        return "own" if share.positive or here == there else "other", here
    y = Fraction(element.label)
    return min((here, y), (there, 1 - y))


def _total(binary: Binary, groups: Iterable[_Group]) -> Tracked:
    terms: dict[Element, list[FocalProduct]] = {}
    total = signed(mp.zero)
    for group in groups:
        if group.element not in terms:
            terms[group.element] = binary.terms(group.element)
        total += terms[group.element][group.index].loss * as_real(group.coefficient)
    return total


def _infinities(binary: Binary, element: Element, scale: Share) -> set[bool]:
    """For each infinite contribution whether it is positive."""
    terms = edge_terms(*element, binary.rule_for(element))
    return {
        coefficient > 0
        for share, term in zip(binary.shares(element), terms, strict=True)
        if term.loss(binary.gamma) and (coefficient := _coefficient(binary, share, scale))
    }


def _the_infinity(infinities: set[bool]) -> Real:
    if len(infinities) > 1:
        raise OracleError(
            "alpha_derivative does not exist: elements of probability 0 and 1 make it inf - inf"
        )
    return mp.inf if infinities.pop() else -mp.inf
