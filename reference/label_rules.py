"""What implementations make of a label between 0 and 1, where they do not follow the two terms.

Each rule is modulator^gamma times a weighted cross entropy; the rules differ in the modulator.
They all agree on labels 0 and 1, where the curve's own formula is used instead.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from focalspec.reference.formats import Array


@dataclass(frozen=True)
class Prediction:
    """p, q = 1 - p and their negative logarithms, with derivatives by the argument of the loss."""

    p: Array
    q: Array
    p_slope: Array
    p_curvature: Array
    logit: Array
    logit_slope: Array
    log_p: Array  # -log p
    log_q: Array  # -log(1 - p)
    log_p_slope: Array
    log_q_slope: Array
    log_curvature: Array  # of both


@dataclass(frozen=True)
class Jet:
    """A value with its first and second derivative."""

    value: Array
    slope: Array
    curvature: Array


def prediction_from_logits(x: Array) -> Prediction:
    """The quantities of finite logits."""
    e = np.exp(-np.abs(x))
    p = np.exp(np.minimum(x, 0.0)) / (1.0 + e)
    q = np.exp(np.minimum(-x, 0.0)) / (1.0 + e)
    tail = np.log1p(e)
    return Prediction(
        p=p,
        q=q,
        p_slope=p * q,
        p_curvature=p * q * (q - p),
        logit=x,
        logit_slope=np.ones_like(x),
        log_p=np.maximum(-x, 0.0) + tail,
        log_q=np.maximum(x, 0.0) + tail,
        log_p_slope=-q,
        log_q_slope=p,
        log_curvature=p * q,
    )


def prediction_from_probabilities(p: Array) -> Prediction:
    """The quantities of probabilities; second derivatives are not offered for them."""
    q = 1.0 - p
    log_p, log_q = -np.log(p), -np.log1p(-p)
    none = np.zeros_like(p)
    return Prediction(
        p=p,
        q=q,
        p_slope=np.ones_like(p),
        p_curvature=none,
        logit=log_q - log_p,
        logit_slope=1.0 / p + 1.0 / q,
        log_p=log_p,
        log_q=log_q,
        log_p_slope=-1.0 / p,
        log_q_slope=1.0 / q,
        log_curvature=none,
    )


def fractional_loss(
    rule: str, at: Prediction, y: Array, weights: tuple[float, float], gamma: float
) -> list[Array]:
    """Loss, gradient and second derivative under a rule, for labels strictly between 0 and 1.

    ``weights`` are those of label 1 and of label 0.
    """
    modulator = _MODULATORS[rule](at, y)
    if rule == "nonzero":
        entropy = _cross_entropy(at, y * weights[0], (1.0 - y) * weights[1])
    else:
        both = y * weights[0] + (1.0 - y) * weights[1]
        entropy = _cross_entropy(at, y * both, (1.0 - y) * both)
    m = modulator.value
    power = np.power(m, gamma)
    # Where the modulator is 0 it touches 0, and its slope is 0 by symmetry.
    lower = np.where(m > 0.0, gamma * np.power(m, gamma - 1.0), 0.0)
    lowest = np.where(m > 0.0, gamma * (gamma - 1.0) * np.power(m, gamma - 2.0), 0.0)
    slope = lower * modulator.slope
    curvature = lowest * modulator.slope**2 + lower * modulator.curvature
    return [
        power * entropy.value,
        power * entropy.slope + slope * entropy.value,
        power * entropy.curvature + 2.0 * slope * entropy.slope + curvature * entropy.value,
    ]


def vanishing_order(rule: str, end: float, y: Array, gamma: float) -> Array:
    """The power of the distance to p = ``end`` by which the modulator vanishes there."""
    if rule == "margin":
        return gamma * np.maximum((1.0 - 2.0 * y) if end == 0.0 else (2.0 * y - 1.0), 0.0)
    return np.full(y.shape, gamma if rule == "nonzero" and end == 1.0 else 0.0)


def _cross_entropy(at: Prediction, ones: Array, zeros: Array) -> Jet:
    return Jet(
        ones * at.log_p + zeros * at.log_q,
        ones * at.log_p_slope + zeros * at.log_q_slope,
        (ones + zeros) * at.log_curvature,
    )


def _mixed(at: Prediction, y: Array) -> Jet:
    tilt = 1.0 - 2.0 * y
    return Jet(y * at.q + (1.0 - y) * at.p, tilt * at.p_slope, tilt * at.p_curvature)


def _exponential(at: Prediction, y: Array) -> Jet:
    entropy = _cross_entropy(at, y, 1.0 - y)
    right = np.exp(-entropy.value)
    return Jet(
        -np.expm1(-entropy.value),
        right * entropy.slope,
        right * (entropy.curvature - entropy.slope**2),
    )


def _margin(at: Prediction, y: Array) -> Jet:
    tilt = 1.0 - 2.0 * y
    u = tilt * at.logit
    e = np.exp(-np.abs(u))
    m = np.exp(np.minimum(u, 0.0)) / (1.0 + e)
    rest = np.exp(np.minimum(-u, 0.0)) / (1.0 + e)
    slope = tilt * m * rest * at.logit_slope
    return Jet(m, slope, tilt * slope * (rest - m))


def _distance(at: Prediction, y: Array) -> Jet:
    # y - p, written so that it keeps its digits when both are near 1
    gap = y * at.q - (1.0 - y) * at.p
    side = -np.sign(gap)
    return Jet(np.abs(gap), side * at.p_slope, side * at.p_curvature)


def _nonzero(at: Prediction, y: Array) -> Jet:
    # the labels here are strictly between 0 and 1, so never zero
    return Jet(at.q, -at.p_slope, -at.p_curvature)


_MODULATORS: dict[str, Callable[[Prediction, Array], Jet]] = {
    "mixed": _mixed,
    "exponential": _exponential,
    "margin": _margin,
    "distance": _distance,
    "nonzero": _nonzero,
}
