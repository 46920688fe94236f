"""Rounding of arrays agrees with the rounding of golden values, at and beside every boundary."""

import numpy as np
import pytest

from focalspec.conformance.sweep.inputs import numbers, stretch, total
from focalspec.conformance.sweep.rounding import rounded, spacing
from focalspec.golden.formats import BFLOAT16, FLOAT16, FLOAT32, Format, round_to

EVERY = pytest.mark.parametrize("form", [BFLOAT16, FLOAT16, FLOAT32], ids=lambda form: form.name)


def around(form: Format) -> np.ndarray:
    """Numbers of a format, the midpoints between them, and the float64 beside both."""
    draw = np.random.default_rng(3)
    starts = [0, total(form) // 2 - 40, total(form) - 41, *draw.integers(0, total(form) - 40, 20)]
    found = []
    for start in starts:
        values = numbers(form, stretch(form, int(start), 40, 1)).astype(np.float64)
        middles = (values[1:] + values[:-1]) / 2
        found += [values, middles]
    largest = form.largest + form.largest * 2.0**-form.precision  # rounds to infinity from here
    exact = np.concatenate([*found, [largest, -largest, 0.0]])
    return np.concatenate([exact, np.nextafter(exact, np.inf), np.nextafter(exact, -np.inf)])


@EVERY
def test_ties_and_their_neighbours_round_as_integers_say(form: Format) -> None:
    values = around(form)
    with np.errstate(over="ignore"):
        found = rounded(form, values).astype(np.float64)
    known = np.array([round_to(form, value) for value in values.tolist()])
    differing = values[found != known]
    assert differing.size == 0, differing[:5]


@EVERY
def test_the_spacing_is_that_of_the_formats_numbers(form: Format) -> None:
    zero, count = total(form) // 2, 1000
    step = (zero - 1) // count
    values = numbers(form, stretch(form, zero, count, step)).astype(np.float64)
    gaps = numbers(form, stretch(form, zero + 1, count, step)) - values
    assert np.array_equal(spacing(form, values), gaps)
    assert np.array_equal(spacing(form, -values), gaps)
