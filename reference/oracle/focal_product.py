"""The product that every focal loss is: a modulating factor m^gamma times a cross entropy E."""

from typing import NamedTuple

from focalspec.reference.oracle.real import Real, mp
from focalspec.reference.oracle.tracked import Tracked, minus_log, power


class Modulator(NamedTuple):
    """The base m of the modulating factor, a number in (0, 1) that depends on the logit x."""

    base: Tracked | Real
    complement: Real  # 1 - m, not made by subtraction
    slope: Tracked  # m'/m
    bend: Tracked  # m''/m


class Entropy(NamedTuple):
    """A cross entropy E, a non-negative number that depends on the logit x."""

    value: Real
    slope: Tracked  # dE/dx
    curvature: Real  # d2E/dx2


class FocalProduct:
    """f = m^gamma E and its derivatives, by the product rule.

    f'  = m^gamma [gamma (m'/m) E + E']
    f'' = m^gamma [gamma (gamma - 1) (m'/m)^2 E + gamma (m''/m) E + 2 gamma (m'/m) E' + E'']
    df/dgamma = m^gamma log(m) E
    """

    def __init__(
        self,
        modulator: Modulator,
        entropy: Entropy,
        gamma: Real,
        modulation: Tracked | None = None,
    ) -> None:
        self.modulator = modulator
        self.entropy = entropy
        self.gamma = gamma
        self._modulation = modulation

    @property
    def modulation(self) -> Tracked:
        """The modulating factor m^gamma, computed once where it was not given."""
        if self._modulation is None:
            self._modulation = power(self.modulator.base, self.gamma)
        return self._modulation

    @property
    def loss(self) -> Tracked:
        """The product f itself."""
        return self.modulation * self.entropy.value

    @property
    def gradient(self) -> Tracked:
        """The first derivative f'."""
        growth = self.modulator.slope * self.gamma
        return self.modulation * (growth * self.entropy.value + self.entropy.slope)

    @property
    def hessian(self) -> Tracked:
        """The second derivative f''."""
        slope, bend = self.modulator.slope, self.modulator.bend
        gamma, entropy = self.gamma, self.entropy
        square = slope * slope * (gamma * mp.fsub(gamma, 1, exact=True))
        return self.modulation * (
            (square + bend * gamma) * entropy.value
            + slope * entropy.slope * (2 * gamma)
            + entropy.curvature
        )

    @property
    def gamma_derivative(self) -> Tracked:
        """The derivative by gamma."""
        surprise = minus_log(self.modulator.base, self.modulator.complement)
        return -(self.modulation * surprise * self.entropy.value)
