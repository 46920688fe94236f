"""Values that no precision settles are found by rule: zeros, rationals, limits."""

from fractions import Fraction
from math import inf, nan

import pytest

from focalspec.reference.enclosure import Ball, Exact, Infinite, UndefinedValueError, enclose
from focalspec.reference.tensor import Tensor

ZERO = Exact(Fraction(0), "zero")
LIMIT = Exact(Fraction(0), "limit")
RULES = ["two_term", "mixed", "exponential", "margin", "distance", "nonzero"]


def array(*values):
    return Tensor((len(values),), values)


def exactly(numerator, denominator=1):
    return Exact(Fraction(numerator, denominator), "exact")


def sigmoid(logits, labels, output, **parameters):
    inputs = {"logits": array(*logits), "labels": array(*labels)}
    return enclose("sigmoid_focal_loss", inputs, parameters, [output], 192)[output].values


def binary(probabilities, labels, output, **parameters):
    inputs = {"probabilities": array(*probabilities), "labels": array(*labels)}
    return enclose("binary_focal_loss", inputs, parameters, [output], 192)[output].values


def row(formula, numbers, target, output, **parameters):
    name = "logits" if formula == "softmax_focal_loss" else "probabilities"
    inputs = {name: Tensor((1, len(numbers)), tuple(numbers)), "targets": array(target)}
    found = enclose(formula, inputs, {"reduction": "sum", **parameters}, [output], 192)
    return found[output].values


class TestLogitZero:
    def test_the_gradient_is_zero_exactly_where_both_terms_weigh_the_same(self):
        balanced = sigmoid([0.0, -0.0], [0.75, 0.75], "gradient", alpha=0.25)
        assert balanced == (ZERO, ZERO)
        assert isinstance(sigmoid([0.0], [0.75], "gradient", alpha=0.5)[0], Ball)

    def test_cross_entropy_has_rational_derivatives(self):
        parameters = {"gamma": 0.0, "alpha": None, "reduction": "none"}
        assert sigmoid([0.0], [1.0], "gradient", **parameters) == (exactly(-1, 2),)
        assert sigmoid([0.0], [0.25], "gradient", **parameters) == (exactly(1, 4),)
        assert sigmoid([0.0], [0.25], "hessian_diagonal", **parameters) == (exactly(1, 4),)
        assert isinstance(sigmoid([0.0], [1.0], "loss", **parameters)[0], Ball)

    def test_the_hessian_at_gamma_one_has_lost_its_logarithm(self):
        # s^g p (g L (g p - s) + (2 g + 1) s) with p = s = 1/2 and g = 1 is 1/4 * 3/2.
        found = sigmoid([0.0, 0.0], [1.0, 0.0], "hessian_diagonal", gamma=1.0, alpha=None)
        assert found == (exactly(3, 8), exactly(3, 8))

    @pytest.mark.parametrize("rule", RULES)
    def test_label_one_half_makes_every_rule_flat(self, rule):
        gamma = 0.0 if rule == "nonzero" else 2.0  # its one factor for both is not symmetric
        found = sigmoid([0.0], [0.5], "gradient", label_rule=rule, gamma=gamma, alpha=None)
        assert found == (ZERO,)

    def test_no_distance_and_an_exponent_of_at_most_one_is_a_kink(self):
        parameters = {"label_rule": "distance", "alpha": None, "reduction": "none"}
        assert sigmoid([0.0], [0.5], "loss", gamma=0.5, **parameters) == (ZERO,)
        assert sigmoid([0.0], [0.5], "gradient", gamma=1.5, **parameters) == (ZERO,)
        square = sigmoid([0.0], [0.5], "hessian_diagonal", gamma=2.0, **parameters)
        assert isinstance(square[0], Ball)  # log(2) / 8
        assert sigmoid([0.0], [0.5], "gamma_derivative", gamma=0.5, **parameters) == (ZERO,)
        with pytest.raises(UndefinedValueError, match="for gamma 0"):
            sigmoid([0.0], [0.5], "gamma_derivative", gamma=0.0, **parameters)
        with pytest.raises(UndefinedValueError, match=r"position 1: .* at y = p for gamma 1"):
            sigmoid([3.0, 0.0], [0.5, 0.5], "gradient", gamma=1.0, **parameters)


