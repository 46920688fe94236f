"""The oracle keeps its digits over all finite float64 numbers, and its patience."""

import sys
from math import ldexp, nextafter

import flint
import mpmath
import pytest
from mpmath import mpf

from focalspec.reference.oracle import OracleError
from focalspec.reference.tensor import Tensor

LARGEST = sys.float_info.max
SMALLEST = ldexp(1, -1074)
RULES = ("two_term", "mixed", "exponential", "margin", "distance", "nonzero")
OUTPUTS = ("loss", "gradient", "hessian_diagonal", "gamma_derivative")


@pytest.mark.parametrize("x", [800.0, 1e15, 1e100, 1e308, LARGEST])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.2, 5.0])
def test_far_on_the_wrong_side_the_loss_is_the_logit(oracle, x, gamma):
    loss = oracle.ask_one("sigmoid_focal_loss", x, 0.0, gamma=gamma)
    # L = x (1 - gamma exp(-x) ...) + exp(-x) ...: x to more than 300 digits
    assert oracle.right(loss, mpf(x), digits=47)
    gradient = oracle.ask_one("sigmoid_focal_loss", x, 0.0, "gradient", gamma=gamma)
    assert oracle.right(gradient, mpf(1), digits=47)


@pytest.mark.parametrize("x", [800.0, 1e15, 1e100, 1e308, LARGEST])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.2, 5.0])
def test_far_on_the_right_side_every_output_keeps_its_relative_accuracy(oracle, x, gamma):
    with mpmath.workprec(1400):
        leading = mpmath.exp(-(1 + mpf(gamma)) * mpf(x))
        slope = 1 + mpf(gamma)
        expected = {
            "loss": leading,
            "gradient": -slope * leading,
            "hessian_diagonal": slope**2 * leading,
        }
    for output, number in expected.items():
        value = oracle.ask_one("sigmoid_focal_loss", x, 1.0, output, gamma=gamma)
        assert oracle.right(value, number)


def test_a_softmax_row_that_breaks_50_digits_is_right(oracle):
    """numerics.md: with 50 digits mpmath is wrong by a factor of 11 here."""
    z, gamma = [1e308, 0.0, 0.0, 0.0], 2.2
    with mpmath.workprec(1400):
        u = 3 * mpmath.exp(-mpf(z[0]))  # 1 - p_y but for a factor 1 + O(u); so is -log p_y
        expected = u ** (1 + mpf(gamma))
    assert oracle.right(oracle.ask_row("softmax_focal_loss", z, 0, gamma=gamma), expected)
    loss = oracle.ask_row("softmax_focal_loss", z, 1, gamma=gamma)
    assert oracle.right(loss, mpf(1e308), digits=47)


def test_the_difference_of_two_logits_is_exact(oracle):
    """It needs 2,098 bits, and a relative error of it multiplies the exponent by 1e308."""
    for other in (SMALLEST, -SMALLEST, 0.0, 1.0, -1e291):
        p = oracle.ask("softmax", [LARGEST, other], None, ["value"])["value"].values[1]
        gradient = oracle.ask_row("softmax_focal_loss", [LARGEST, other], 0, "gradient", gamma=0.0)
        with mpmath.workprec(3000):
            expected = mpmath.exp(mpf(other) - mpf(LARGEST))
            assert oracle.right(p, expected)
            assert oracle.right(gradient[1], expected)
            assert oracle.right(gradient[0], -expected)


@pytest.mark.parametrize("x", [SMALLEST, -SMALLEST, 1e-300, ldexp(1, -1022)])
def test_cancellation_at_subnormal_logits_leaves_the_leading_term(oracle, x):
    """Label 1/2 makes the gradient an odd function: a multiple of x, 1,074 bits below its terms."""
    for gamma in (0.0, 2.0, 2.5):
        gradient = oracle.ask_one("sigmoid_focal_loss", x, 0.5, "gradient", gamma=gamma)
        hessian = oracle.ask_one("sigmoid_focal_loss", 0.0, 0.5, "hessian_diagonal", gamma=gamma)
        with oracle.many_bits():
            assert oracle.right(gradient, hessian * mpf(x))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("label", [0.0, 1.0, 0.5, 0.3, SMALLEST, nextafter(1, 0)])
