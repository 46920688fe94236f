"""Compares returned numbers with golden values, each kind of number by its name.

Ordinary numbers are held against the tolerance. NaN never equals a number; a zero of either sign is
zero; an infinity stands for a finite value only where the tolerance reaches the format's end; and a
zero stands for a subnormal number (flush to zero), which is said beside the verdict.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from focalspec.conformance.tolerances import Tolerance, allowance
from focalspec.conformance.ulp import LARGEST_ERROR, Floats, Mask, remainder, spacing
from focalspec.golden import Expected
from focalspec.golden.formats import FORMATS, Format

FLUSHED = "flushed to zero"
OTHER_ZERO = "zero of the other sign"
NOT_QUITE_ZERO = "not exactly zero"
OVERFLOWED = "overflowed within the tolerance"
DIGITS = 18  # of an expected value in a message


@dataclass(frozen=True)
class Worst:
    """The element of an output that decided its verdict, or that is farthest off."""

    index: tuple[int, ...]
    expected: str  # up to 40 digits
    nearest: float  # the exact value rounded to the format
    found: float
    error_ulp: float | None
    condition: float | None
    allowed: float  # the largest absolute error that the tolerance allows


class Miss(NamedTuple):
    """An element beyond the tolerance: what a wider one would have to allow, and at what size."""

    size: float  # of the exact value
    distance: float


@dataclass(frozen=True)
class Comparison:
    """What comes of comparing; ``message`` says what was expected and found where it fails.

    ``misses`` are the elements that would decide whether a wider tolerance holds; None where none
    can, because what was found is not a number, or infinite where it should not be.
    """

    passes: bool
    message: str
    notes: tuple[str, ...]
    worst: Worst | None
    misses: tuple[Miss, ...] | None = ()


@dataclass(frozen=True)
class Exact:
    """The golden values of one output: ``high + low``, as far as two float64 hold them."""

    decimals: tuple[str, ...]
    high: Floats
    low: Floats
    condition: Floats  # NaN where there is none
    has_zero: bool


@dataclass(frozen=True)
class Target:
    """Golden values as one format and tolerance see them; ``nearest`` is their rounding."""

    form: Format
    shape: tuple[int, ...]
    exact: Exact
    nearest: Floats
    unit: Floats  # one ulp
    allowed: Floats  # negative where no finite number will do


def exact(expected: Expected) -> Exact:
    """The golden values of one output, whatever the format."""
    rows = expected.rows
    high = np.array([row.float64 for row in rows], dtype=np.float64)
    low = [remainder(row.decimal, row.float64) for row in rows]
    condition = [np.nan if row.condition is None else row.condition for row in rows]
    return Exact(
        decimals=tuple(row.decimal for row in rows),
        high=high,
        low=np.array(low, dtype=np.float64),
        condition=np.array(condition, dtype=np.float64),
        has_zero=bool((high == 0).any()),
    )


def target(expected: Expected, values: Exact, dtype: str, tolerance: Tolerance) -> Target:
    """The golden values of one output, prepared for comparison."""
    form = FORMATS[dtype]
    allowed = allowance(tolerance, form, values.high, values.condition)
    return Target(
        form=form,
        shape=expected.shape,
        exact=values,
        nearest=np.array([getattr(row, dtype) for row in expected.rows], dtype=np.float64),
        unit=spacing(values.high, form),
        allowed=np.where(np.isfinite(values.high), np.minimum(allowed, LARGEST_ERROR), -1.0),
    )


def compare(name: str, expected: Target, found: Floats) -> Comparison:
    """Compares numbers of the right shape; ``name`` is that of the output."""
    with np.errstate(all="ignore"):
        distance = np.abs((found - expected.exact.high) - expected.exact.low)
        errors = np.minimum(distance / expected.unit, LARGEST_ERROR)
    within = (distance <= expected.allowed) | (found == expected.nearest)
    errors[~np.isfinite(distance)] = np.nan
    notes = []
    if expected.exact.has_zero:
        notes += _zeros(expected, found, within, errors)
    if within.all():
        return Comparison(True, "", tuple(notes), _worst(expected, found, errors))
    flushed, overflowed = _flushed(expected, found), _overflowed(expected, found)
    excused = ~within & (flushed | overflowed)
    errors[excused] = np.nan
    notes += [FLUSHED] if (excused & flushed).any() else []
    notes += [OVERFLOWED] if (excused & overflowed).any() else []
    failing = np.flatnonzero(~(within | excused))
    if not failing.size:
        return Comparison(True, "", tuple(notes), _worst(expected, found, errors))
    # what is not even a number is worse than any distance
    severity = np.where(np.isnan(errors[failing]), np.inf, errors[failing])
    worst = _element(expected, found, errors, int(failing[np.argmax(severity)]))
    message = describe(name, worst, failing.size, found.size)
    misses = _misses(np.abs(expected.exact.high[failing]), distance[failing])
    return Comparison(False, message, tuple(notes), worst, misses)


def _misses(sizes: Floats, distances: Floats) -> tuple[Miss, ...] | None:
    """Those of the elements that are farther off than every smaller one.

    A tolerance of an absolute and a relative part grows with the size of the value, so that the
    others lie within it as soon as these do.
    """
    if not np.isfinite(distances).all():
        return None
    found: list[Miss] = []
    for position in np.lexsort((-distances, sizes)):
        miss = Miss(float(sizes[position]), float(distances[position]))
        if not found or miss.distance > found[-1].distance:
            found.append(miss)
    return tuple(found)


def _zeros(expected: Target, found: Floats, within: Mask, errors: Floats) -> list[str]:
    """What is to be noted of exact zeros; their errors have no unit, and are taken out."""
    zero = expected.exact.high == 0
    other_sign = (found == 0) & (expected.nearest == 0)
    other_sign &= np.signbit(found) != np.signbit(expected.nearest)
    not_quite = zero & (found != 0)
    errors[not_quite] = np.nan
    notes = [NOT_QUITE_ZERO] if (not_quite & within).any() else []
    return notes + ([OTHER_ZERO] if other_sign.any() else [])


def _flushed(expected: Target, found: Floats) -> Mask:
    size = np.abs(expected.nearest)
    flushed: Mask = (found == 0) & (size > 0) & (size < expected.form.smallest_normal)
    return flushed


def _overflowed(expected: Target, found: Floats) -> Mask:
    with np.errstate(over="ignore"):
        reach = np.abs(expected.exact.high) + expected.allowed + expected.unit
    same_sign = np.signbit(found) == np.signbit(expected.exact.high)
    near_the_end = np.isfinite(expected.nearest) & (reach > expected.form.largest)
    overflowed: Mask = np.isinf(found) & same_sign & near_the_end
    return overflowed


def _worst(expected: Target, found: Floats, errors: Floats) -> Worst | None:
    if not errors.size:
        return None
    position = int(np.argmax(np.where(np.isnan(errors), -1.0, errors)))
    return None if np.isnan(errors[position]) else _element(expected, found, errors, position)


def _element(expected: Target, found: Floats, errors: Floats, position: int) -> Worst:
    index = np.unravel_index(position, expected.shape) if expected.shape else ()
    error, condition = float(errors[position]), float(expected.exact.condition[position])
    return Worst(
        index=tuple(map(int, index)),
        expected=expected.exact.decimals[position],
        nearest=float(expected.nearest[position]),
        found=float(found[position]),
        error_ulp=None if np.isnan(error) else error,
        condition=None if np.isnan(condition) else condition,
        allowed=float(expected.allowed[position]),
    )


def describe(name: str, worst: Worst, failing: int, size: int) -> str:
    """A failure in one line: which element, what was expected, what was found, how far off."""
    place = f"{name}{list(worst.index)}" if worst.index else name
    off = "" if worst.error_ulp is None else f", {worst.error_ulp:.3g} ulp off"
    others = f" ({failing} of {size} elements fail)" if size > 1 else ""
    return f"{place}: expected {shortened(worst.expected)}, found {worst.found!r}{off}{others}"


def shortened(decimal: str) -> str:
    """A decimal number with fewer digits, its exponent kept."""
    digits, mark, exponent = decimal.partition("e")
    return f"{digits[: DIGITS + 2]}{mark}{exponent}"
