"""The binary focal losses: an independent yes or no for every element."""

from fractions import Fraction
from typing import Any

import numpy as np
from focalspec.reference import arguments
from focalspec.reference.blocks import Scratch, thread_limit
from focalspec.reference.curve import focal_curve
from focalspec.reference.elementwise import Call, Weights, evaluate
from focalspec.reference.formats import Array
from focalspec.reference.label_rules import (
    fractional_loss,
    prediction_from_logits,
    prediction_from_probabilities,
)
from numpy.typing import ArrayLike

_LARGEST = float(np.finfo(np.float64).max)


def sigmoid_focal_loss(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    alpha: Any = 0.25,
    gamma: Any = 2.0,
    class_weight: ArrayLike | None = None,
    normalizer: Any = None,
    reduction: str = "sum",
    label_rule: str = "two_term",
    derivatives: int = 0,
    out: Any = None,
    threads: int | None = None,
    precision: str = "full",
) -> Any:
    """Focal loss of logits with a sigmoid."""
    x = arguments.float_array("logits", logits)
    y = arguments.label_array(labels, x.shape, "logits")
    exponent = arguments.gamma(gamma)
    rule = arguments.choice("label_rule", label_rule, arguments.LABEL_RULES)
    order = arguments.choice("derivatives", derivatives, (0, 1, 2))
    arguments.choice("precision", precision, arguments.PRECISIONS)
    weights = _label_weights(alpha, class_weight, normalizer)
    call = Call(
        argument=x,
        argument_name="logits",
        argument_range=None,
        labels=y,
        ignore=None,
        reduction=arguments.choice("reduction", reduction, ("none", "sum", "mean")),
        threads=thread_limit(threads),
    )

    def terms(x: Array, y: Array, hard: bool, weights: Weights, scratch: Scratch) -> list[Array]:
        return _logit_terms(x, y, hard, weights, exponent, rule, order, scratch)

    return evaluate(call, terms, weights, order, out)


def binary_focal_loss(
    probabilities: ArrayLike,
    labels: ArrayLike,
    *,
    gamma: Any,
    alpha: Any = None,
    class_weight: ArrayLike | None = None,
    ignore_index: float | None = None,
    normalizer: Any = None,
    reduction: str = "none",
    label_rule: str = "two_term",
    derivatives: int = 0,
    out: Any = None,
    threads: int | None = None,
) -> Any:
    """Focal loss of the probabilities of label 1."""
    p = arguments.float_array("probabilities", probabilities)
    y = arguments.label_array(labels, p.shape, "probabilities")
    exponent = arguments.gamma(gamma)
    rule = arguments.choice("label_rule", label_rule, arguments.LABEL_RULES)
    order = arguments.choice("derivatives", derivatives, (0, 1))
    weights = _label_weights(alpha, class_weight, normalizer)
    reductions = ("none", "sum", "mean", "weighted_mean")
    call = Call(
        argument=p,
        argument_name="probabilities",
        argument_range=(0.0, 1.0),
        labels=y,
        ignore=_ignored_label(ignore_index),
        reduction=arguments.choice("reduction", reduction, reductions),
        threads=thread_limit(threads),
    )

    def terms(p: Array, y: Array, hard: bool, weights: Weights, scratch: Scratch) -> list[Array]:
        return _probability_terms(p, y, hard, weights, exponent, rule, order, scratch)

    return evaluate(call, terms, weights, order, out)


def _ignored_label(value: Any) -> float | None:
    if value is None:
        return None
    return arguments.number("ignore_index", value, -_LARGEST, _LARGEST, "a finite number or None")


def _label_weights(alpha: Any, class_weight: Any, normalizer: Any) -> Weights:
    """The factors of both terms, each rounded once."""
    a = arguments.alpha(alpha)
    by_class = arguments.class_weight(class_weight, 2)
    divisor = arguments.normalizer(normalizer)
    one, zero = (1.0, 1.0) if a is None else (a, 1.0 - a)
    if by_class is None and divisor is None:
        return Weights(one, zero)
    exact_one, exact_zero = (Fraction(1),) * 2 if a is None else (Fraction(a), 1 - Fraction(a))
    if by_class is not None:
        exact_one *= Fraction(float(by_class[1]))
        exact_zero *= Fraction(float(by_class[0]))
    scale = Fraction(1) if divisor is None else Fraction(divisor)
    return Weights(_rounded(exact_one / scale), _rounded(exact_zero / scale))


