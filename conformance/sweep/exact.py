"""The exact values of an output, correctly rounded, for whole blocks of inputs.

Float64 values within a bound of the exact ones decide nearly all roundings: both ends of what the
exact value may be round alike. The rest are ties of a rational, which the sign of a sliver decides,
or are left to the enclosure.
"""

from typing import NamedTuple

import numpy as np

from focalspec.conformance.sweep.curve import BLOCK, Computed, Curve
from focalspec.conformance.sweep.inputs import Numbers, half, magnitudes, numbers, stretch
from focalspec.conformance.sweep.probability_curve import ProbabilityCurve
from focalspec.conformance.sweep.rounding import Values, round_into, rounded, spacing
from focalspec.conformance.sweep.settling import correctly_rounded
from focalspec.conformance.sweep.sigmoid_curve import SigmoidCurve
from focalspec.conformance.sweep_results import OUTPUTS, Configuration
from focalspec.golden.formats import FORMATS

LARGEST_OPEN = 100_000  # inputs of one block that the enclosure is asked for
_SAME = 2.0**-46  # values so near to each other, relatively, have the same error in ulp
_NOTHING = 2.0**-170  # nothing below it is told from 0 by any of the formats


class OpenError(ValueError):
    """More inputs at a rounding's boundary than the enclosure could settle in bearable time."""


class Truth(NamedTuple):
    """Exact values nearly (``value``), and correctly rounded; each an array or the one number.

    ``ties`` were decided by a sign, ``enclosed`` by the enclosure.
    """

    value: Values
    nearest: Numbers
    ties: int = 0
    enclosed: int = 0


class _Room:
    """The arrays of one output that are used from block to block."""

    def __init__(self) -> None:
        self.nearest, self.others = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32)
        self.shifted, self.differs = np.empty(BLOCK), np.empty(BLOCK, bool)


class Exact:
    """The exact outputs of one configuration."""

    def __init__(self, configuration: Configuration) -> None:
        """Finds the curve of the configuration."""
        self.configuration = configuration
        self.form = FORMATS[configuration.dtype]
        self.curve = _curve(configuration)
        self._levels: dict[int, dict[str, Truth]] = {}
        self._rooms = {name: _Room() for name in OUTPUTS}

    def level(self, place: int) -> dict[str, Truth]:
        """Those outputs that round to one number at all inputs of a bin, its ends included."""
        if place not in self._levels:
            self._levels[place] = self._level(place)
        return self._levels[place]

    def _level(self, place: int) -> dict[str, Truth]:
        if not self.curve.is_level(*magnitudes(self.form, place)):
            return {}
        size = 1 << (self.form.precision - 1)
        first = half(self.form) + place * size
        ends = numbers(self.form, stretch(self.form, first, 2, size - 1))
        truths = self.block(ends, OUTPUTS)
        return {name: _first(truth) for name, truth in truths.items() if _is_level(truth)}

    @np.errstate(all="ignore")  # exact values may be infinite
    def block(self, inputs: Numbers, outputs: tuple[str, ...]) -> dict[str, Truth]:
        """The outputs at inputs of one sign within a factor of two; valid until the next call."""
        computed = self.curve.values(inputs)
        values = {"loss": computed.loss, "gradient": computed.gradient}
        return {name: self._truth(name, inputs, values[name], computed) for name in outputs}

    def _truth(self, output: str, inputs: Numbers, value: Values, computed: Computed) -> Truth:
        room = self._rooms[output]
        nearest, others = (one[: value.size] for one in (room.nearest, room.others))
        shifted, differs = room.shifted[: value.size], room.differs[: value.size]
        np.multiply(value, 1.0 - computed.bound, out=shifted)
        round_into(self.form, shifted, nearest)
        np.multiply(value, 1.0 + computed.bound, out=shifted)
        round_into(self.form, shifted, others)
        if not np.not_equal(nearest, others, out=differs).any():
            return Truth(value, nearest)
        left = np.flatnonzero(differs)
        leant = self._by_sign(output, inputs[left], value[left], computed.bound)
        decided = ~np.isnan(leant)
        nearest[left[decided]] = leant[decided]
        enclosed = left[~decided]
        if enclosed.size > LARGEST_OPEN:
            raise OpenError(
                f"{self.configuration.name}: {output}: {enclosed.size} inputs from"
                f" {inputs[enclosed[0]]!r} on lie at a boundary of rounding: too many to settle"
            )
        if enclosed.size:
            where = [float(number) for number in inputs[enclosed]]
            nearest[enclosed] = correctly_rounded(self.configuration, output, where)
        return Truth(value, nearest, int(decided.sum()), int(enclosed.size))

    def _by_sign(self, output: str, inputs: Numbers, value: Values, bound: float) -> Values:
        """The roundings of ties that a sliver's sign decides; NaN elsewhere."""
        leaning = self.curve.leaning(output, inputs)
        if leaning is None:
            return np.full(inputs.size, np.nan)
        main, sliver = leaning
        step = spacing(self.form, main) / 2.0
        is_tie = np.abs(main - rounded(self.form, main)) == step
        is_near = np.abs(value - main) <= 2.0 * bound * np.abs(main)
        return np.where(is_tie & is_near & (sliver != 0.0), main + sliver * step, np.nan)


def _curve(configuration: Configuration) -> Curve:
    made: dict[str, type[SigmoidCurve] | type[ProbabilityCurve]] = {
        "sigmoid_focal_loss": SigmoidCurve,
        "binary_focal_loss": ProbabilityCurve,
    }
    kind = made[configuration.formula]
    return kind(configuration.label, configuration.alpha, configuration.gamma)


def _is_level(ends: Truth) -> bool:
    low, high = sorted(map(abs, ends.value.tolist()))
    alike = high - low <= _SAME * high or high < _NOTHING
    return alike and bool(ends.nearest[0] == ends.nearest[-1])


def _first(ends: Truth) -> Truth:
    return ends._replace(value=ends.value[:1].copy(), nearest=ends.nearest[:1].copy())
