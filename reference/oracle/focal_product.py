"""The product that every focal loss is: a modulating factor m^gamma times a cross entropy E."""

from typing import NamedTuple

from focalspec.reference.oracle.real import Real
from focalspec.reference.oracle.tracked import Tracked, minus_log, power


class Modulator(NamedTuple):
    """The base m of the modulating factor, a number in (0, 1) that depends on the logit x."""

    base: Tracked | Real
    complement: Real  # 1 - m, not made by subtraction
    slope: Tracked  # d log(m) / dx
    curvature: Tracked  # d2 log(m) / dx2


class Entropy(NamedTuple):
    """A cross entropy E, a non-negative number that depends on the logit x."""

    value: Real
    slope: Tracked  # dE/dx
    curvature: Real  # d2E/dx2


class FocalProduct:
    """f = m^gamma E and its derivatives, by the product rule.

    With l = d log(m)/dx, so that d m^gamma/dx = gamma l m^gamma:

        f'  = m^gamma [gamma l E + E']
        f'' = m^gamma [(gamma l)^2 E + gamma l' E + 2 gamma l E' + E'']
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
        growth = self.modulator.slope * self.gamma
        bend = self.modulator.curvature * self.gamma
        entropy = self.entropy
        return self.modulation * (
            (growth * growth + bend) * entropy.value
            + growth * entropy.slope * 2
            + entropy.curvature
        )

    @property
    def gamma_derivative(self) -> Tracked:
        """The derivative by gamma."""
        surprise = minus_log(self.modulator.base, self.modulator.complement)
        return -(self.modulation * surprise * self.entropy.value)
