"""The categorical focal loss at one position: a row of C probabilities and its target class."""

from collections.abc import Sequence
from functools import cached_property

from focalspec.reference.oracle.errors import OracleError
from focalspec.reference.oracle.precision import one_minus
from focalspec.reference.oracle.real import Real, mp
from focalspec.reference.oracle.tracked import Tracked, power, signed


class CategoricalRow:
    """The categorical focal loss of probabilities p with the target class y (CAT-1, CAT-12).

        L = u^gamma CE,    u = 1 - p_y,    CE = sum_k t_k (-log p_k)
        t_k = (1 - eps) [k = y] + eps/C

    without the class weight; the row need not sum to one. Derivatives take each probability as
    free (CAT-22):

        dL/dp_k = -[u^gamma t_k/p_k + [k = y] gamma u^(gamma - 1) CE]

    A class with t_k = 0 has no part in it; p_k = 0 with t_k > 0 makes CE infinite; 0^0 = 1.
    """

    def __init__(
        self, probabilities: Sequence[float], target: int, gamma: float, label_smoothing: float
    ) -> None:
        self.target = target
        self.gamma = mp.mpf(gamma)
        self.probabilities = [mp.mpf(p) for p in probabilities]
        self.spread = mp.mpf(label_smoothing) / len(probabilities)  # eps/C
        self.share_of_target = one_minus(mp.mpf(label_smoothing)) + self.spread
        self.u = one_minus(self.probabilities[target])
        self.certain = not self.u and bool(self.gamma)  # the modulating factor is exactly 0

    @cached_property
    def modulation(self) -> Tracked:
        """The modulating factor u^gamma, where it is not 0."""
        return power(self.u, self.gamma)

    @cached_property
    def cross_entropy(self) -> Real:
        """CE, which may be infinite."""
        return mp.fsum(
            t * -mp.log(p) if p else mp.inf
            for k, p in enumerate(self.probabilities)
            if (t := self.smoothed_target(k))
        )

    def smoothed_target(self, k: int) -> Real:
        """t_k."""
        return self.share_of_target if k == self.target else self.spread

    def loss(self) -> Tracked:
        """L; 0 at p_y = 1 (CAT-26), infinite at p_y = 0 (CAT-27)."""
        if self.certain:
            self._refuse_zero_times_infinity()
            return signed(mp.zero)
        return self.modulation * self.cross_entropy

    def gradient(self, k: int) -> Tracked:
        """dL/dp_k; at p_y = 1 its limit from below."""
        share = self.smoothed_target(k)
        if not share:
            return signed(mp.zero)
        if self.certain:
            self._refuse_zero_times_infinity()
            return signed(self._slope_at_certainty() if k == self.target else mp.zero)
        pull = share / self.probabilities[k] if self.probabilities[k] else mp.inf
        if k == self.target and self.gamma:
            pull += self.gamma * self.cross_entropy / self.u
        return -(self.modulation * pull)

    def _slope_at_certainty(self) -> Real:
        """-gamma u^(gamma - 1) CE as u -> 0; without smoothing CE -> 0 like u."""
        if not self.cross_entropy or self.gamma > 1:
            return mp.zero
        return -mp.inf if self.gamma < 1 else -self.cross_entropy

    def _refuse_zero_times_infinity(self) -> None:
        if mp.isinf(self.cross_entropy):
            raise OracleError(
                "probabilities have 1 for the target and 0 for another class under label_smoothing:"
                " a modulating factor of 0 times an infinite cross entropy has no value (CAT-47)"
            )
