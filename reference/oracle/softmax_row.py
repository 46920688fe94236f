"""The softmax focal loss at one position: a row of C logits and its target class."""

from collections.abc import Sequence
from functools import cached_property

from focalspec.reference.oracle.focal_product import Entropy, FocalProduct, Modulator
from focalspec.reference.oracle.precision import one_minus
from focalspec.reference.oracle.real import Real, mp
from focalspec.reference.oracle.softmax import Softmax
from focalspec.reference.oracle.tracked import Tracked, difference, power, signed


class SoftmaxRow:
    """The softmax focal loss of logits z with the target class y (SOF-1, SOF-8).

        L = u^gamma CE,    u = 1 - p_y,    p = softmax(z)
        CE = (1 - eps) (-log p_y) + (eps/C) sum_k (-log p_k)

    without the class weight, and its derivatives by each logit (SOF-25, SOF-26).
    """

    def __init__(
        self, logits: Sequence[float], target: int, gamma: float, label_smoothing: float
    ) -> None:
        self.softmax = Softmax(logits)
        self.classes = len(logits)
        self.target = target
        self.gamma = mp.mpf(gamma)
        self.smoothing = mp.mpf(label_smoothing)
        self.p_target = self.softmax.probability(target)
        self.p_others = self.softmax.complement(target)

    @cached_property
    def modulation(self) -> Tracked:
        """The modulating factor u^gamma."""
        return power(self.p_others, self.gamma)

    @cached_property
    def cross_entropy(self) -> Real:
        """CE, a sum of non-negative numbers."""
        surprise = self.softmax.surprise(self.target)
        if not self.smoothing:
            return surprise
        spread = self.softmax.mean_surprise()
        return one_minus(self.smoothing) * surprise + self.smoothing * spread

    def share_of_others(self, k: int) -> Real:
        """The share r_k = p_k/u of a class but the target in what the target has not."""
        return self.softmax.exponentials[k] / self.softmax.others[self.target]

    def loss(self) -> Tracked:
        """L."""
        return self.modulation * self.cross_entropy

    def product(self, k: int) -> FocalProduct:
        """The loss with its derivatives by logit k.

        For k = y:    u'/u = -p_y,     u''/u = p_y (p_y - u)
        otherwise:    u'/u = p_y r_k,  u''/u = p_y r_k (1 - 2 p_k),  r_k = p_k/u

        CE' = p_k - t_k with the smoothed target t_k = (1 - eps) [k = y] + eps/C; for k = y that is
        eps (1 - 1/C) - u. CE'' = p_k (1 - p_k).
        """
        p_k, q_k = self.softmax.probability(k), self.softmax.complement(k)
        u, p_y = self.p_others, self.p_target
        if k == self.target:
            slope, bend = signed(-p_y), difference(p_y, u) * p_y
            entropy_slope = difference(self.smoothing * (self.classes - 1) / self.classes, u)
        else:
            slope = signed(p_y * self.share_of_others(k))
            bend = slope * difference(q_k, p_k)
            entropy_slope = difference(p_k, self.smoothing / self.classes)
        modulator = Modulator(u, p_y, slope, bend)
        entropy = Entropy(self.cross_entropy, entropy_slope, p_k * q_k)
        return FocalProduct(modulator, entropy, self.gamma, self.modulation)
