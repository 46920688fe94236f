"""Far from 0 a value is a rational plus a sliver, whose sign and size Decimal confirms."""

from decimal import Context, Decimal
from fractions import Fraction

import pytest

from focalspec.reference.enclosure import Ball, Sliver, enclose
from focalspec.reference.tensor import Tensor

HUGE = Context(prec=2000, Emin=-(10**9), Emax=10**9)


def array(*values):
    return Tensor((len(values),), values)


def enclosed(formula, inputs, parameters, output, bits):
    (value,) = enclose(formula, inputs, parameters, [output], bits)[output].values
    return value


def sigmoid(logit, label, output, bits=192, **parameters):
    inputs = {"logits": array(logit), "labels": array(label)}
    complete = {"reduction": "none", "alpha": None, **parameters}
    return enclosed("sigmoid_focal_loss", inputs, complete, output, bits)


def loss_by_decimal(logit, label, gamma):
    """Both terms by the definition, with 2000 digits."""
    x = Decimal(logit)
    p = HUGE.divide(1, HUGE.add(1, HUGE.exp(-x)))
    q = HUGE.divide(1, HUGE.add(1, HUGE.exp(x)))
    y, n = Decimal(label), 1 - Decimal(label)
    positive = HUGE.multiply(HUGE.power(q, Decimal(gamma)), HUGE.minus(HUGE.ln(p)))
    negative = HUGE.multiply(HUGE.power(p, Decimal(gamma)), HUGE.minus(HUGE.ln(q)))
    return Fraction(HUGE.add(HUGE.multiply(y, positive), HUGE.multiply(n, negative)))


def exact(dyadic):
    return dyadic.mantissa * Fraction(2) ** dyadic.exponent


def contains(sliver, value):
    margin = abs(exact(sliver.low)) / 10**40
    rest = value - sliver.main
    return exact(sliver.low) - margin <= rest <= exact(sliver.high) + margin


@pytest.mark.parametrize(
    ("logit", "label", "gamma"),
    [
        (-100.5, 1.0, 2.0),  # g |x| > 1: the sliver is negative
        (-100.5, 1.0, 0.0),  # log1p(exp(x)): positive
        (150.25, 0.0, 0.5),
        (-300.0, 0.25, 3.5),
        (700.0, 0.75, 0.001953125),  # g |x| is near 1
        (512.0, 0.0, 0.001953125),  # g |x| = 1: what is left is of second order
    ],
)
def test_the_sliver_has_the_sign_and_size_that_decimal_finds(logit, label, gamma):
    bits = 2304 if gamma * abs(logit) == 1 else 192
    found = sigmoid(logit, label, "loss", bits, gamma=gamma)
    assert isinstance(found, Sliver)
    wrong = Fraction(label) if logit < 0 else 1 - Fraction(label)
    assert found.main == wrong * abs(Fraction(logit))
    assert contains(found, loss_by_decimal(logit, label, gamma))


def test_its_sign_is_certain_where_its_size_is_beyond_all_exponents():
    low = sigmoid(-1e308, 1.0, "loss", gamma=2.0)
    assert low.main == Fraction(1e308)
    assert low.high.mantissa < 0
    assert low.high.exponent < -(10**307)
    high = sigmoid(-1e308, 1.0, "loss", gamma=0.0)
    assert high.low.mantissa > 0


def test_the_gradient_falls_short_of_the_weight_by_a_sliver():
    found = sigmoid(-200.0, 1.0, "gradient", gamma=0.0)
    assert found.main == -1
    assert found.low.mantissa > 0


@pytest.mark.parametrize(
    ("rule", "main"),
    [
        ("mixed", Fraction(1, 4) ** 2),
        ("exponential", Fraction(1)),
        ("margin", None),
        ("distance", Fraction(1, 4) ** 2),
        ("nonzero", None),
    ],
)
def test_label_rules_have_rationals_of_their_own(rule, main):
    """At label 3/4 far on the positive side the entropy is x / 4."""
    found = sigmoid(4000.0, 0.75, "loss", gamma=2.0, label_rule=rule)
    if main is None:
        assert isinstance(found, Ball)
    else:
        assert found.main == 1000 * main


def test_a_root_that_is_rational_stays_a_rational():
    found = sigmoid(4000.0, 0.75, "loss", gamma=0.5, label_rule="distance")
    assert found.main == 1000 * Fraction(1, 2)
    assert isinstance(sigmoid(4000.0, 0.75, "loss", gamma=0.7, label_rule="distance"), Ball)


def softmax(numbers, target, output, index, **parameters):
    inputs = {"logits": Tensor((1, len(numbers)), tuple(numbers)), "targets": array(target)}
    found = enclose("softmax_focal_loss", inputs, parameters, [output], 192)
    return found[output].values[index]


def test_a_softmax_row_far_behind_costs_its_distance_to_the_leader():
    found = softmax([1e308, 0.0, -1e308], 2, "loss", 0, gamma=2.0)
    assert found.main == 2 * Fraction(1e308)
    # The distance is exact beyond the range of float64, and 1 has the next larger exponential.
    assert found.low.mantissa > 0


def test_the_runner_up_and_the_modulating_factor_pull_a_sliver_both_ways():
    """-u is 100 + log(1 + exp(-100)); the modulating factor takes 2 * 100 exp(-100) away."""
    found = softmax([0.0, 100.0, 0.0], 0, "loss", 0, gamma=2.0)
    assert found.main == 100
    assert found.high.mantissa < 0
    entropy = softmax([0.0, 100.0, 0.0], 0, "loss", 0, gamma=0.0)
    assert entropy.low.mantissa > 0


def test_leaders_share_the_gradient_equally_but_for_a_sliver():
    found = [softmax([0.0, 300.0, 300.0], 0, "gradient", k, gamma=2.0) for k in range(3)]
    assert [value.main for value in found] == [-1, Fraction(1, 2), Fraction(1, 2)]
    tied = softmax([1e4, 1e4, 0.0], 0, "gradient", 0, gamma=0.0)
    assert tied.main == Fraction(-1, 2)


def test_smoothing_leaves_rational_targets():
    found = softmax([900.0, 0.0, -900.0], 0, "gradient", 1, gamma=0.0, label_smoothing=0.5)
    assert found.main == -Fraction(1, 2) / 3
    assert found.low.mantissa > 0
