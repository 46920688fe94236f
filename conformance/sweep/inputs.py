"""Every finite number of a format in ascending order of value, by its ordinal."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from focalspec.golden.formats import Format

Bits: TypeAlias = NDArray[Any]  # the patterns of a format: uint16 or uint32
Numbers: TypeAlias = NDArray[np.float32]  # holds the numbers of float16 and bfloat16, too


def half(form: Format) -> int:
    """How many finite patterns have no sign; the ordinal of 0."""
    return (form.emax - form.emin + 2) << (form.precision - 1)


def total(form: Format) -> int:
    """How many finite patterns there are."""
    return 2 * half(form)


def word(form: Format) -> np.dtype[Any]:
    """The unsigned integers that hold the patterns."""
    return np.dtype(np.uint32 if form.name == "float32" else np.uint16)


def stretch(form: Format, first: int, count: int, step: int) -> Bits:
    """The patterns of every ``step``-th number from an ordinal on."""
    zero, kind = half(form), word(form)
    sign = 1 << (8 * kind.itemsize - 1)
    negative = min(count, max(0, -(-(zero - first) // step)))
    patterns = np.empty(count, kind)
    below = sign + zero - 1 - first  # that of the first ordinal, if it has a sign
    patterns[:negative] = _run(below, negative, -step, kind)
    start = first + negative * step - zero
    patterns[negative:] = _run(start, count - negative, step, kind)
    return patterns


def _run(first: int, count: int, step: int, kind: np.dtype[Any]) -> Bits:
    """``count`` patterns from one on; a step below 0 goes down."""
    if not count:
        return np.empty(0, kind)
    ramp = np.arange(count, dtype=kind)
    if abs(step) != 1:
        np.multiply(ramp, kind.type(abs(step)), out=ramp)
    start = kind.type(first)
    if step < 0:
        np.subtract(start, ramp, out=ramp)
    else:
        np.add(ramp, start, out=ramp)
    return ramp


def numbers(form: Format, bits: Bits) -> Numbers:
    """The numbers that patterns stand for."""
    if form.name == "float32":
        return bits.view(np.float32)
    if form.name == "float16":
        return bits.view(np.float16).astype(np.float32)
    return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)


def number_at(form: Format, ordinal: int) -> float:
    """The number of one ordinal."""
    return float(numbers(form, stretch(form, ordinal, 1, 1))[0])


def ordinal_from(form: Format, low: float) -> int:
    """The ordinal of the lowest number that is not below ``low``."""
    return _search(form, lambda number: number >= low)


def ordinal_beyond(form: Format, high: float) -> int:
    """The ordinal after that of the highest number that is not above ``high``."""
    return _search(form, lambda number: number > high)


def _search(form: Format, holds: Any) -> int:
    """The first ordinal whose number fulfils what all later ones do."""
    low, high = 0, total(form)
    while low < high:
        middle = (low + high) // 2
        if holds(number_at(form, middle)):
            high = middle
        else:
            low = middle + 1
    return low


class Piece(NamedTuple):
    """Inputs tried in a row that have one sign and one exponent.

    ``bin`` is 0 for 0 and the subnormal numbers, 1 and so on for the powers of two above them, and
    -1 - bin for what is below 0.
    """

    start: int  # the place of its first input in what it was cut from
    stop: int
    bin: int


def pieces(form: Format, first: int, count: int, step: int) -> Iterator[Piece]:
    """Cuts every ``step``-th number from an ordinal on at the signs and powers of two."""
    size = 1 << (form.precision - 1)
    zero = half(form)
    start = 0
    while start < count:
        place = (first + start * step - zero) // size
        end = zero + (place + 1) * size
        stop = min(count, math.ceil((end - first) / step))
        yield Piece(start, stop, place)
        start = stop


def magnitudes(form: Format, place: int) -> tuple[float, float]:
    """Between which magnitudes the numbers of a bin lie, the upper one not included."""
    exponent = place if place >= 0 else -1 - place
    if exponent == 0:
        return 0.0, math.ldexp(1.0, form.emin)
    low = math.ldexp(1.0, form.emin + exponent - 1)
    return low, 2 * low
