"""Scales of the plots: from a number to a place on the paper, with the numbers to mark."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

MARKS = 5  # about so many on each side of an axis
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Tick(NamedTuple):
    """A mark on an axis."""

    at: float
    label: str


class Axis(NamedTuple):
    """One axis: its name, the place of each number, and its marks."""

    name: str
    place: Callable[[float], float]
    ticks: Sequence[Tick]


class Scale(NamedTuple):
    """A bent ruler: how numbers are bent, what to mark between two ends, and how far it reaches.

    Numbers whose bent place is farther than ``reach`` do not stretch an axis.
    """

    bend: Callable[[float], float]
    marks: Callable[[float, float], Iterable[tuple[float, str]]]
    reach: float


def axis(name: str, scale: Scale, ends: tuple[float, float], paper: tuple[float, float]) -> Axis:
    """An axis between two bent ends, laid from one place of the paper to another.

    Numbers beyond an end are shown at it.
    """
    (low, high), (first, last) = ends, paper
    if high <= low:
        low, high = low - 1, high + 1

    def at(bent: float) -> float:
        within = min(max(bent, low), high)
        return round(first + (within - low) / (high - low) * (last - first), 1)

    def place(number: float) -> float:
        return at(scale.bend(number))

    ticks = [Tick(at(bent), label) for bent, label in scale.marks(low, high) if low <= bent <= high]
    return Axis(name, place, ticks)


def around(scale: Scale, numbers: Iterable[float]) -> tuple[float, float]:
    """The bent ends between which all numbers lie, but for those beyond the scale's reach."""
    bent = [at for at in map(scale.bend, numbers) if abs(at) <= scale.reach]
    return (min(bent), max(bent)) if bent else (0.0, 1.0)


def ten(power: int) -> str:
    """A power of ten as it is printed."""
    small = {0: "1", 1: "10", 2: "100", 3: "1000"}
    return small.get(power) or "10" + str(power).translate(_SUPERSCRIPTS)


def _step(count: float) -> int:
    return max(1, math.ceil(count / MARKS))


def _symmetric(number: float) -> float:
    return math.copysign(math.log10(1 + abs(number)), number)


def _symmetric_marks(low: float, high: float) -> Iterable[tuple[float, str]]:
    yield 0.0, "0"
    step = _step(max(-low, high))
    for power in range(step - 1, math.ceil(max(-low, high)) + 1, step):
        at = math.log10(1 + 10**power)
        yield from ((at, ten(power)), (-at, f"−{ten(power)}"))


def _odds(number: float) -> float:
    if number <= 0:
        return -math.inf
    return math.inf if number >= 1 else math.log10(number) - math.log10(1 - number)


def _odds_marks(low: float, high: float) -> Iterable[tuple[float, str]]:
    yield 0.0, "½"
    farthest = max(-low, high)
    for power in range(1, math.ceil(farthest) + 1, _step(farthest)):
        small = "0.1" if power == 1 else ten(-power)
        large = "0.9" if power == 1 else f"1−{ten(-power)}"
        at = _odds(10.0**-power)
        yield from ((at, small), (-at, large))


def _logarithm(number: float) -> float:
    return math.log10(number) if number > 0 else -math.inf


def _logarithm_marks(low: float, high: float) -> Iterable[tuple[float, str]]:
    for power in range(math.ceil(low), math.floor(high) + 1, _step(high - low)):
        yield float(power), ten(power)


SYMMETRIC = Scale(_symmetric, _symmetric_marks, reach=4.5)
"""Linear about 0, logarithmic far from it: for logits."""

ODDS = Scale(_odds, _odds_marks, reach=48.0)
"""The logarithm of the odds: for probabilities, 0 and 1 at the ends."""

LOGARITHMIC = Scale(_logarithm, _logarithm_marks, reach=20.0)
"""For errors and condition numbers."""
