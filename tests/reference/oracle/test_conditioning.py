"""Condition numbers say how much a relative change of the input changes a result."""

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import inf, mpf

from focalspec.reference.tensor import Tensor

some = settings(max_examples=20, deadline=None)
RULES = ("two_term", "mixed", "exponential", "margin", "distance", "nonzero")
# Differences of differences, for a few digits.
BITS, STEP = 700, -120
BOTH = ["loss_condition", "gradient_condition"]
gammas = st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.5])


def condition(oracle, function, arguments):
    """By differences: the sum of |x_j df/dx_j| over |f|."""
    with mpmath.workprec(BITS):
        change = mpf(0)
        for j, at in enumerate(arguments):

            def along(x, j=j):
                return function([*map(mpf, arguments[:j]), x, *map(mpf, arguments[j + 1 :])])

            change += abs(at * oracle.derivative(along, at, STEP))
        return change / abs(function(list(map(mpf, arguments))))


def gradient_entry(oracle, function, k):
    """The k-th entry of a gradient, a function of all arguments."""

    def entry(arguments):
        def along(x):
            return function([*arguments[:k], x, *arguments[k + 1 :]])

        return oracle.derivative(along, arguments[k], STEP)

    return entry


def close(oracle, value, expected):
    """A few digits are promised; what is far below a unit need not be told from zero."""
    with oracle.many_bits():
        return abs(value - expected) <= mpf(10) ** -6 * expected + mpf(10) ** -20


@some
@given(
    x=st.integers(-80, 80),
    sixteenths=st.integers(0, 16),
    gamma=gammas,
    rule=st.sampled_from(RULES),
)
def test_of_the_sigmoid_loss_and_gradient(oracle, x, sixteenths, gamma, rule):
    x, y = x / 4 + 1 / 64, sixteenths / 16

    def loss(arguments):
        return oracle.transcribed.sigmoid_focal_loss(arguments[0], y, gamma, rule=rule)

    parameters = {"gamma": gamma, "label_rule": rule, "alpha": None, "reduction": "none"}
    answer = oracle.ask("sigmoid_focal_loss", [x], [y], BOTH, **parameters)
    assert close(oracle, answer["loss_condition"].values[0], condition(oracle, loss, [x]))
    slope = gradient_entry(oracle, loss, 0)
    assert close(oracle, answer["gradient_condition"].values[0], condition(oracle, slope, [x]))


@some
@given(
    p=st.integers(1, 63), sixteenths=st.integers(0, 16), gamma=gammas, rule=st.sampled_from(RULES)
)
def test_of_the_binary_loss_and_gradient(oracle, p, sixteenths, gamma, rule):
    p, y = p / 64 + 1 / 1024, sixteenths / 16

    def loss(arguments):
        return oracle.transcribed.binary(arguments[0], y, gamma, rule=rule)

    parameters = {"gamma": gamma, "label_rule": rule, "reduction": "none"}
    answer = oracle.ask("binary_focal_loss", [p], [y], BOTH, **parameters)
    assert close(oracle, answer["loss_condition"].values[0], condition(oracle, loss, [p]))
    slope = gradient_entry(oracle, loss, 0)
    assert close(oracle, answer["gradient_condition"].values[0], condition(oracle, slope, [p]))


@some
@given(
    z=st.lists(st.integers(-40, 40), min_size=2, max_size=4),
    gamma=gammas,
    eps=st.sampled_from([0.0, 0.125, 1.0]),
)
def test_of_the_softmax_loss_and_every_entry_of_its_gradient(oracle, z, gamma, eps):
    z = [logit / 4 + k / 64 for k, logit in enumerate(z)]
    check_row(
        oracle,
        "softmax_focal_loss",
        lambda row: oracle.transcribed.softmax_focal_loss(row, 0, gamma, eps),
        z,
        {"gamma": gamma, "label_smoothing": eps},
    )


@some
@given(
    p=st.lists(st.integers(1, 63), min_size=1, max_size=4),
    gamma=gammas,
    eps=st.sampled_from([0.125, 1.0]),
)
def test_of_the_categorical_loss_and_every_entry_of_its_gradient(oracle, p, gamma, eps):
    check_row(
        oracle,
        "categorical_focal_loss",
        lambda row: oracle.transcribed.categorical(row, 0, gamma, eps),
        [n / 64 for n in p],
        {"gamma": gamma, "label_smoothing": eps, "axis": 1},
    )


def check_row(oracle, formula, loss, row, parameters):
    tensor = Tensor((1, len(row)), tuple(row))
    parameters = {"class_weight": [3.0] * len(row), **parameters}
    answer = oracle.ask(formula, tensor, [0], BOTH, reduction="mean", **parameters)
    assert close(oracle, answer["loss_condition"].values[0], condition(oracle, loss, row))
    for k, value in enumerate(answer["gradient_condition"].values):
        entry = gradient_entry(oracle, loss, k)
        assert close(oracle, value, condition(oracle, entry, row))


def test_of_a_reduced_loss_adds_the_changes_of_all_elements(oracle):
    x, y = [0.5, -2.0, 3.0], [1.0, 0.25, 0.0]

    def loss(arguments):
        pairs = zip(arguments, y, strict=True)
        return sum(oracle.transcribed.sigmoid_focal_loss(a, b, 2.0) for a, b in pairs)

    for reduction in ("sum", "mean"):
        answer = oracle.ask(
            "sigmoid_focal_loss", x, y, ["loss_condition"], alpha=None, reduction=reduction
        )
        assert close(oracle, answer["loss_condition"].values[0], condition(oracle, loss, x))


@pytest.mark.parametrize("x", [1e308, -1e308, 1e15, 5e-324])
def test_exist_at_the_ends_of_the_range(oracle, x):
    for label in (0.0, 1.0, 0.25):
        parameters = {"gamma": 2.2, "reduction": "none"}
        answer = oracle.ask("sigmoid_focal_loss", [x], [label], BOTH, **parameters)
        for output in BOTH:
            assert 0 <= answer[output].values[0] < inf
    row = oracle.ask("softmax_focal_loss", Tensor((1, 3), (x, 0.0, 1.0)), [1], BOTH)
    assert all(0 <= value < inf for output in BOTH for value in row[output].values)


def test_are_none_where_the_result_is_zero_or_infinite_or_ignored(oracle):
    answer = oracle.ask(
        "binary_focal_loss",
        [0.0, 1.0, 0.5, 0.5],
        [1.0, 1.0, 0.5, 7.0],
        BOTH,
        gamma=2.0,
        ignore_index=7,
    )
    assert answer["loss_condition"].values[:2] == (None, None)
    assert answer["loss_condition"].values[3] is None
    assert answer["gradient_condition"].values == (None, None, None, None)
