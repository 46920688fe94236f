"""The sigmoid focal loss of a hard label in float64, in the logarithmic domain.

A logit x contributes w F(t), with t = -x for label 1 and t = x for label 0:

    F(t)  = exp(-gamma A) B           A = log(1 + exp(-t)), B = log(1 + exp(t))
    F'(t) = exp(-gamma A) (gamma c B + s)        s = exp(-A), c = exp(-B)

With u = exp(-|t|), one of A and B is log1p(u) and the other |t| + log1p(u), one of s and c is
1 / (1 + u) and the other u / (1 + u). All terms are positive, and nothing cancels.

The bound. t is exact. Let exp and log1p be right to 2 ulp, 4 units of 2**-53; every other
operation is right to 1 unit. Then, in units: u 4, log1p(u) 8, A and B 9, gamma A 10 relatively, so
exp(-gamma A) 4 + 10 gamma A; 1 / (1 + u) 4, u / (1 + u) 9; gamma c B 20, the sum with s 21; the
weight 1, where it is no float64. That makes 16 + 10 gamma A for the loss and 28 + 10 gamma A for
the gradient.
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

FAR = 64.0  # from here on F is t and F' is 1, within 2**-80
_SPLIT = 16.0  # from here on F is t and a sliver
_LARGEST_GAMMA = 64.0  # up to which the sign of the sliver is that of its first term
_MARGIN = 0.1


class SigmoidCurve:
    """Loss and gradient of logits at one label, alpha and gamma."""

    def __init__(self, label: int, alpha: float | None, gamma: float) -> None:
        """Keeps the parameters; ``directions`` says which outputs rise (1) or fall (-1)."""
        weight = class_weight(label, alpha)
        self.gamma = gamma
        self.weight = float(weight)
        self.sign = -1.0 if label else 1.0
        self._leans = is_short(weight) and gamma <= _LARGEST_GAMMA
        self._buffers = buffers(6)
        self.directions: Mapping[str, int] = {
            "loss": int(self.sign),
            "gradient": 0 if gamma else 1,
        }

    @np.errstate(all="ignore")  # infinities and underflow are meant
    def values(self, inputs: Numbers) -> Computed:
        """Loss and gradient at logits of one sign, within a factor of two; and their bound."""
        t, loss, gradient, *room = (buffer[: inputs.size] for buffer in self._buffers)
        np.copyto(t, inputs)
        np.abs(t, out=t)
        nearest, farthest = sorted((float(t[0]), float(t[-1])))
        positive = max(inputs[0] * self.sign, inputs[-1] * self.sign) > 0
        if positive and nearest >= FAR:
            np.multiply(t, self.weight, out=loss)
            gradient.fill(self.weight * self.sign)
            return Computed(loss, gradient, 28 * UNIT)
        self._curve(t, positive, loss, gradient, room)
        np.multiply(loss, self.weight, out=loss)
        np.multiply(gradient, self.weight * self.sign, out=gradient)
        longest = 1.0 if positive else farthest + 1.0
        return Computed(loss, gradient, (28 + 10 * self.gamma * longest) * UNIT)

    def _curve(
        self, size: Values, positive: bool, loss: Values, gradient: Values, room: list[Values]
    ) -> None:
        """F and F' of ``size``, or of -``size``; ``size`` is overwritten."""
        u, length, share = room
        np.exp(np.negative(size, out=u), out=u)
        np.log1p(u, out=length)
        np.add(size, length, out=size)  # of A and B, this is the longer one
        longer, shorter = size, length
        np.divide(1.0, np.add(u, 1.0, out=share), out=share)
        np.multiply(u, share, out=u)
        s, c = (share, u) if positive else (u, share)
        a, b = (shorter, longer) if positive else (longer, shorter)
        if not self.gamma:
            np.copyto(loss, b)
            np.copyto(gradient, s)
            return
        np.multiply(c, b, out=c)
        np.multiply(c, self.gamma, out=c)
        np.add(c, s, out=gradient)
        modulator = np.exp(np.multiply(a, -self.gamma, out=a), out=a)
        np.multiply(modulator, b, out=loss)
        np.multiply(modulator, gradient, out=gradient)

    def leaning(self, output: str, inputs: Numbers) -> Leaning | None:
        """The value as w t (or w) and a sliver: F - t is about (1 - gamma t) exp(-t).

        F' - 1 is about (gamma (t - 1) - 1) exp(-t). None where no such split is known.
        """
        t = inputs.astype(np.float64) * self.sign
        if not self._leans or not t.size or t.min() < _SPLIT:
            return None
        if output == "loss":
            return Leaning(t * self.weight, _sign(1.0 - self.gamma * t))
        main = np.full(t.size, self.weight * self.sign)
        return Leaning(main, self.sign * _sign(self.gamma * (t - 1.0) - 1.0))

    def is_level(self, low: float, high: float) -> bool:
        """Near 0 and far from it; there F'' has one sign, so F' is monotone like F."""
        return high <= 2.0**-40 or low >= 256.0


def _sign(first_term: Values) -> Values:
    """The sign of a sliver, 0 where its first term is too small to decide it."""
    return np.where(np.abs(first_term) > _MARGIN, np.sign(first_term), 0.0)