def _rounded(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return np.inf


def _logit_terms(
    x: Array,
    y: Array,
    hard: bool,
    weights: Weights,
    gamma: float,
    rule: str,
    derivatives: int,
    scratch: Scratch,
) -> list[Array]:
    finite = np.clip(x, -_LARGEST, _LARGEST)
    ones, zeros = y * weights.one, (1.0 - y) * weights.zero
    if hard:
        sign = 1.0 - 2.0 * y
        values = focal_curve(sign * finite, gamma, derivatives, scratch)
        values[0][sign * x == np.inf] = np.inf
        values = _weighted(values, ones + zeros, weights, sign)
    else:
        up = focal_curve(finite, gamma, derivatives, scratch)
        down = focal_curve(-finite, gamma, derivatives, scratch)
        up[0][x == np.inf] = np.inf
        down[0][x == -np.inf] = np.inf
        up = _weighted(up, zeros, weights, 1.0)
        down = _weighted(down, ones, weights, -1.0)
        values = [a + b for a, b in zip(up, down, strict=True)]
        if rule != "two_term":
            at = prediction_from_logits(finite)
            values = _with_rule(values, rule, at, y, weights, gamma)
    return values


def _probability_terms(
    p: Array,
    y: Array,
    hard: bool,
    weights: Weights,
    gamma: float,
    rule: str,
    derivatives: int,
    scratch: Scratch,
) -> list[Array]:
    ones, zeros = y * weights.one, (1.0 - y) * weights.zero
    down = _weighted(probability_curve(p, 1.0 - p, -np.log(p), gamma), ones, weights, 1.0)
    up = _weighted(probability_curve(1.0 - p, p, -np.log1p(-p), gamma), zeros, weights, -1.0)
    values = [a + b for a, b in zip(up, down, strict=True)]
    if rule != "two_term" and not hard:
        values = _with_rule(values, rule, prediction_from_probabilities(p), y, weights, gamma)
        fractional = (y > 0.0) & (y < 1.0) & (ones + zeros > 0.0)
        values[1][fractional & (p == 0.0)] = -np.inf
        values[1][fractional & (p == 1.0)] = np.inf
    return values[: derivatives + 1]


def probability_curve(hit: Array, miss: Array, length: Array, gamma: float) -> list[Array]:
    """miss^gamma (-log hit) and its slope by hit, where miss = 1 - hit and length = -log hit."""
    power = np.power(miss, gamma)
    slope = 1.0 / hit
    if gamma > 0.0:
        # (-log hit) / miss tends to 1 where hit is 1
        slope = slope + gamma * np.where(miss > 0.0, length / miss, 1.0)
    return [power * length, -power * slope]


def _weighted(
    values: list[Array], weight: Array, weights: Weights, sign: Array | float
) -> list[Array]:
    """Weigh a curve and its derivatives; what has no weight is 0, even where the curve is inf."""
    slope_weight = weight * weights.derivative_scale
    weighted = [values[0] * weight]
    if len(values) > 1:
        weighted.append(values[1] * (slope_weight * sign))
    if len(values) > 2:
        weighted.append(values[2] * slope_weight)
    absent = weight == 0.0
    for value in weighted:
        value[absent] = 0.0
    return weighted


def _with_rule(
    values: list[Array],
    rule: str,
    at: Any,
    y: Array,
    weights: Weights,
    gamma: float,
) -> list[Array]:
    """Replace the values at fractional labels by those of a label rule."""
    loss, slope, curvature = fractional_loss(rule, at, y, (weights.one, weights.zero), gamma)
    scale = weights.derivative_scale
    ruled = [loss, slope * scale, curvature * scale]
    fractional = (y > 0.0) & (y < 1.0)
    return [np.where(fractional, new, old) for new, old in zip(ruled, values, strict=False)]
