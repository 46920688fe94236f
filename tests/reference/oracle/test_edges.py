"""What the formulas give where they must be read as limits, and where they give exactly zero."""

import mpmath
import pytest
from mpmath import inf, mpf

from focalspec.reference.oracle import OracleError
from focalspec.reference.tensor import Tensor

RULES = ("two_term", "mixed", "exponential", "margin", "distance", "nonzero")
OUTPUTS = ("loss", "gradient", "gamma_derivative")


def limit(function):
    """The limit at 0 of a function that goes to a number, to infinity like a power or a logarithm.

    Between 10^-1000 and 10^-100000 a logarithm grows a hundredfold and a power by more; what goes
    to zero falls below 10^-50, every power here being at least a twentieth.
    """
    near, nearest = function(mpf(10) ** -1000), function(mpf(10) ** -100_000)
    if abs(nearest) > 20 * abs(near) and abs(nearest) > 20:
        return inf if nearest > 0 else -inf
    return mpf(0) if abs(nearest) < mpf(10) ** -50 else nearest


def loss_near(edge, t, label, gamma, rule):
    """The definition at probability t or 1 - t, however small t is beside 1."""
    p, q = (t, 1 - t) if edge == 0 else (1 - t, t)
    log_p, log_q = mpmath.log(t), mpmath.log1p(-t)
    if edge == 1:
        log_p, log_q = log_q, log_p
    y, g = mpf(label), mpf(gamma)
    bce = -y * log_p - (1 - y) * log_q
    if rule == "two_term":
        return -y * q**g * log_p - (1 - y) * p**g * log_q
    base = {
        "mixed": p * (1 - y) + q * y,
        "exponential": -mpmath.expm1(-bce),
        "margin": 1 / (1 + mpmath.exp((log_p - log_q) * (2 * y - 1))),
        "distance": abs(y * q - (1 - y) * p),
        "nonzero": q if y else p,
    }[rule]
    return base**g * bce


def output_near(edge, t, label, gamma, rule, output):
    """An output there, by differences."""
    if output == "loss":
        return loss_near(edge, t, label, gamma, rule)
    step = mpf(10) ** -60
    if output == "gamma_derivative":
        rise = loss_near(edge, t, label, gamma + step, rule) - loss_near(
            edge, t, label, gamma, rule
        )
        return rise / step
    up, down = (loss_near(edge, t * (1 + h), label, gamma, rule) for h in (step, -step))
    return (up - down) / (2 * step * t) * (1 if edge == 0 else -1)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("edge", [0.0, 1.0])
