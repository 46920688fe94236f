"""The enumeration has every finite number once, in order, and says exactly which it is."""

import math

import numpy as np
import pytest

from focalspec.conformance.sweep.inputs import (
    magnitudes,
    number_at,
    numbers,
    ordinal_beyond,
    ordinal_from,
    pieces,
    stretch,
    total,
)
from focalspec.golden.formats import BFLOAT16, FLOAT16, FLOAT32, Format

HALVES = pytest.mark.parametrize("form", [BFLOAT16, FLOAT16], ids=lambda form: form.name)
EVERY = pytest.mark.parametrize("form", [BFLOAT16, FLOAT16, FLOAT32], ids=lambda form: form.name)


@HALVES
def test_every_finite_pattern_is_there_once_and_in_order(form: Format) -> None:
    bits = stretch(form, 0, total(form), 1)
    values = numbers(form, bits)
    assert len(set(bits.tolist())) == total(form) == int(np.isfinite(values).sum())
    exponents = form.emax - form.emin + 2
    assert total(form) == 2 * exponents * 2 ** (form.precision - 1)
    assert np.all(np.diff(values.astype(np.float64)) >= 0)
    assert np.signbit(values).tolist() == [True] * (total(form) // 2) + [False] * (total(form) // 2)


def test_float32_ends_at_the_largest_numbers() -> None:
    assert total(FLOAT32) == 2**32 - 2**24
    assert number_at(FLOAT32, 0) == -FLOAT32.largest
    assert number_at(FLOAT32, total(FLOAT32) - 1) == FLOAT32.largest
    zero = total(FLOAT32) // 2
    assert math.copysign(1, number_at(FLOAT32, zero - 1)) == -1
    assert number_at(FLOAT32, zero + 1) == FLOAT32.smallest


@EVERY
def test_a_step_takes_every_so_many_across_zero(form: Format) -> None:
    first = total(form) // 2 - 1000
    every = stretch(form, first, 2000, 1)
    for step in (2, 7, 999, 1999):
        count = -(-2000 // step)
        assert stretch(form, first, count, step).tolist() == every[::step].tolist()


@EVERY
@pytest.mark.parametrize(("low", "high"), [(-1.5, 1.5), (0.0, 1.0), (2.0**-10, 3.0), (-7.0, -0.1)])
def test_a_range_has_the_numbers_between_its_ends(form: Format, low: float, high: float) -> None:
    first, stop = ordinal_from(form, low), ordinal_beyond(form, high)
    assert number_at(form, first) >= low > number_at(form, first - 1)
    assert number_at(form, stop - 1) <= high < number_at(form, stop)


@EVERY
@pytest.mark.parametrize("step", [1, 3, 64])
def test_pieces_have_one_sign_and_one_exponent(form: Format, step: int) -> None:
    size = 1 << (form.precision - 1)
    first, count = total(form) // 2 - 3 * size - 5, (6 * size + 11) // step
    bits = stretch(form, first, count, step)
    values = numbers(form, bits)
    end = 0
    for piece in pieces(form, first, count, step):
        assert piece.start == end < piece.stop
        end = piece.stop
        low, high = magnitudes(form, piece.bin)
        part = values[piece.start : piece.stop]
        assert np.all((np.abs(part) >= low) & (np.abs(part) < high))
        assert np.all(np.signbit(part) == (piece.bin < 0))
    assert end == count
