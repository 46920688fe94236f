"""The focal curve at every position of a softmax, from v = the others' sum over the target's e^z.

v is e^t of the curve. Where results are not rounded further, the relative error of v is known, and
so is what each division and addition here loses: both are put right to first order.
"""

from dataclasses import dataclass

import numpy as np

from focalspec.reference.compensated import divided_parts
from focalspec.reference.elementary import power
from focalspec.reference.formats import Array


@dataclass(frozen=True)
class RatioCurve:
    """p_y = c, 1 - p_y = s, -log p_y = length and s^gamma = modulator, of every position."""

    s: Array
    c: Array
    length: Array
    modulator: Array
    gamma: float | Array


def ratio_curve(
    v: Array, error: Array | None, excess: Array | None, gamma: float | Array
) -> RatioCurve:
    """The quantities at v (1 + error); ``excess`` adds to log v, where v has been capped."""
    length = np.log1p(v)
    if error is None:
        c = 1.0 / (1.0 + v)
        s = v * c
        modulator = power(s, gamma, np.empty_like(v))
    else:
        larger, smaller = np.maximum(v, 1.0), np.minimum(v, 1.0)
        d = larger + smaller
        lost = ((larger - d) + smaller) / d
        c = 1.0 / d
        s, remainder = divided_parts(v, d)
        correction = error * c - lost + remainder
        length += s * error
        modulator = power(s, gamma, np.empty_like(v))
        modulator += modulator * (gamma * correction)
        s += s * correction
    if excess is not None:
        length += excess
        c *= np.exp(-excess)
    return RatioCurve(s, c, length, modulator, gamma)
