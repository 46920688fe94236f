"""The softmax of one row of logits, with its logarithms and complements, each accurate."""

from collections.abc import Sequence
from itertools import accumulate

from focalspec.reference.oracle.exponential import exp
from focalspec.reference.oracle.real import Real, mp


def sums_of_others(numbers: Sequence[Real]) -> list[Real]:
    """For each number the sum of all others, without subtracting: prefix sum plus suffix sum."""
    before = accumulate(numbers, initial=mp.zero)
    after = list(accumulate(reversed(numbers), initial=mp.zero))
    return [prefix + suffix for prefix, suffix in zip(before, reversed(after[:-1]), strict=False)]


class Softmax:
    """Probabilities p_k = exp(z_k) / sum_j exp(z_j) (SOF-2, SMX-1).

    With e_k = exp(z_k - max z), the difference exact, and S = sum e_k:

        p_k = e_k/S,    1 - p_k = (sum of the other e)/S,    -log p_k = (max z - z_k) + log S

    and log S = log1p(sum of the e but the largest): nothing rounded is subtracted.
    """

    def __init__(self, logits: Sequence[float]) -> None:
        self.classes = len(logits)
        leader = max(range(self.classes), key=lambda k: logits[k])
        self.behind = [mp.fsub(logits[leader], z, exact=True) for z in logits]
        self.exponentials = [exp(-gap) for gap in self.behind]
        self.others = sums_of_others(self.exponentials)
        self.total = 1 + self.others[leader]
        self.log_total = mp.log1p(self.others[leader])

    def probability(self, k: int) -> Real:
        """The probability p_k."""
        return self.exponentials[k] / self.total

    def complement(self, k: int) -> Real:
        """The probability 1 - p_k of all other classes."""
        return self.others[k] / self.total

    def surprise(self, k: int) -> Real:
        """The logarithm -log p_k."""
        return self.behind[k] + self.log_total

    def mean_surprise(self) -> Real:
        """The mean of -log p_k over the classes."""
        return mp.fsum(self.behind) / self.classes + self.log_total