class TestSumsThatCancel:
    def test_mirrored_elements_have_no_alpha_derivative_together(self):
        found = sigmoid([1.5, -1.5], [1.0, 0.0], "alpha_derivative", reduction="sum")
        assert found == (ZERO,)

    @pytest.mark.parametrize("rule", RULES[:-1])
    def test_mirrored_fractions_neither(self, rule):
        found = sigmoid(
            [1.5, -1.5], [0.25, 0.75], "alpha_derivative", reduction="mean", label_rule=rule
        )
        assert found == (ZERO,)

    def test_at_gamma_zero_the_two_classes_differ_by_the_logit(self):
        # softplus(-x) - softplus(x) = -x
        found = sigmoid([5.0, 5.0], [1.0, 0.0], "alpha_derivative", reduction="sum", gamma=0.0)
        assert found == (exactly(-5),)

    def test_probabilities_that_add_up_to_one_cancel_too(self):
        found = binary(
            [0.25, 0.75], [1.0, 0.0], "alpha_derivative", reduction="sum", gamma=2.2, alpha=0.25
        )
        assert found == (ZERO,)


class TestEqualLogits:
    def test_probabilities_are_one_over_the_classes(self):
        logits = Tensor((1, 3), (7.0, 7.0, 7.0))
        found = enclose("softmax", {"logits": logits}, {}, ["value"], 192)["value"].values
        assert found == (exactly(1, 3),) * 3

    def test_cross_entropy_has_rational_derivatives(self):
        found = row("softmax_focal_loss", [2.0, 2.0, 2.0, 2.0], 1, "gradient", gamma=0.0)
        assert found == (exactly(1, 4), exactly(-3, 4), exactly(1, 4), exactly(1, 4))
        found = row("softmax_focal_loss", [2.0, 2.0], 1, "hessian_diagonal", gamma=0.0)
        assert found == (exactly(1, 4), exactly(1, 4))

    def test_full_smoothing_leaves_no_gradient_of_cross_entropy(self):
        found = row(
            "softmax_focal_loss", [2.0, 2.0, 2.0], 0, "gradient", gamma=0.0, label_smoothing=1.0
        )
        assert found == (ZERO, ZERO, ZERO)

    def test_three_classes_at_gamma_two_have_a_rational_curvature(self):
        # s^g p s (2 g + 1) at p = 1/3: the logarithm's coefficient g (g p - s) is 0.
        found = row("softmax_focal_loss", [0.0, 0.0, 0.0], 0, "hessian_diagonal", gamma=2.0)
        assert found[0] == exactly(4 * 2 * 5, 9 * 9)
        assert isinstance(found[1], Ball)

    def test_one_class_costs_nothing(self):
        for gamma in (0.0, 0.5, 2.0):
            for output in ("loss", "gradient", "hessian_diagonal"):
                assert row("softmax_focal_loss", [1e308], 0, output, gamma=gamma) == (ZERO,)


class TestAbsentTerms:
    def test_what_has_no_weight_is_zero_even_where_the_logarithm_is_infinite(self):
        weights = array(0.0, 1.0)
        assert binary([1.0], [0.0], "loss", gamma=2.0, class_weight=weights) == (ZERO,)
        assert binary([1.0], [0.0], "gradient", gamma=0.0, class_weight=weights) == (ZERO,)
        assert binary([0.0], [1.0], "loss", gamma=2.0, alpha=0.0) == (ZERO,)
        found = row(
            "categorical_focal_loss", [0.0, 1.0], 0, "loss", gamma=2.0, class_weight=weights
        )
        assert found == (ZERO,)

    def test_ignored_positions_may_hold_anything(self):
        found = binary(
            [nan, 2.0, 0.5], [255.0, 255.0, 1.0], "gradient", gamma=0.0, ignore_index=255
        )
        assert found == (ZERO, ZERO, exactly(-2))
        inputs = {"logits": Tensor((2, 2), (nan, inf, 1.0, 1.0)), "targets": array(-100, 0)}
        found = enclose("cross_entropy", inputs, {}, ["gradient"], 192)["gradient"].values
        assert found == (ZERO, ZERO, exactly(-1, 2), exactly(1, 2))

    def test_the_sum_of_nothing_is_zero(self):
        for reduction in ("sum", "mean"):
            assert sigmoid([], [], "loss", reduction=reduction) == (ZERO,)


