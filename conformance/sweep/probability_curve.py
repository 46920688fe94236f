"""The binary focal loss of a hard label, on probabilities, in float64.

A probability p contributes w G(q, r), with q = p and r = 1 - p for label 1, turned round for 0:

    G  = r**gamma (-log q)        dG/dq = -(r**gamma / q + gamma r**(gamma - 1) (-log q))

All terms have one sign, and nothing cancels: the logarithms of p and of 1 - p are log(p) and
log1p(-p), p being exact.

The bound. Let log, log1p and exp be right to 2 ulp, 4 units of 2**-53; every other operation to 1.
Then, in units: -log q 4, log r 4, gamma log r 5 relatively, so r**gamma 4 + 5 gamma |log r|; r 1,
r**gamma / q with q 1: 6 and as much, gamma r**(gamma - 1) (-log q) with r 1: 12 and as much, their
sum one more, the weight 2. That is at most 16 + 5 gamma |log r|.
"""

from collections.abc import Mapping

import numpy as np

from focalspec.conformance.sweep.curve import (
    UNIT,
    Computed,
    Leaning,
    buffers,
    class_weight,
    is_short,
)
from focalspec.conformance.sweep.inputs import Numbers
from focalspec.conformance.sweep.rounding import Values

_NEAR = 2.0**-40  # below it the rest of the series of label 0 is a sliver


class ProbabilityCurve:
    """Loss and gradient of probabilities at one label, alpha and gamma."""

    def __init__(self, label: int, alpha: float | None, gamma: float) -> None:
        """Keeps the parameters; ``directions`` says which outputs rise (1) or fall (-1)."""
        weight = class_weight(label, alpha)
        self.label = label
        self.gamma = gamma
        self.weight = float(weight)
        self._leans = is_short(weight)
        self._buffers = buffers(5)
        sign = -1 if label else 1
        self.directions: Mapping[str, int] = {"loss": sign, "gradient": 0 if gamma else 1}

    @np.errstate(all="ignore")  # infinities and underflow are meant
    def values(self, inputs: Numbers) -> Computed:
        """Loss and gradient at probabilities within a factor of two, or at 0 and subnormals."""
        p, loss, gradient, rest, log_rest = (buffer[: inputs.size] for buffer in self._buffers)
        np.copyto(p, np.abs(inputs))  # -0 is 0
        weight = self.weight
        if not weight:
            loss.fill(0.0)
            gradient.fill(0.0)
            return Computed(loss, gradient, 0.0)
        np.subtract(1.0, p, out=rest)
        if self.label:
            surprise = -np.log(p)
            np.log1p(-p, out=log_rest)
            near, far = p, rest
        else:
            surprise = -np.log1p(-p)
            np.log(p, out=log_rest)
            near, far = rest, p
        modulator = self._power(log_rest, far, self.gamma)
        np.multiply(weight * modulator, surprise, out=loss)
        slope = weight * modulator / near
        if self.gamma:
            steeper = weight * self.gamma * self._power(log_rest, far, self.gamma - 1.0)
            slope += np.where(surprise == 0.0, 0.0, steeper * surprise)
        np.multiply(slope, -1.0 if self.label else 1.0, out=gradient)
        np.copyto(loss, 0.0, where=surprise == 0.0)
        deepest = self.gamma * float(np.max(-log_rest, where=np.isfinite(log_rest), initial=0.0))
        return Computed(loss, gradient, (16 + 5 * deepest) * UNIT)

    @staticmethod
    def _power(log_base: Values, base: Values, exponent: float) -> Values:
        """base**exponent; 1 for the exponent 0, and for the exponent 1 the base itself."""
        if exponent in (0.0, 1.0):
            return base if exponent else np.ones(base.size)
        return np.exp(exponent * log_base)

    def leaning(self, output: str, inputs: Numbers) -> Leaning | None:
        """For label 0 near 0: the loss of gamma 0 is w p (1 + p / 2 + ...) from above.

        So is the gradient of gamma 1: 2 w p (1 + 3 p / 4 + ...). None elsewhere.
        """
        factor = {("loss", 0.0): 1.0, ("gradient", 1.0): 2.0}.get((output, self.gamma))
        if self.label or factor is None or not self._leans or inputs.max() > _NEAR:
            return None
        main = inputs * np.float64(factor * self.weight)
        return Leaning(main, np.ones(inputs.size))

    def is_level(self, low: float, high: float) -> bool:
        """Nowhere: every output is a power or a logarithm of what is small."""
        return False