def test_every_output_is_found_at_every_extreme_logit(oracle, rule, label):
    extremes = [LARGEST, 1e308, 1e30, 745.2, 36.8, 1.0, ldexp(1, -53), 1e-320, SMALLEST]
    logits = [sign * x for x in extremes for sign in (1, -1)] + (
        [0.0, -0.0] if label != 0.5 else []
    )
    for gamma in (0.0, 0.5, 2.2, 1e3):
        answer = oracle.ask(
            "sigmoid_focal_loss",
            logits,
            [label] * len(logits),
            OUTPUTS,
            gamma=gamma,
            reduction="none",
            label_rule=rule,
        )
        for name, tensor in answer.items():
            assert all(mpmath.isfinite(value) for value in tensor.values), name
        assert all(value > 0 for value in answer["loss"].values)
        assert all(value <= 0 for value in answer["gamma_derivative"].values)


def test_gamma_may_be_as_large_as_a_float64(oracle):
    for x in (LARGEST, 1.0, SMALLEST, -1.0):
        loss = oracle.ask_one("sigmoid_focal_loss", x, 1.0, gamma=LARGEST)
        with mpmath.workprec(4000):
            # log L = -gamma softplus(x) + log softplus(-x)
            e = mpmath.exp(-abs(mpf(x)))
            near = mpmath.log1p(e)
            far = abs(mpf(x)) + near
            wrong, right = (far, near) if x > 0 else (near, far)
            expected = mpmath.exp(-mpf(LARGEST) * wrong) * right
        assert oracle.right(loss, expected)


@pytest.mark.parametrize("p", [SMALLEST, 1e-310, 1e-300, 2.0**-53, 1 - 2.0**-53])
@pytest.mark.parametrize("gamma", [0.0, 0.7, 2.0])
def test_probabilities_next_to_certain_keep_their_digits(oracle, p, gamma):
    with oracle.many_bits():
        g, q = mpf(gamma), 1 - mpf(p)
        expected = {
            "loss": oracle.transcribed.binary(mpf(p), 1, gamma),
            "gradient": g * q ** (g - 1) * mpmath.log(mpf(p)) - q**g / mpf(p),
        }
    for output, number in expected.items():
        value = oracle.ask_one("binary_focal_loss", p, 1.0, output, gamma=gamma)
        assert oracle.right(value, number)
        row = oracle.ask_row("categorical_focal_loss", [0.5, p], 1, output, gamma=gamma)
        assert oracle.right(row if output == "loss" else row[1], number)


def test_a_thousand_classes_keep_their_digits(oracle):
    z = [float((7 * k * k) % 1013 - 500) / 32 for k in range(1000)]
    outputs = ["loss", "gradient", "hessian_diagonal", "loss_condition", "gradient_condition"]
    rows = Tensor((1, 1000), tuple(z))
    answer = oracle.ask("softmax_focal_loss", rows, [3], outputs)
    before, flint.ctx.prec = flint.ctx.prec, 400
    try:
        exponentials = [flint.arb(x).exp() for x in z]
        total = sum(exponentials, flint.arb(0))
        p, other = exponentials[3] / total, exponentials[17] / total
        # L = (1 - p)^2 (-log p), and its derivative by the logit of class 17
        loss = -((1 - p) ** 2) * p.log()
        gradient = other * (1 - p) * ((1 - p) - 2 * p * p.log())
        for value, ball in (
            (answer["loss"].values[0], loss),
            (answer["gradient"].values[17], gradient),
        ):
            mantissa, exponent = map(int, value.man_exp)
            distance = (flint.arb(mantissa) * flint.arb(2) ** exponent - ball) / ball
            assert float(distance.abs_upper()) < 1e-45
    finally:
        flint.ctx.prec = before
    for output in outputs[3:]:
        assert all(value > 0 for value in answer[output].values)


def test_what_cannot_be_told_from_zero_is_refused(oracle):
    """log 4 - 2 log 2: zero by a relation between logarithms that no rule here looks for."""
    with pytest.raises(OracleError, match="alpha_derivative cannot be told from zero"):
        oracle.ask(
            "binary_focal_loss",
            [0.5, 0.5, 0.75],
            [1.0, 1.0, 0.0],
            ["alpha_derivative"],
            gamma=0.0,
            alpha=0.25,
            reduction="sum",
        )
