"""What a binary formula gives at one position: each output, right to KEPT_BITS, or exact."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from focalspec.reference.oracle.corner import (
    gamma_derivative_at_corner,
    gradient_at_corner,
    hessian_at_corner,
)
from focalspec.reference.oracle.edges import EdgeTerm, edge_terms
from focalspec.reference.oracle.elementwise import Binary, Element
from focalspec.reference.oracle.errors import OracleError
from focalspec.reference.oracle.focal_product import FocalProduct
from focalspec.reference.oracle.points import point_at_probability
from focalspec.reference.oracle.precision import approximate, as_real, settle
from focalspec.reference.oracle.real import Real, mp
from focalspec.reference.oracle.tracked import Tracked, difference, signed
from focalspec.reference.oracle.zeros import gradient_is_zero, hessian_is_zero_at_half

# The outputs that are sums of weight times something of each term.
_OF_A_TERM: Mapping[str, Callable[[FocalProduct], Tracked]] = {
    "loss": lambda term: term.loss,
    "gradient": lambda term: term.gradient,
    "hessian_diagonal": lambda term: term.hessian,
    "gamma_derivative": lambda term: term.gamma_derivative,
}
_OF_AN_EDGE_TERM: Mapping[str, Callable[[EdgeTerm, float], Real]] = {
    "loss": EdgeTerm.loss,
    "gradient": EdgeTerm.slope,
    "gamma_derivative": EdgeTerm.gamma_derivative,
}


def values_at(binary: Binary, element: Element, names: Sequence[str]) -> dict[str, Real]:
    """The named outputs at one position, before normalizer and reduction.

    Raises:
        OracleError: a derivative does not exist there, or does not settle.
    """
    if binary.is_edge(element):
        return {name: _at_edge(binary, element, name) for name in names}
    if binary.is_corner(element):
        return {name: _at_corner(binary, element, name) for name in names}
    exact = {name: mp.zero for name in names if _is_zero(binary, element, name)}
    others = [name for name in names if name not in exact]
    values = settle(
        lambda: _tracked(binary, element, others),
        binary.bits(element),
        lambda: f"{' or '.join(others)} at {element.argument!r} with label {element.label!r}",
    )
    return exact | dict(zip(others, values, strict=True))


def slope_at(binary: Binary, element: Element) -> Real | None:
    """The derivative by the argument; None where there is none."""
    try:
        return values_at(binary, element, ["gradient"])["gradient"]
    except OracleError:
        return None


def curvature_at(binary: Binary, element: Element) -> Real | None:
    """The second derivative by the argument to a few digits; None where there is none."""
    if binary.is_edge(element) or binary.is_corner(element):
        return None
    return approximate(lambda: _second_derivative(binary, element), binary.bits(element))


def _tracked(binary: Binary, element: Element, names: Sequence[str]) -> list[Tracked]:
    weights = map(binary.weight, binary.shares(element))
    weighted = [
        (as_real(weight), term)
        for weight, term in zip(weights, binary.terms(element), strict=True)
        if weight
    ]
    results = []
    for name in names:
        total = signed(mp.zero)
        for weight, term in weighted:
            total += _OF_A_TERM[name](term) * weight
        if name == "gradient" and not binary.from_logits:
            total = total / _logit_step(element)
        results.append(total)
    return results


def _logit_step(element: Element) -> Real:
    """dp/dx = p (1 - p)."""
    point = point_at_probability(element.argument)
    return point.p * point.q


def _second_derivative(binary: Binary, element: Element) -> Tracked:
    """f_xx; by the probability [f_xx - (q - p) f_x] / (p q)^2 with f_x = p q f_p."""
    if binary.from_logits:
        return _tracked(binary, element, ["hessian_diagonal"])[0]
    point = point_at_probability(element.argument)
    step = point.p * point.q
    slope, curvature = _tracked(binary, element, ["gradient", "hessian_diagonal"])
    by_logit = slope * difference(point.q, point.p)
    return (curvature / step - by_logit) / step


def _is_zero(binary: Binary, element: Element, name: str) -> bool:
    """Whether the output is exactly zero although its terms are not."""
    p = binary.rational_probability(element)
    if p is None:
        return False
    y = Fraction(element.label)
    weights = binary.term_weights(element)
    rule = binary.rule_for(element)
    if name == "gradient":
        return gradient_is_zero(p, y, weights, binary.gamma, rule)
    return name == "hessian_diagonal" and hessian_is_zero_at_half(weights, binary.gamma, rule)


def _at_edge(binary: Binary, element: Element, name: str) -> Real:
    """The limit at probability 0 or 1; at 1 the derivative by 1 - p changes its sign."""
    total = mp.zero
    weights = map(binary.weight, binary.shares(element))
    for weight, term in zip(weights, edge_terms(*element, binary.rule_for(element)), strict=True):
        if weight:
            total += as_real(weight) * _OF_AN_EDGE_TERM[name](term, binary.gamma)
    return -total if name == "gradient" and element.argument == 1 else total


def _at_corner(binary: Binary, element: Element, name: str) -> Real:
    if not binary.weight_of_label(element.label):
        return mp.zero
    if name == "gamma_derivative":
        return gamma_derivative_at_corner(binary.gamma)
    cross_entropy = replace(binary, gamma=0.0, label_rule="mixed")
    if not binary.gamma:
        return values_at(cross_entropy, element, [name])[name]
    if name == "loss":
        return mp.zero
    if name == "gradient":
        return gradient_at_corner(binary.gamma)
    return hessian_at_corner(binary.gamma, values_at(cross_entropy, element, ["loss"])["loss"])