class TestCertainProbabilities:
    def test_right_is_free_and_wrong_is_infinite(self):
        assert binary([1.0, 0.0], [1.0, 1.0], "loss", gamma=2.0) == (ZERO, Infinite(1))
        assert binary([1.0, 0.0], [1.0, 1.0], "gradient", gamma=0.5) == (LIMIT, Infinite(-1))
        assert binary([1.0, 0.0], [0.0, 0.0], "gradient", gamma=0.5) == (Infinite(1), LIMIT)
        assert binary([1.0], [1.0], "gradient", gamma=0.0) == (exactly(-1),)
        assert binary([1.0, 0.0], [1.0, 1.0], "gamma_derivative", gamma=2.0) == (LIMIT, LIMIT)

    def test_an_infinite_element_makes_the_sum_infinite(self):
        parameters = {"gamma": 2.0, "reduction": "mean"}
        assert binary([0.0, 0.5], [1.0, 1.0], "loss", **parameters) == (Infinite(1),)

    def test_infinities_of_both_signs_have_no_sum(self):
        with pytest.raises(UndefinedValueError, match="infinity minus infinity"):
            binary(
                [0.0, 1.0], [1.0, 0.0], "alpha_derivative", gamma=2.0, alpha=0.5, reduction="sum"
            )

    def test_a_row_certain_of_its_target(self):
        parameters = {"gamma": 2.0}
        assert row("categorical_focal_loss", [1.0, 0.0], 0, "loss", **parameters) == (ZERO,)
        found = row("categorical_focal_loss", [1.0, 0.0], 0, "gradient", **parameters)
        assert found == (LIMIT, ZERO)

    def test_zero_times_infinite_cross_entropy_has_no_value(self):
        with pytest.raises(UndefinedValueError, match="position 0: a modulating factor of 0"):
            row("categorical_focal_loss", [1.0, 0.0], 0, "loss", gamma=2.0, label_smoothing=0.5)


class TestRationalGradients:
    def test_cross_entropy_of_a_probability(self):
        parameters = {"gamma": 0.0, "reduction": "none"}
        assert binary([0.25], [1.0], "gradient", **parameters) == (exactly(-4),)
        assert binary([0.25], [0.25], "gradient", **parameters) == (ZERO,)
        assert binary([0.25], [0.5], "gradient", **parameters) == (exactly(-4, 3),)

    def test_smoothing_by_the_probability_of_another_class(self):
        found = row(
            "categorical_focal_loss",
            [0.25, 0.5],
            0,
            "gradient",
            gamma=2.0,
            label_smoothing=0.5,
        )
        # -(3/4)^2 * (1/4) / (1/2); an irrational power at gamma 1/2 would leave a ball, but for
        # 1 - p = 1/4, whose root is 1/2.
        assert found[1] == exactly(-9, 32)
        rooted = row(
            "categorical_focal_loss", [0.75, 0.5], 0, "gradient", gamma=0.5, label_smoothing=0.5
        )
        assert rooted[1] == exactly(-1, 4)
        assert isinstance(rooted[0], Ball)

    def test_rule_exponential_is_flat_where_the_probability_is_the_label(self):
        parameters = {"gamma": 2.0, "label_rule": "exponential"}
        assert binary([0.25], [0.25], "gradient", **parameters) == (ZERO,)

    def test_a_weighted_mean_divides_by_the_exact_sum_of_weights(self):
        found = binary(
            [0.25, 0.5],
            [1.0, 0.0],
            "gradient",
            gamma=0.0,
            class_weight=array(2.0, 3.0),
            reduction="weighted_mean",
        )
        assert found == (exactly(-12, 5), exactly(4, 5))
