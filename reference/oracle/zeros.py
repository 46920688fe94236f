"""Which derivatives of the binary focal loss are exactly zero: decided by exact arithmetic.

A value that is exactly zero never settles at any precision. Where p is rational (a given
probability, or the logit 0 where p = 1/2), every derivative is a sum r + s log p + t log q with
algebraic r, s, t. By Baker's theorem it vanishes only if all of it does: log p and log q are
linearly dependent over the rationals only at p = q = 1/2 (p and q = 1 - p are coprime dyadic
fractions), and a non-zero combination of logarithms is transcendental. That leaves the conditions
below. At any other logit p is transcendental (Lindemann); for gamma = 0 nothing vanishes there, and
for other gamma nothing is known to; if it did, ``precision.settle`` would say so.
"""

from fractions import Fraction

HALF = Fraction(1, 2)


def gradient_is_zero(
    p: Fraction, label: Fraction, weights: tuple[Fraction, Fraction], gamma: float, rule: str
) -> bool:
    """Whether the first derivative at a rational probability is exactly zero.

    ``weights`` are those of the two terms, y w1 and (1 - y) w0; rule ``distance`` at p = y is not
    decided here.
    """
    positive, negative = weights
    if rule == "exponential":
        # f' is (p - y) times a positive number
        return p == label
    if rule in ("mixed", "margin"):
        # gamma l E + (p - y), where l is a multiple of 1 - 2y
        return p == label and (gamma == 0 or label == HALF)
    if rule == "distance":
        # gamma p q E + (p - y)^2 is positive
        return False
    if gamma == 0:
        return negative * p == positive * (1 - p)
    # two terms with logarithms; under nonzero both have coefficients of the same sign
    return rule == "two_term" and p == HALF and positive == negative


def hessian_is_zero_at_half(weights: tuple[Fraction, Fraction], gamma: float, rule: str) -> bool:
    """Whether the second derivative at the logit 0 is exactly zero.

    With L = log 2 it is a positive number times, for one term of two_term,

        (gamma^2 - gamma) L/4 + gamma/2 + 1/4,

    for mixed, margin and distance, with k = 1/2 - y, a multiple of L that has the factor
    gamma (gamma - 1), plus 2 gamma k^2 + 1/4 or 2 gamma/4 + 1/4; for exponential a multiple of L
    plus 2 gamma k^2 + 1/4: none can be zero, the part without L being positive. For nonzero it is

        (gamma^2 - gamma) (a + b) L/4 + gamma (a - b)/2 + (a + b)/4

    with a = y w1, b = (1 - y) w0, which is zero for gamma = 1 and b = 3a.
    """
    positive, negative = weights
    return rule == "nonzero" and gamma == 1 and negative == 3 * positive
