"""What the exact values of a formula are computed by, in float64, with a bound of the error."""

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple, Protocol

import numpy as np

from focalspec.conformance.sweep.inputs import Numbers
from focalspec.conformance.sweep.rounding import Values

UNIT = 2.0**-53  # a float64 operation is within so much of its exact result, relatively
BLOCK = 32_768  # inputs at once, so that what they need stays in the processor's cache


class Computed(NamedTuple):
    """Loss and gradient, each within ``bound`` of the exact value, relatively."""

    loss: Values
    gradient: Values
    bound: float


class Leaning(NamedTuple):
    """Where the exact value is ``main`` (exactly) and a sliver with the signs ``sliver``.

    Sign 0 is unknown.
    """

    main: Values
    sliver: Values


class Curve(Protocol):
    """Loss and gradient of one input, at one label, alpha and gamma."""

    directions: Mapping[str, int]  # 1 where an output rises with the input, -1 where it falls

    def values(self, inputs: Numbers) -> Computed:
        """Both at inputs of one sign, all within a factor of two; valid until the next call."""

    def leaning(self, output: str, inputs: Numbers) -> Leaning | None:
        """The rational part and the sign of the rest, where float64 cannot tell them apart."""

    def is_level(self, low: float, high: float) -> bool:
        """Whether the outputs may be constant for magnitudes from ``low`` to ``high``.

        There they are monotone, also where they are not so everywhere.
        """


def class_weight(label: int, alpha: float | None) -> Fraction:
    """What the loss of a hard label is multiplied by."""
    if alpha is None:
        return Fraction(1)
    return Fraction(alpha) if label else 1 - Fraction(alpha)


def is_short(weight: Fraction) -> bool:
    """Whether a weight times a float32 is a float64, with room for the sliver beside it."""
    odd = weight.numerator
    while odd and odd % 2 == 0:
        odd //= 2
    return odd.bit_length() <= 16 and float(weight) == weight


def buffers(count: int) -> list[Values]:
    """Room for the arrays of one block."""
    return [np.empty(BLOCK) for _ in range(count)]
