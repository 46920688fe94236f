"""A prediction for two classes: the probabilities of both, and their logarithms, each accurate."""

from typing import NamedTuple

from focalspec.reference.oracle.exponential import exp
from focalspec.reference.oracle.precision import one_minus
from focalspec.reference.oracle.real import Real, mp


class Point(NamedTuple):
    """A prediction. No number here was made by subtracting rounded numbers."""

    logit: Real  # x = log(p / (1 - p)); may have an absolute error where p is what was given
    p: Real  # probability of class 1
    q: Real  # probability of class 0, 1 - p
    minus_log_p: Real
    minus_log_q: Real


def point_at_logit(logit: float) -> Point:
    """The sigmoid and its logarithms (SIG-2, SGM-1): p = 1 / (1 + exp(-x)).

    With e = exp(-|x|) the probability on the side of the logit is 1/(1 + e) and the other one is
    e/(1 + e); -log p = softplus(-x) = max(-x, 0) + log1p(e), -log(1 - p) = max(x, 0) + log1p(e).
    """
    x = mp.mpf(logit)
    e = exp(-abs(x))
    likely, unlikely = 1 / (1 + e), e / (1 + e)
    near = mp.log1p(e)
    far = abs(x) + near
    if x > 0:
        return Point(x, likely, unlikely, near, far)
    return Point(x, unlikely, likely, far, near)


def point_at_probability(probability: float) -> Point:
    """The same for a probability strictly between 0 and 1; 1 - p is exact."""
    p = mp.mpf(probability)
    q = one_minus(p)
    return Point(mp.log(p / q), p, q, -mp.log(p), -mp.log(q))
