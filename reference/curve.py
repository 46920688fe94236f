"""The one curve under every focal loss of logits: F(t) = s^gamma log(1 + e^t), s = 1 / (1 + e^-t).

A logit x contributes F(-x) for label 1 and F(x) for label 0; a position of a softmax contributes F
at the distance from its target's logit to the logsumexp of the others. With c = 1 - s and
L = log(1 + e^t),

    F   = s^g L
    F'  = s^g (g c L + s)
    F'' = s^g (g (g c - s) c L + (2 g + 1) s c)

This is the plain evaluation, whose rounding errors are a few units in the last place and grow
with gamma: for results that are rounded to a narrower format, and for gamma 0.
"""

import numpy as np

from focalspec.reference.blocks import Scratch
from focalspec.reference.elementary import constant, log1p, power
from focalspec.reference.formats import Array


def plain_curve(  # noqa: PLR0913, PLR0917 -- positions keep the inner call short
    e: Array,
    excess: Array | None,
    weight: Array,
    gamma: float | Array,
    derivatives: int,
    scratch: Scratch,
) -> list[Array]:
    """The weighted curve and as many derivatives as asked for, from e = e^t.

    ``excess`` is what t had beyond the range of the exponential, where F is nearly t. ``e`` is
    overwritten.
    """
    size, dtype = e.size, e.dtype
    length = log1p(e, scratch.array(size, dtype), scratch)
    if excess is not None:
        np.add(length, excess, length)
    c = np.add(e, constant(1.0, dtype), scratch.array(size, dtype))
    np.divide(constant(1.0, dtype), c, c)
    s = np.multiply(e, c, e)
    if excess is not None:
        np.multiply(c, np.exp(-excess), c)
    if isinstance(gamma, float) and gamma == 0.0:
        modulator = weight
    else:
        modulator = power(s, gamma, scratch.array(size, dtype))
        if weight.ndim or weight != 1.0:
            np.multiply(modulator, weight, modulator)
    results = []
    if derivatives >= 2:
        results.append(_curvature(s, c, length, gamma))
    if derivatives >= 1:
        np.multiply(c, length, c)
        np.multiply(c, _factor(gamma, dtype), c)
        results.append(np.add(c, s, c))
    results.append(length)
    for result in results:
        np.multiply(result, modulator, result)
    return results[::-1]


def _curvature(s: Array, c: Array, length: Array, gamma: float | Array) -> Array:
    bend: Array = gamma * (gamma * c - s) * (c * length) + (2.0 * gamma + 1.0) * (s * c)
    return bend


def _factor(gamma: float | Array, dtype: np.dtype) -> Array:
    return gamma if isinstance(gamma, np.ndarray) else constant(gamma, dtype)
