"""Reductions are nearly exact sums, and compensated arithmetic knows what it lost."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from focalspec.reference import sigmoid_focal_loss, softmax_focal_loss
from focalspec.reference.blocks import Scratch
from focalspec.reference.compensated import added_parts, divided_parts, scaled_parts, summed_parts
from focalspec.reference.elementary import log1p, log_parts, power
from focalspec.reference.exponential_table import LIMIT, exponential_error
from focalspec.reference.summation import TileSums

POSITIVE = st.floats(2.0**-300, 2.0**300)


@given(arrays.arrays(np.float64, st.integers(0, 5000), elements=st.floats(-30, 30)))
def test_a_sum_is_the_exact_sum_of_the_losses_to_the_last_digits(x):
    y = (x > 1) * 1.0
    losses = sigmoid_focal_loss(x, y, reduction="none")
    exact = math.fsum(losses.tolist())
    assert sigmoid_focal_loss(x, y) == pytest.approx(exact, rel=1e-15)
    mean = sigmoid_focal_loss(x, y, reduction="mean")
    assert mean == pytest.approx(exact / max(x.size, 1), rel=1e-15)


def test_a_float32_sum_is_rounded_once():
    x = np.random.default_rng(0).normal(size=300_000).astype(np.float32)
    y = (x > 1).astype(np.float32)
    exact = sigmoid_focal_loss(x.astype(np.float64), y)
    assert sigmoid_focal_loss(x, y) == np.float32(exact)


def test_a_mean_of_huge_losses_is_found_though_their_sum_overflows():
    x = np.array([1.5e308, 1.7e308, 1.6e308])
    assert sigmoid_focal_loss(x, np.zeros(3), alpha=None) == np.inf
    mean = sigmoid_focal_loss(x, np.zeros(3), alpha=None, reduction="mean")
    assert mean == pytest.approx(1.6e308, rel=1e-15)
    rows = np.array([[1.5e308, 0.0], [1.7e308, 0.0]])
    assert softmax_focal_loss(rows, [1, 1], gamma=0) == pytest.approx(1.6e308, rel=1e-15)


def test_a_sum_with_nan_is_nan_and_one_with_inf_is_inf():
    assert np.isnan(sigmoid_focal_loss([1.0, np.nan], [0, 0]))
    assert sigmoid_focal_loss([1.0, np.inf], [0, 0]) == np.inf


@given(st.integers(1, 4000), st.integers(1, 4))
def test_tiles_do_not_care_how_they_are_filled(count, tiles):
    values = np.random.default_rng(count).normal(size=count)
    whole = TileSums(count, 64)
    whole.add(0, values)
    parts = TileSums(count, 64)
    for start in reversed(range(0, count, 64 * tiles)):
        parts.add(start, values[start : start + 64 * tiles])
    assert parts.total() == whole.total()


@given(st.floats(2.0**-20, 2.0**20), POSITIVE)
def test_a_product_and_what_it_lost_are_exact(factor, value):
    product, lost = scaled_parts(factor, np.array([value]), Scratch())
    total = Fraction(float(product[0])) + (Fraction(float(lost[0])) if lost is not None else 0)
    assert abs(total - Fraction(factor) * Fraction(value)) <= abs(total) / 2**78


@given(POSITIVE, POSITIVE)
def test_a_quotient_knows_what_it_lost(a, b):
    quotient, lost = divided_parts(np.array([a]), np.array([b]))
    put_right = Fraction(float(quotient[0])) * (1 + Fraction(float(lost[0])))
    exact = Fraction(a) / Fraction(b)
    assert abs(put_right - exact) <= exact / 2**100


@given(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300))
def test_a_sum_of_two_and_what_it_lost_are_exact(a, b):
    total, lost = added_parts(np.array([a]), np.array([b]))
    assert Fraction(float(total[0])) + Fraction(float(lost[0])) == Fraction(a) + Fraction(b)


@given(arrays.arrays(np.float64, (50, 7), elements=st.floats(0, 2.0**300)), st.integers(0, 1))
def test_sums_along_an_axis_know_what_they_lost(terms, axis):
    with np.errstate(all="ignore"):
        total, lost = summed_parts(terms, axis)
    for row, found, missing in zip(np.moveaxis(terms, axis, -1), total, lost, strict=True):
        exact = sum(Fraction(float(term)) for term in row)
        put_right = Fraction(float(found)) * (1 + Fraction(float(missing)))
        assert abs(put_right - exact) <= exact / 2**90


def test_the_error_of_an_exponential_is_known():
    z = np.linspace(-LIMIT, LIMIT, 4001)
    e = np.exp(z)
    error = exponential_error(z, e)
    with mpmath.workprec(200):
        for argument, value, found in zip(z.tolist(), e.tolist(), error.tolist(), strict=True):
            exact = mpmath.exp(argument) / value - 1
            assert abs(exact - found) <= 2.0**-54


@given(st.floats(5e-324, 1.7e308))
def test_a_logarithm_in_two_parts_has_70_bits(value):
    high, low = log_parts(value)
    with mpmath.workprec(200):
        exact = mpmath.log(value)
        assert abs(mpmath.mpf(high) + low - exact) <= 2.0**-54 + abs(exact) * 2.0**-90


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 0.25, 2.2, 5.0])
def test_powers_are_powers(exponent):
    base = np.linspace(0.01, 1, 100)
    assert np.allclose(power(base, exponent, np.empty(100)), base**exponent, rtol=1e-15)


@pytest.mark.parametrize("vectorised", [True, False])
@pytest.mark.parametrize("dtype, bound", [(np.float64, 1.2), (np.float32, 2.5)])
def test_log1p_is_right_with_and_without_numpys_own(vectorised, dtype, bound, monkeypatch):
    monkeypatch.setattr("focalspec.reference.elementary.VECTOR_LOG1P", vectorised)
    e = np.geomspace(1e-30, 1e30, 5001, dtype=dtype)
    found = log1p(e, np.empty_like(e), Scratch())
    with mpmath.workprec(150):
        exact = np.array([float(mpmath.log1p(float(value))) for value in e])
    assert np.max(np.abs(found - exact) / np.spacing(exact.astype(dtype))) <= bound
