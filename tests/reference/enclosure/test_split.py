"""The numbers of the enclosure: rational plus ball, exact logarithms, powers that are rational."""

from fractions import Fraction

import pytest
from flint import arb, ctx, fmpq

from focalspec.reference.enclosure.forms import Memo, constant, single, term, total
from focalspec.reference.enclosure.jets import Point, softplus
from focalspec.reference.enclosure.results import Ball, Exact, Sliver, Unknown
from focalspec.reference.enclosure.split import (
    Split,
    enclosure_of,
    exact_ball,
    exactly,
    exp_of,
    log_of,
    product_rule,
    rational,
    rational_power,
)


@pytest.fixture(autouse=True)
def precision():
    with ctx.workprec(192):
        yield


def small(exponent):
    return arb((1, exponent))


def test_products_keep_what_is_far_below_their_rational_part():
    product = Split(fmpq(3), small(-9000)) * Split(fmpq(5), small(-9000))
    found = enclosure_of(product)
    assert isinstance(found, Sliver)
    assert found.main == 15
    exact = 8 * Fraction(1, 2**9000) + Fraction(1, 2**18000)
    low, high = (end.mantissa * Fraction(2) ** end.exponent for end in found[1:])
    assert low <= exact <= high
    assert high - low < exact / 2**180


def test_rationals_that_cancel_leave_the_sliver_alone():
    found = enclosure_of(Split(fmpq(3), small(-9000)) + Split(fmpq(-3), small(-8000)))
    assert isinstance(found, Ball)
    assert found.low.mantissa > 0


def test_what_is_no_sliver_is_a_ball_of_the_sum():
    found = enclosure_of(Split(fmpq(3), small(-60)))
    assert isinstance(found, Ball)
    low, high = (end.mantissa * Fraction(2) ** end.exponent for end in found)
    assert low <= 3 + Fraction(1, 2**60) <= high


def test_a_ball_without_bounds_says_nothing():
    assert enclosure_of(Split(fmpq(3), arb(-1).log())) == Unknown()
    assert enclosure_of(rational(fmpq(-2, 3))) == Exact(Fraction(-2, 3), "exact")


def test_the_product_rule_is_that_of_polynomials():
    # x**2 * x**3 at x = 2: 32, 80, 160
    square = [rational(fmpq(n)) for n in (4, 4, 2)]
    cube = [rational(fmpq(n)) for n in (8, 12, 12)]
    assert [number.main for number in product_rule(square, cube)] == [32, 80, 160]


def test_exact_balls_hold_dyadic_numbers_of_any_length_only():
    long = fmpq(3**1000, 2**77)
    assert exact_ball(long).rad() == 0
    with pytest.raises(ValueError, match="expected a dyadic number, found 1/3"):
        exact_ball(fmpq(1, 3))


@pytest.mark.parametrize("number", [1e308, -1e308, -(2.0**1000 - 2.0**947), 700.0, -5e-324])
def test_exponentials_are_accurate_however_large_the_number(number):
    result = exp_of(exactly(number))
    assert result.is_finite()
    assert result.rel_accuracy_bits() > 180
    assert exp_of(2 * exactly(number)).overlaps(result * result)


@pytest.mark.parametrize("exponent", [-1074, -53, -1])
def test_logarithms_next_to_one_are_accurate(exponent):
    beside = fmpq(1, 2**-exponent)
    below = log_of(1 - beside)
    assert below.rel_accuracy_bits() > 180
    assert (below.exp() - 1).overlaps(arb(-beside))


def test_derivatives_of_softplus_far_away():
    """softplus(300) = 300 + log1p(e), its slope 1 - e/(1 + e), its curvature e/(1 + e)**2."""
    value, slope, curvature = softplus(Point(fmpq(300)), 3)
    e = exp_of(fmpq(-300))
    assert (value.main, slope.main, curvature.main) == (300, 1, 0)
    assert value.rest.overlaps(e.log1p())
    assert slope.rest.overlaps(-e / (1 + e))
    assert curvature.rest.overlaps(e / (1 + e) ** 2)
    assert all(number.rest.rel_accuracy_bits() > 170 for number in (value, slope, curvature))


@pytest.mark.parametrize(
    ("base", "exponent", "power"),
    [
        (fmpq(4, 9), 0.5, fmpq(2, 3)),
        (fmpq(16, 81), 0.75, fmpq(8, 27)),
        (fmpq(2, 3), 3.0, fmpq(8, 27)),
        (fmpq(1, 4), -0.5, fmpq(2)),
        (fmpq(1), 0.1, fmpq(1)),
        (fmpq(2, 3), 0.0, fmpq(1)),
        (fmpq(1, 2), 0.5, None),
        (fmpq(4, 9), 0.1, None),
        (fmpq(2, 3), 1e6, None),
    ],
)
def test_powers_that_are_rational_are_found(base, exponent, power):
    assert rational_power(base, exactly(exponent)) == power


class TestForms:
    HALF = fmpq(1, 2)

    def test_equal_products_meet_whatever_their_order(self):
        one = term(fmpq(3), [(fmpq(2), self.HALF)], [self.HALF, fmpq(1, 3)])
        other = term(fmpq(-3), [(fmpq(2), self.HALF)], [fmpq(1, 3), self.HALF])
        assert total((one, other)).evaluate(Memo(0)) == Exact(Fraction(0), "zero")

    def test_rational_powers_join_the_coefficient(self):
        found = term(fmpq(3), [(fmpq(1, 4), self.HALF)]).evaluate(Memo(0))
        assert found == Exact(Fraction(3, 2), "exact")
        assert term(fmpq(3), [(fmpq(0), self.HALF)]).evaluate(Memo(0)).rule == "zero"
        assert term(fmpq(3), [(fmpq(0), fmpq(0))]).evaluate(Memo(0)).value == 3
        assert term(fmpq(3), (), [fmpq(1)]).evaluate(Memo(0)).rule == "zero"

    def test_a_coefficient_of_zero_removes_an_atom(self):
        class Unasked:
            def evaluate(self, memo):
                raise AssertionError

        atom = Unasked()
        both = total((single(atom), constant(fmpq(7)), single(atom, fmpq(-1))))
        assert both.evaluate(Memo(0)) == Exact(Fraction(7), "exact")
