"""Relative condition numbers: how much a relative change of the first argument changes a result.

    of a loss L:             sum_i |x_i dL/dx_i| / |L|
    of a gradient entry g_k: sum_j |x_j dg_k/dx_j| / |g_k|

A few digits are enough: they widen tolerances. None where the result is 0 or infinite, or has no
derivative.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate

from focalspec.reference.oracle.categorical_row import CategoricalRow
from focalspec.reference.oracle.real import Real, mp
from focalspec.reference.oracle.softmax import sums_of_others
from focalspec.reference.oracle.softmax_row import SoftmaxRow


def condition_number(
    arguments: Iterable[float], derivatives: Iterable[Real | None], result: Real
) -> Real | None:
    """The condition number of a result with these derivatives by these arguments."""
    change = mp.zero
    for argument, derivative in zip(arguments, derivatives, strict=True):
        if derivative is None or mp.isinf(derivative):
            return None
        change += abs(argument * derivative)
    return quotient(change, result)


def quotient(change: Real, result: Real) -> Real | None:
    """The change relative to the result."""
    if not result or mp.isinf(result):
        return None
    return change / abs(result)


def softmax_gradient_changes(position: SoftmaxRow, logits: Sequence[float]) -> list[Real]:
    """Sum over j of |z_j H_kj| for each k, H the Hessian of the row's loss; O(C log C).

    Besides the diagonal, with f = u^gamma, g = gamma, e' = eps/C, c_k = p_k - t_k:

        H_yj = f [X r_j + g p_y e'],  X = g p_y (c_y - g p_y CE) + u (g p_y CE - g p_y - p_y)
        H_kj = f [X_k r_j - g p_y r_k e'],
               X_k = g p_y [g p_y r_k CE + c_k + r_k (u - (1 + u) CE)] - p_k u

    for j, k other than y and each other: a row is linear in r_j.
    """
    y, g = position.target, position.gamma
    u, p_y, entropy = position.p_others, position.p_target, position.cross_entropy
    spread = position.smoothing / position.classes
    shares = [mp.zero if k == y else position.share_of_others(k) for k in range(len(logits))]
    sizes = [abs(mp.mpf(z)) for z in logits]
    sizes_of_others = [mp.zero if k == y else size for k, size in enumerate(sizes)]
    linear = _SumOfLinear(shares, sizes_of_others)
    products = [position.product(k) for k in range(position.classes)]
    slopes = [product.entropy.slope.value for product in products]
    slope_by_target = g * p_y * (slopes[y] - g * p_y * entropy) + u * (
        g * p_y * entropy - g * p_y - p_y
    )
    changes = []
    for k, product in enumerate(products):
        diagonal = sizes[k] * abs(product.hessian.value)
        if k == y:
            others = linear.total(slope_by_target, g * p_y * spread)
        else:
            r, p_k = shares[k], shares[k] * u
            slope = g * p_y * (g * p_y * r * entropy + slopes[k] + r * (u - (1 + u) * entropy))
            slope -= p_k * u
            offset = -g * p_y * r * spread
            others = linear.total(slope, offset, without=k)
            others += sizes[y] * abs(slope_by_target * r + g * p_y * spread)
        changes.append(diagonal + others * position.modulation.value)
    return changes


class _SumOfLinear:
    """Sums of size_j |slope r_j + offset| over j, each in O(log C)."""

    def __init__(self, shares: Sequence[Real], sizes: Sequence[Real]) -> None:
        order = sorted(range(len(shares)), key=lambda j: shares[j])
        self.shares, self.sizes = shares, sizes
        self.sorted_shares = [shares[j] for j in order]
        self.size_below = list(accumulate((sizes[j] for j in order), initial=mp.zero))
        moments = (sizes[j] * shares[j] for j in order)
        self.moment_below = list(accumulate(moments, initial=mp.zero))
        self.moments_of_others = sums_of_others([a * b for a, b in zip(shares, sizes, strict=True)])

    def total(self, slope: Real, offset: Real, without: int | None = None) -> Real:
        """The sum over all j but one."""
        if not offset:
            moment = self.moment_below[-1] if without is None else self.moments_of_others[without]
            return abs(slope) * moment
        if not slope:
            return abs(offset) * (self.size_below[-1] - self._size(without))
        turn = bisect_left(self.sorted_shares, -offset / slope)
        moment = self.moment_below[-1] - 2 * self.moment_below[turn]
        size = self.size_below[-1] - 2 * self.size_below[turn]
        result = abs(slope * moment + offset * size)
        if without is not None:
            result -= self.sizes[without] * abs(slope * self.shares[without] + offset)
        return max(result, mp.zero)

    def _size(self, index: int | None) -> Real:
        return mp.zero if index is None else self.sizes[index]


def categorical_gradient_conditions(position: CategoricalRow) -> list[Real | None]:
    """The condition numbers of the gradient's entries, in closed form.

    With u = 1 - p_y, g = gamma and -dL/dp_y = u^g [t_y/p_y + g CE/u] =: u^g b:

        by p_y:           p_y [t_y/p_y^2 + 2 g t_y/(p_y u) + g (g - 1) CE/u^2] / b
        by every other k: g t_k/u / b
        of dL/dp_k:       1 (by p_k) + g p_y/u (by p_y)
    """
    y, g, u = position.target, position.gamma, position.u
    if not u or not all(
        p for k, p in enumerate(position.probabilities) if position.smoothed_target(k)
    ):
        return [None] * len(position.probabilities)
    p, t, entropy = position.probabilities[y], position.share_of_target, position.cross_entropy
    size = t / p + g * entropy / u
    by_target = abs(t / p + 2 * g * t / u + g * (g - 1) * p * entropy / u**2)
    by_others = (len(position.probabilities) - 1) * g * position.spread / u
    other = 1 + g * p / u if position.spread else None
    return [
        (by_target + by_others) / size if k == y else other
        for k in range(len(position.probabilities))
    ]
