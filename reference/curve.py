"""The one curve under every focal loss of logits: F(t) = s^gamma log(1 + e^t), s = 1 / (1 + e^-t).

A logit x contributes F(-x) for label 1 and F(x) for label 0; a position of a softmax contributes F
at the distance from its target's logit to the logsumexp of the others. With c = 1 - s and
L = log(1 + e^t),

    F   = s^g L
    F'  = s^g (g c L + s)
    F'' = s^g (g (g c - s) c L + (2 g + 1) s c)

Everything comes from e^-|t|, so that nothing is ever subtracted from one.
"""

import numpy as np
from focalspec.reference.blocks import Scratch
from focalspec.reference.formats import Array


def focal_curve(t: Array, gamma: float | Array, derivatives: int, scratch: Scratch) -> list[Array]:
    """F and as many derivatives as asked for, at finite t (or NaN); gamma may vary with t."""
    e = np.exp(-np.abs(t))
    d = 1.0 + e
    s = np.exp(np.minimum(t, 0.0)) / d
    c = np.exp(np.minimum(-t, 0.0)) / d
    length = np.maximum(t, 0.0) + np.log1p(e)
    power = np.power(s, gamma)
    results = [power * length]
    if derivatives >= 1:
        results.append(power * (gamma * c * length + s))
    if derivatives >= 2:
        bend = gamma * (gamma * c - s) * (c * length) + (2.0 * gamma + 1.0) * s * c
        results.append(power * bend)
    return results
