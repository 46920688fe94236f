"""The focal curve of a float64 logit, to within about 4 units in the last place.

Three roundings would be amplified by gamma: those of s, of its logarithm and of its power. So
log s = min(t, 0) - log(1 + e^-|t|) is kept in two parts, and what the exponential's argument lost
multiplies its result. The weight joins the exponent, where it costs no rounding either.
"""

import numpy as np

from focalspec.reference.blocks import Scratch
from focalspec.reference.compensated import added_parts, scaled_parts
from focalspec.reference.elementary import constant, log1p
from focalspec.reference.formats import Array
from focalspec.reference.weights import LogWeight

# Above this exponent the error of log(1 + e) itself is felt, and worth a second exponential.
_STEEP = 2.0

_ZERO = constant(0.0)
_HALF = constant(0.5)
_ONE = constant(1.0)
_LN2 = constant(float.fromhex("0x1.62e42fefa39efp-1"))
_LN2_LOST = constant(float.fromhex("0x1.abc9e3b39803fp-56"))


def sharp_curve(
    t: Array, log_weight: LogWeight | None, gamma: float, derivatives: int, scratch: Scratch
) -> list[Array]:
    """The weighted curve and as many derivatives as asked for.

    For gamma > 0 and |t| no infinity. ``t`` is overwritten, as is each array here that has served
    its purpose: what a block touches should stay in the cache.
    """
    size = t.size
    below = np.minimum(t, _ZERO, out=scratch.array(size))
    above = np.subtract(t, below, t)
    fall = np.exp(below, scratch.array(size))
    rise = np.negative(above, scratch.array(size))
    np.exp(rise, rise)
    e = np.multiply(fall, rise, scratch.array(size))
    tail, log_s, lost = _log_sigmoid(below, above, e, gamma > _STEEP, scratch)
    argument, lost = _argument(gamma, log_s, lost, log_weight, scratch)

    modulator = np.exp(argument, scratch.array(size))
    length = np.add(above, tail, scratch.array(size))
    loss = np.multiply(length, lost, scratch.array(size))
    np.add(loss, tail, loss)
    np.add(loss, above, loss)
    np.multiply(loss, modulator, loss)
    if derivatives == 0:
        return [loss]

    d = np.add(e, _ONE, above)
    if gamma > _STEEP:
        outer = _exponential(argument, lost, tail)
    else:
        outer = np.divide(modulator, d, modulator)
    bends = []
    if derivatives >= 2:
        bend = gamma * (gamma * rise - fall) * (rise * length) + (2.0 * gamma + 1.0) * e
        bends = [outer / d * (bend + bend * lost)]
    # What was lost joins the smaller summand, where its own rounding hurts least.
    slope = np.multiply(rise, constant(gamma), rise)
    np.multiply(slope, length, slope)
    whole = np.add(slope, fall, length)
    np.multiply(lost, whole, lost)
    np.add(fall, lost, fall)
    np.add(slope, fall, slope)
    np.multiply(slope, outer, slope)
    return [loss, slope, *bends]


def _log_sigmoid(
    below: Array, above: Array, e: Array, steep: bool, scratch: Scratch
) -> tuple[Array, Array, Array]:
    """log(1 + e), and below - log(1 + e) in two parts."""
    size = e.size
    if not steep:
        tail = log1p(e, scratch.array(size), scratch)
        log_s = np.subtract(below, tail, scratch.array(size))
        lost = np.subtract(below, log_s, below)
        return tail, log_s, np.subtract(lost, tail, lost)
    # Where e > 1/2, log(1 + e) = ln 2 + log(1 + (e - 1) / 2), and e - 1 is had without e's error.
    near = np.greater(e, _HALF, scratch.array(size), casting="unsafe")
    rest = np.negative(above, scratch.array(size))
    np.add(rest, below, rest)
    np.expm1(rest, rest)
    np.multiply(rest, _HALF, rest)
    np.copyto(rest, e, where=np.less_equal(e, _HALF))
    np.log1p(rest, rest)
    start = np.multiply(near, _LN2, scratch.array(size))
    np.multiply(near, _LN2_LOST, near)
    middle = np.subtract(below, start, scratch.array(size))
    log_s = np.subtract(middle, rest, scratch.array(size))
    lost = np.negative(start, scratch.array(size))
    np.subtract(lost, middle, lost)
    np.add(lost, below, lost)
    np.subtract(lost, near, lost)
    np.subtract(middle, log_s, middle)
    np.subtract(middle, rest, middle)
    np.add(lost, middle, lost)
    return np.add(start, rest, start), log_s, lost


def _argument(
    gamma: float, log_s: Array, lost: Array, log_weight: LogWeight | None, scratch: Scratch
) -> tuple[Array, Array]:
    """Gamma log s + log weight, and what its rounding lost."""
    argument, rounding = scaled_parts(gamma, log_s, scratch)
    np.multiply(lost, constant(gamma), lost)
    if rounding is not None:
        np.add(lost, rounding, lost)
    if log_weight is None:
        return argument, lost
    total = np.add(argument, log_weight.high, scratch.array(argument.size))
    if log_weight.large:  # the other one may be the smaller summand
        _, rounding = added_parts(argument, log_weight.high)
        np.add(lost, rounding, lost)
    else:
        np.subtract(argument, total, argument)
        np.add(argument, log_weight.high, argument)
        np.add(lost, argument, lost)
    return total, np.add(lost, log_weight.low, lost)


def _exponential(argument: Array, lost: Array, tail: Array) -> Array:
    """The modulator over 1 + e, from the exponent: e^(argument - log(1 + e))."""
    total = np.subtract(argument, tail)
    np.subtract(argument, total, argument)
    np.subtract(argument, tail, argument)
    np.add(lost, argument, lost)
    return np.exp(total, total)
