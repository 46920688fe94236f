"""Upper bounds of a focal loss's second derivative, by which a difference quotient is judged."""

from math import e, log


def of_sigmoid(gamma: float) -> float:
    """A bound of |d2L/dx2| for a hard label of weight 1.

    SIG-20 is p q^g [(2g + 1) q + g B (g p - q)] with p, q in [0, 1], p B = -p log p <= 1/e and
    |g p - q| <= max(g, 1).
    """
    return 2 * gamma + 1 + gamma * max(gamma, 1.0) / e


def of_softmax(gamma: float) -> float:
    """A bound of |d2L/dz_k2| for a weight of 1, without smoothing.

    The terms of SOF-26 with |delta_k - p_k| <= u, p_k <= u for k != y, and p_y CE <= 1/e: at most
    1/4, 2g, and g (|g - 1| + 1) / e.
    """
    return 0.25 + 2 * gamma + gamma * (abs(gamma - 1) + 1) / e


def of_probability(gamma: float, low: float, high: float) -> float:
    """A bound of |d2L/dp2| of -(1 - p)^g log p for p in [low, high], inside (0, 1).

    It is g (g - 1) (1 - p)^(g - 2) (-log p) + 2g (1 - p)^(g - 1) / p + (1 - p)^g / p^2, and each
    power is monotone, so that one of the two ends bounds it.
    """

    def power(exponent: float) -> float:
        return max(float((1 - low) ** exponent), float((1 - high) ** exponent))

    return (
        gamma * abs(gamma - 1) * power(gamma - 2) * -log(low)
        + 2 * gamma * power(gamma - 1) / low
        + power(gamma) / low**2
    )
