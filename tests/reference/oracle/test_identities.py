"""The oracle's formulas stand to one another as the mathematics says."""

from math import ldexp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf

from focalspec.reference.tensor import Tensor

RULES = ("two_term", "mixed", "exponential", "margin", "distance", "nonzero")
logits = st.floats(-700, 700)
any_logits = st.floats(allow_nan=False, allow_infinity=False)
labels = st.floats(0, 1)
gammas = st.floats(0, 8)
some = settings(max_examples=40, deadline=None)


@some
@given(x=any_logits, y=labels)
def test_gamma_zero_is_cross_entropy_under_every_label_rule(oracle, x, y):
    if_positive, if_negative = (oracle.ask_row("cross_entropy", [0.0, x], k) for k in (1, 0))
    with oracle.many_bits():
        expected = y * if_positive + (1 - mpf(y)) * if_negative
    for rule in RULES:
        loss = oracle.ask_one("sigmoid_focal_loss", x, y, gamma=0.0, label_rule=rule)
        assert oracle.right(loss, expected)


@some
@given(x=any_logits, gamma=gammas, label=st.sampled_from([0, 1]))
def test_sigmoid_loss_is_the_two_class_softmax_loss_at_zero_and_x(oracle, x, gamma, label):
    for output in ("loss", "gradient", "hessian_diagonal"):
        binary = oracle.ask_one("sigmoid_focal_loss", x, float(label), output, gamma=gamma)
        row = oracle.ask_row("softmax_focal_loss", [0.0, x], label, output, gamma=gamma)
        assert oracle.right(binary, row if output == "loss" else row[1])


@some
@given(
    x=any_logits,
    eighths=st.integers(0, 8),
    sixteenths=st.integers(0, 16),
    gamma=gammas,
    rule=st.sampled_from(RULES[:-1]),
)
def test_exchanging_the_classes_changes_only_the_sign_of_the_gradient(
    oracle, x, eighths, sixteenths, gamma, rule
):
    here = {"alpha": sixteenths / 16, "gamma": gamma, "label_rule": rule}
    there = here | {"alpha": 1 - sixteenths / 16}
    for output, sign in (("loss", 1), ("gradient", -1), ("hessian_diagonal", 1)):
        try:
            value = oracle.ask_one("sigmoid_focal_loss", x, eighths / 8, output, **here)
        except ValueError as error:
            assert "corner" in str(error)
            continue
        mirrored = oracle.ask_one("sigmoid_focal_loss", -x, 1 - eighths / 8, output, **there)
        with oracle.many_bits():
            assert value == sign * mirrored


@some
@given(x=any_logits, gamma=gammas, label=st.sampled_from([0.0, 1.0]))
def test_all_label_rules_are_one_on_hard_labels(oracle, x, gamma, label):
    losses = {
        oracle.ask_one("sigmoid_focal_loss", x, label, gamma=gamma, label_rule=rule)
        for rule in RULES
    }
    assert len(losses) == 1


@some
@given(
    z=st.lists(st.integers(-400, 400), min_size=2, max_size=6), shift=st.integers(-(2**40), 2**40)
)
def test_shifting_all_logits_changes_nothing(oracle, z, shift):
    for output in ("loss", "gradient", "hessian_diagonal"):
        here = oracle.ask_row("softmax_focal_loss", list(map(float, z)), 1, output)
        there = oracle.ask_row("softmax_focal_loss", [float(a + shift) for a in z], 1, output)
        assert here == there


@some
@given(
    z=st.lists(logits, min_size=2, max_size=6),
    gamma=gammas,
    eps=st.sampled_from([0.0, 0.125, 1.0]),
)
def test_gradient_over_the_classes_sums_to_zero(oracle, z, gamma, eps):
    gradient = oracle.ask_row(
        "softmax_focal_loss", z, 0, "gradient", gamma=gamma, label_smoothing=eps
    )
    with oracle.many_bits():
        assert abs(sum(gradient)) <= ldexp(1, -140) * sum(map(abs, gradient))


@some
@given(
    sixteenths=st.lists(st.integers(1, 15), min_size=2, max_size=5),
    gamma=gammas,
    eps=st.sampled_from([0.0, 0.25, 1.0]),
)
def test_categorical_loss_takes_probabilities_as_they_are(oracle, sixteenths, gamma, eps):
    row = [n / 16 for n in sixteenths]
    with oracle.many_bits():
        expected = oracle.transcribed.categorical([mpf(p) for p in row], 1, gamma, eps)
    loss = oracle.ask_row("categorical_focal_loss", row, 1, gamma=gamma, label_smoothing=eps)
    assert oracle.right(loss, expected)


@some
@given(p=st.floats(0, 1), gamma=gammas)
def test_binary_loss_on_hard_labels_is_the_categorical_loss_of_its_probability(oracle, p, gamma):
    binary = oracle.ask_one("binary_focal_loss", p, 1.0, gamma=gamma)
    # the other class's probability has no part in it
    assert binary == oracle.ask_row("categorical_focal_loss", [0.5, p], 1, gamma=gamma)


def test_cross_entropy_is_the_softmax_focal_loss_at_gamma_zero(oracle):
    rows = Tensor((2, 3), (1.0, -2.5, 30.0, 0.0, 0.0, 700.0))
    shared = {"class_weight": [0.5, 2.0, 3.0], "label_smoothing": 0.125}
    outputs = ["loss", "gradient", "hessian_diagonal", "loss_condition", "gradient_condition"]
    for reduction in ("none", "sum", "mean", "weighted_mean"):
        parameters = shared | {"reduction": reduction}
        entropy = oracle.ask("cross_entropy", rows, [0, 2], outputs, **parameters)
        focal = oracle.ask("softmax_focal_loss", rows, [0, 2], outputs, gamma=0.0, **parameters)
        assert entropy == focal


def test_gamma_per_class_is_the_gamma_of_the_target(oracle):
    for target, gamma in enumerate((0.0, 1.5, 3.0)):
        for formula, row in (
            ("softmax_focal_loss", [1.0, -0.5, 0.25]),
            ("categorical_focal_loss", [0.5, 0.125, 0.375]),
        ):
            together = oracle.ask_row(formula, row, target, gamma=[0.0, 1.5, 3.0])
            assert together == oracle.ask_row(formula, row, target, gamma=gamma)


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_equal_logits_are_the_uniform_distribution(oracle, classes):
    loss = oracle.ask_row("softmax_focal_loss", [7.0] * classes, 1, gamma=2.5)
    with oracle.many_bits():
        uniform = mpf(classes)
        expected = (1 - 1 / uniform) ** mpf(2.5) * oracle.transcribed.categorical(
            [1 / uniform] * classes, 1, 0
        )
    assert oracle.right(loss, expected)


@some
@given(x=any_logits)
def test_sigmoid_and_softmax_are_probabilities_that_belong_together(oracle, x):
    (p,) = oracle.ask("sigmoid", [x], None, ["value"])["value"].values
    q, row_p = oracle.ask("softmax", [0.0, x], None, ["value"])["value"].values
    assert oracle.right(row_p, p)
    with oracle.many_bits():
        assert abs(p + q - 1) <= ldexp(1, -150)