@pytest.mark.parametrize("label", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_probability_0_and_1_have_the_limits_of_the_definition(oracle, rule, edge, label):
    for gamma in (0.0, 0.5, 1.0, 1.5, 2.0, 4.0):
        for output in OUTPUTS:
            with mpmath.workdps(250):
                expected = limit(
                    lambda t, gamma=gamma, output=output: output_near(
                        edge, t, label, gamma, rule, output
                    )
                )
            parameters = {"gamma": gamma, "label_rule": rule}
            value = oracle.ask_one("binary_focal_loss", edge, label, output, **parameters)
            assert value == expected or abs(value - expected) < 1e-50, (gamma, output)


@pytest.mark.parametrize(
    ("probability", "label", "gamma", "loss", "gradient"),
    [
        (1.0, 1.0, 0.0, 0, -3),
        (1.0, 1.0, 2.0, 0, 0),
        (0.0, 1.0, 0.0, inf, -inf),
        (0.0, 1.0, 2.0, inf, -inf),
        (0.0, 0.0, 0.0, 0, 5),
        (0.0, 0.0, 2.0, 0, 0),
        (1.0, 0.0, 2.0, inf, inf),
    ],
)
def test_certain_predictions_cost_nothing_or_everything(
    oracle, probability, label, gamma, loss, gradient
):
    parameters = {"gamma": gamma, "class_weight": [5.0, 3.0]}
    value = oracle.ask_one("binary_focal_loss", probability, label, "loss", **parameters)
    slope = oracle.ask_one("binary_focal_loss", probability, label, "gradient", **parameters)
    assert (value, slope) == (loss, gradient)


@pytest.mark.parametrize("formula", ["binary_focal_loss", "sigmoid_focal_loss"])
@pytest.mark.parametrize("parameters", [{"alpha": 0.0}, {"class_weight": [1.0, 0.0]}])
def test_a_class_of_weight_zero_costs_exactly_nothing(oracle, formula, parameters):
    firsts = (0.0, 0.5, 1.0) if formula == "binary_focal_loss" else (-1e308, 0.0, 1e308)
    for first in firsts:
        for output in OUTPUTS:
            assert oracle.ask_one(formula, first, 1.0, output, gamma=0.0, **parameters) == 0


@pytest.mark.parametrize("gamma", [0.0, 1.0, 2.0])
def test_categorical_row_with_probability_0_or_1_for_the_target(oracle, gamma):
    weighted = {"gamma": gamma, "class_weight": [1.0, 3.0]}
    assert oracle.ask_row("categorical_focal_loss", [0.5, 0.0], 1, **weighted) == inf
    wrong = oracle.ask_row("categorical_focal_loss", [0.5, 0.0], 1, "gradient", **weighted)
    assert wrong == (0, -inf)
    assert oracle.ask_row("categorical_focal_loss", [0.5, 1.0], 1, **weighted) == 0
    right = oracle.ask_row("categorical_focal_loss", [0.5, 1.0], 1, "gradient", **weighted)
    assert right == (0, 0 if gamma else -3)
    weightless = {"gamma": gamma, "class_weight": [1.0, 0.0]}
    assert oracle.ask_row("categorical_focal_loss", [0.5, 0.0], 1, **weightless) == 0
    gone = oracle.ask_row("categorical_focal_loss", [0.5, 0.0], 1, "gradient", **weightless)
    assert gone == (0, 0)


def test_smoothing_makes_every_probability_of_zero_infinite(oracle):
    smoothed = {"gamma": 2.0, "label_smoothing": 0.25}
    row = [0.5, 0.0, 0.5]
    assert oracle.ask_row("categorical_focal_loss", row, 0, **smoothed) == inf
    gradient = oracle.ask_row("categorical_focal_loss", row, 0, "gradient", **smoothed)
    assert gradient[:2] == (-inf, -inf)
    assert mpmath.isfinite(gradient[2])


@pytest.mark.parametrize(
    ("gamma", "slope"), [(0.0, "-t"), (0.5, "-inf"), (1.0, "-entropy"), (2.0, "0")]
)
def test_smoothed_certain_target_among_positive_others(oracle, gamma, slope):
    """A row that does not sum to one: the modulating factor is 0, the cross entropy is not."""
    smoothed = {"gamma": gamma, "label_smoothing": 0.25}
    loss = oracle.ask_row("categorical_focal_loss", [1.0, 0.5], 0, **smoothed)
    gradient = oracle.ask_row("categorical_focal_loss", [1.0, 0.5], 0, "gradient", **smoothed)
    with oracle.many_bits():
        entropy = mpmath.log(2) / 8
        expected = {"-t": -mpf(0.875), "-inf": -inf, "-entropy": -entropy, "0": mpf(0)}[slope]
        assert oracle.right(gradient[0], expected)
        assert oracle.right(loss, entropy if gamma == 0 else mpf(0))
        assert oracle.right(gradient[1], mpf(-0.25) if gamma == 0 else mpf(0))


def test_zero_times_infinity_on_a_smoothed_one_hot_row_is_refused(oracle):
    for output in ("loss", "gradient"):
        with pytest.raises(OracleError, match=r"CAT-47"):
            oracle.ask_row(
                "categorical_focal_loss", [1.0, 0.0], 0, output, gamma=2.0, label_smoothing=0.25
            )
    assert (
        oracle.ask_row("categorical_focal_loss", [1.0, 0.0], 0, gamma=0.0, label_smoothing=0.25)
        == inf
    )


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_one_class_costs_nothing_from_logits(oracle, gamma):
    for output in ("gradient", "hessian_diagonal"):
        assert oracle.ask_row("softmax_focal_loss", [3.0], 0, output, gamma=gamma) == (0,)
    assert oracle.ask_row("softmax_focal_loss", [3.0], 0, gamma=gamma) == 0
    assert oracle.ask("softmax", [3.0], None, ["value"])["value"].values == (1,)


class TestExactZeros:
    """Derivatives that vanish are 0, not a number that some precision left over."""

    def test_gradient_at_logit_zero_with_equal_weights(self, oracle):
        for gamma in (0.0, 0.5, 2.0):
            assert oracle.ask_one("sigmoid_focal_loss", -0.0, 0.5, "gradient", gamma=gamma) == 0
            quarter = {"alpha": 0.25, "gamma": gamma}
            assert oracle.ask_one("sigmoid_focal_loss", 0.0, 0.75, "gradient", **quarter) == 0
            assert oracle.ask_one("sigmoid_focal_loss", 0.0, 0.5, "gradient", **quarter) != 0

    @pytest.mark.parametrize("rule", ["mixed", "exponential", "margin"])
    def test_gradient_at_logit_zero_under_other_rules(self, oracle, rule):
        for gamma in (0.0, 0.5, 2.0):
            half = {"gamma": gamma, "label_rule": rule}
            assert oracle.ask_one("sigmoid_focal_loss", 0.0, 0.5, "gradient", **half) == 0

    def test_gradient_of_cross_entropy_where_the_probability_is_the_label(self, oracle):
        for rule in RULES:
            entropy = {"gamma": 0.0, "label_rule": rule}
            assert oracle.ask_one("binary_focal_loss", 0.3, 0.3, "gradient", **entropy) == 0
        same = {"gamma": 2.0, "label_rule": "exponential"}
        assert oracle.ask_one("binary_focal_loss", 0.3, 0.3, "gradient", **same) == 0
        same = {"gamma": 2.0, "label_rule": "mixed"}
        assert oracle.ask_one("binary_focal_loss", 0.3, 0.3, "gradient", **same) != 0

    def test_second_derivative_of_rule_nonzero(self, oracle):
        triple = {"gamma": 1.0, "label_rule": "nonzero"}
        assert oracle.ask_one("sigmoid_focal_loss", 0.0, 0.25, "hessian_diagonal", **triple) == 0

    def test_gradient_of_equal_logits_under_full_smoothing(self, oracle):
        uniform = {"gamma": 0.0, "label_smoothing": 1.0}
        gradient = oracle.ask_row("softmax_focal_loss", [5.0] * 3, 1, "gradient", **uniform)
        assert gradient == (0, 0, 0)

    def test_alpha_derivatives_that_cancel_by_symmetry(self, oracle):
        for rule in RULES[:-1]:
            for gamma in (0.0, 2.0, 2.5):
                answer = oracle.ask(
                    "sigmoid_focal_loss",
                    [1.5, -1.5, 3.0, -3.0, 0.0],
                    [1.0, 0.0, 0.25, 0.75, 0.5],
                    ["alpha_derivative"],
                    gamma=gamma,
                    label_rule=rule,
                )
                assert answer["alpha_derivative"] == Tensor((), (0,))

    @pytest.mark.parametrize(("last", "derivative"), [(-2.0, 0), (-2.5, 0.25)])
    def test_alpha_derivatives_of_cross_entropy_that_cancel_by_linearity(
        self, oracle, last, derivative
    ):
        """-log p + log(1 - p) is -x: with label 1/2 the derivative is half the sum of -x."""
        logits, labels = [1.0, 1.0, last], [0.5, 0.5, 0.5]
        answer = oracle.ask("sigmoid_focal_loss", logits, labels, ["alpha_derivative"], gamma=0.0)
        assert answer["alpha_derivative"].values == (derivative,)


class TestCorner:
    """Rule distance where the probability is the label."""

    @pytest.mark.parametrize(
        ("formula", "first", "label"),
        [("sigmoid_focal_loss", 0.0, 0.5), ("binary_focal_loss", 0.3, 0.3)],
    )
    def test_loss_and_what_derivatives_exist(self, oracle, formula, first, label):
        ask = oracle.ask_one
        for gamma in (0.5, 1.0, 1.5, 2.0, 3.0):
            corner = {"gamma": gamma, "label_rule": "distance", "alpha": 0.25}
            assert ask(formula, first, label, "loss", **corner) == 0
            assert ask(formula, first, label, "gamma_derivative", **corner) == 0
            assert ask(formula, first, label, "alpha_derivative", **corner) == 0
            if gamma > 1:
                assert ask(formula, first, label, "gradient", **corner) == 0
            else:
                with pytest.raises(OracleError, match="corner"):
                    ask(formula, first, label, "gradient", **corner)

    def test_gamma_zero_has_no_corner_but_jumps(self, oracle):
        entropy = {"gamma": 0.0, "label_rule": "distance"}
        assert oracle.ask_one("sigmoid_focal_loss", 0.0, 0.5, "gradient", **entropy) == 0
        with oracle.many_bits():
            log_2 = mpmath.log(2)
        loss = oracle.ask_one("sigmoid_focal_loss", 0.0, 0.5, "loss", **entropy)
        assert oracle.right(loss, log_2)
        with pytest.raises(OracleError, match="gamma_derivative does not exist"):
            oracle.ask_one("sigmoid_focal_loss", 0.0, 0.5, "gamma_derivative", **entropy)

    def test_second_derivative_below_gamma_2_does_not_exist(self, oracle):
        for gamma in (0.5, 1.0, 1.5):
            corner = {"gamma": gamma, "label_rule": "distance"}
            with pytest.raises(OracleError, match="hessian_diagonal does not exist"):
                oracle.ask_one("sigmoid_focal_loss", 0.0, 0.5, "hessian_diagonal", **corner)

    def test_loss_has_a_condition_number_whether_or_not_it_has_a_gradient(self, oracle):
        corner = {"gamma": 0.5, "label_rule": "distance", "reduction": "none"}
        answer = oracle.ask(
            "sigmoid_focal_loss", [0.0, 1.0], [0.5, 0.5], ["loss", "loss_condition"], **corner
        )
        assert answer["loss_condition"].values[0] is None
        assert answer["loss_condition"].values[1] > 0

    @pytest.mark.parametrize("gamma", [2.0, 2.5])
    def test_second_derivative_is_that_of_the_differences(self, oracle, gamma):
        corner = {"gamma": gamma, "label_rule": "distance"}
        value = oracle.ask_one("sigmoid_focal_loss", 0.0, 0.5, "hessian_diagonal", **corner)
        with oracle.many_bits():
            steps = [mpf(2) ** -100, mpf(2) ** -200]
            near, nearest = (
                2 * oracle.transcribed.sigmoid_focal_loss(h, 0.5, gamma, rule="distance") / h**2
                for h in steps
            )
            if gamma > 2:
                assert value == 0
                assert nearest < near / 2**40
            else:
                assert oracle.right(value, nearest)
