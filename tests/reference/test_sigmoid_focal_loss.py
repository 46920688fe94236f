"""The focal loss of logits: what its documents print, its limits, and the oracle's values."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from focalspec.reference import sigmoid_focal_loss

GAMMAS = [0, 0.5, 1, 1.5, 2, 2.2, 5, 12]
LOGITS = np.array(
    [-1e308, -1000, -746, -40.5, -8.25, -1, -0.375, -1e-300, 0, 1e-9, 0.5, 2, 7, 37.5, 701, 1e308]
)


def test_the_paddle_documents_example_gives_what_it_prints():
    logits = np.array([[0.97, 0.91, 0.03], [0.55, 0.43, 0.71]], np.float32)
    labels = np.array([[1, 0, 0], [0, 1, 0]], np.float32)
    assert sigmoid_focal_loss(logits, labels, normalizer=[2.0]) == np.float32(0.65782464)


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("label", [0.0, 1.0])
@pytest.mark.parametrize("alpha", [0.25, None])
def test_float64_values_with_hard_labels_agree_with_the_oracle(gamma, label, alpha, oracle, ulps):
    labels = np.full(LOGITS.shape, label)
    exact = oracle(
        "sigmoid_focal_loss",
        {"logits": LOGITS, "labels": labels},
        gamma=float(gamma),
        alpha=alpha,
        reduction="none",
    )
    loss, gradient = sigmoid_focal_loss(
        LOGITS, labels, gamma=gamma, alpha=alpha, reduction="none", derivatives=1
    )
    assert ulps(loss, exact["loss"]) <= (4 if gamma <= 5 else 8)
    assert ulps(gradient, exact["gradient"]) <= (5 if gamma <= 5 else 9)


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("label", [0.0, 1.0, 0.3])
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_narrow_values_are_rounded_once(gamma, label, dtype, oracle, ulps):
    logits = np.linspace(-30, 30, 61).astype(dtype)
    labels = np.full(logits.shape, label, dtype)
    inputs = {"logits": logits, "labels": labels}
    exact = oracle("sigmoid_focal_loss", inputs, gamma=float(gamma), reduction="none")
    loss = sigmoid_focal_loss(logits, labels, gamma=gamma, reduction="none")
    assert loss.dtype == dtype
    assert ulps(loss, exact["loss"]) <= 0.501
    if label != 0.3:  # a cancelling gradient is right to the larger term only
        gradient = sigmoid_focal_loss(logits, labels, gamma=gamma, reduction="none", derivatives=1)[
            1
        ]
        assert ulps(gradient, exact["gradient"]) <= 0.501


@pytest.mark.parametrize("gamma", [0, 0.5, 2, 3.3])
@pytest.mark.parametrize("label", [0.0, 0.25, 0.7, 1.0])
def test_derivatives_agree_with_the_oracle_up_to_cancellation(gamma, label, oracle):
    logits = np.linspace(-9, 9, 25)
    labels = np.full(logits.shape, label)
    outputs = ("loss", "gradient", "hessian_diagonal")
    exact = oracle(
        "sigmoid_focal_loss",
        {"logits": logits, "labels": labels},
        outputs,
        gamma=float(gamma),
        reduction="none",
    )
    computed = sigmoid_focal_loss(logits, labels, gamma=gamma, reduction="none", derivatives=2)
    for name, values in zip(outputs, computed, strict=True):
        size = np.max(np.abs(exact[name].astype(float)))
        assert np.allclose(values, exact[name].astype(float), rtol=1e-14, atol=1e-15 * size)


@pytest.mark.parametrize("precision, worst", [("full", 0.501), ("fast", 40)])
def test_each_precision_keeps_its_bound_in_float32(precision, worst, oracle, ulps):
    logits = np.linspace(-20, 20, 201, dtype=np.float32)
    for gamma in (0.0, 0.5, 2.0, 2.2, 5.0):
        for label in (0.0, 1.0):
            labels = np.full_like(logits, label)
            inputs = {"logits": logits, "labels": labels}
            exact = oracle("sigmoid_focal_loss", inputs, gamma=gamma, reduction="none")
            computed = sigmoid_focal_loss(
                logits, labels, gamma=gamma, reduction="none", derivatives=1, precision=precision
            )
            for values, name in zip(computed, ("loss", "gradient"), strict=True):
                assert values.dtype == np.float32
                assert ulps(values, exact[name]) <= worst


def test_fast_float64_keeps_its_bound(oracle, ulps):
    logits = np.linspace(-30, 30, 201)
    for gamma in (0.0, 2.0, 5.0):
        inputs = {"logits": logits, "labels": np.zeros_like(logits)}
        exact = oracle("sigmoid_focal_loss", inputs, gamma=gamma, reduction="none")
        loss = sigmoid_focal_loss(
            logits, inputs["labels"], gamma=gamma, reduction="none", precision="fast"
        )
        assert ulps(loss, exact["loss"]) <= 20


@pytest.mark.parametrize("precision", ["full", "fast"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("gamma", [0, 0.5, 2, 5])
def test_infinite_logits_give_the_limits(gamma, dtype, precision):
    logits = np.array([np.inf, -np.inf, np.inf, -np.inf], dtype)
    labels = np.array([0, 0, 1, 1], dtype)
    loss, gradient, hessian = sigmoid_focal_loss(
        logits, labels, gamma=gamma, reduction="none", derivatives=2, precision=precision
    )
    assert loss.tolist() == [np.inf, 0, 0, np.inf]
    assert gradient.tolist() == [0.75, 0, 0, -0.25]
    assert hessian.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("precision", ["full", "fast"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_largest_finite_logits_give_finite_values(dtype, precision):
    largest = np.finfo(dtype).max
    logits = np.array([largest, -largest, largest, -largest], dtype)
    labels = np.array([0, 0, 1, 1], dtype)
    loss, gradient, hessian = sigmoid_focal_loss(
        logits, labels, reduction="none", derivatives=2, precision=precision
    )
    assert np.allclose(loss, np.array([0.75, 0, 0, 0.25]) * float(largest), rtol=1e-6, atol=0)
    assert gradient.tolist() == [0.75, 0, 0, -0.25]
    assert hessian.tolist() == [0, 0, 0, 0]


def test_nan_logits_give_nan_in_their_own_place_only():
    logits = np.array([1.0, np.nan, 2.0])
    for labels in ([0, 0, 1], [0.5, 0.5, 0.5]):
        for values in sigmoid_focal_loss(logits, labels, reduction="none", derivatives=2):
            assert np.isnan(values).tolist() == [False, True, False]


@pytest.mark.parametrize("alpha, silent", [(0.0, 1.0), (1.0, 0.0)])
def test_a_label_without_weight_contributes_nothing_wherever_its_logit_is(alpha, silent):
    logits = np.array([-np.inf, -1e308, 0.0, 3.0, np.inf])
    labels = np.full(logits.shape, silent)
    for values in sigmoid_focal_loss(logits, labels, alpha=alpha, reduction="none", derivatives=2):
        assert values.tolist() == [0.0] * 5


def test_a_hard_label_gives_the_same_bits_among_soft_ones():
    logits = np.linspace(-50, 50, 101)
    for dtype in (np.float32, np.float64):
        x = logits.astype(dtype)
        labels = (x > 0).astype(dtype)
        mixed = labels.copy()
        mixed[::10] = 0.5
        alone = sigmoid_focal_loss(x, labels, reduction="none", derivatives=1)
        among = sigmoid_focal_loss(x, mixed, reduction="none", derivatives=1)
        hard = mixed != 0.5
        for one, other in zip(alone, among, strict=True):
            assert np.array_equal(one[hard], other[hard])


@given(
    st.lists(st.floats(-50, 50), min_size=1, max_size=20),
    st.floats(0, 1),
    st.floats(0, 6),
    st.floats(0, 1),
)
def test_turning_logits_and_labels_round_changes_nothing_but_the_gradients_sign(
    logits, label, gamma, alpha
):
    x = np.array(logits)
    y = np.full(x.shape, round(label * 8) / 8)
    loss, gradient = sigmoid_focal_loss(
        x, y, gamma=gamma, alpha=None, class_weight=[alpha, 0.5], reduction="none", derivatives=1
    )
    turned, turned_gradient = sigmoid_focal_loss(
        -x,
        1 - y,
        gamma=gamma,
        alpha=None,
        class_weight=[0.5, alpha],
        reduction="none",
        derivatives=1,
    )
    assert np.allclose(loss, turned, rtol=2e-15, atol=0)
    scale = np.max(np.abs(gradient))
    assert np.allclose(gradient, -turned_gradient, rtol=2e-15, atol=1e-15 * scale)


def test_gamma_0_is_cross_entropy():
    x = np.linspace(-5, 5, 11)
    y = np.array([0, 1] * 5 + [1.0])
    loss = sigmoid_focal_loss(x, y, gamma=0, alpha=None, reduction="none")
    entropy = [math.log1p(math.exp(t)) for t in np.where(y == 1, -x, x)]
    assert np.allclose(loss, entropy, rtol=1e-15)


def test_the_papers_easy_examples_weigh_little():
    logit = math.log(9)  # p = 0.9
    easy = sigmoid_focal_loss([logit], [1], gamma=2, alpha=None)
    plain = sigmoid_focal_loss([logit], [1], gamma=0, alpha=None)
    assert easy / plain == pytest.approx(0.01, rel=1e-12)


def test_weights_far_from_one_lose_no_digits(oracle, ulps):
    logits = np.array([-237.0, -30.0, 3.0])
    labels = np.zeros(3)
    for weight in (1e-200, 1e200):
        parameters = {"class_weight": [weight, 1.0], "alpha": None, "reduction": "none"}
        exact = oracle("sigmoid_focal_loss", {"logits": logits, "labels": labels}, **parameters)
        loss, gradient = sigmoid_focal_loss(logits, labels, derivatives=1, **parameters)
        assert ulps(loss, exact["loss"]) <= 4
        assert ulps(gradient, exact["gradient"]) <= 5


def test_losses_underflow_gradually(oracle, ulps):
    logits = -np.linspace(236.0, 247.5, 47)
    labels = np.zeros_like(logits)
    exact = oracle("sigmoid_focal_loss", {"logits": logits, "labels": labels}, reduction="none")
    loss, gradient = sigmoid_focal_loss(logits, labels, reduction="none", derivatives=1)
    assert 0 < loss.min() < np.finfo(float).smallest_normal
    assert ulps(loss, exact["loss"]) <= 4
    assert ulps(gradient, exact["gradient"]) <= 5


@pytest.mark.parametrize("rule", ["mixed", "exponential", "margin", "distance", "nonzero"])
@pytest.mark.parametrize("gamma", [0, 0.5, 2])
def test_the_label_rules_agree_with_the_oracle(rule, gamma, oracle):
    logits = np.array([-30.0, -4.0, -0.5, 0.25, 2.0, 11.0])
    labels = np.array([0.125, 0.5, 0.75, 0.375, 0.25, 0.9375])
    outputs = ("loss", "gradient", "hessian_diagonal")
    parameters = {"label_rule": rule, "gamma": float(gamma), "reduction": "none"}
    exact = oracle(
        "sigmoid_focal_loss", {"logits": logits, "labels": labels}, outputs, **parameters
    )
    computed = sigmoid_focal_loss(logits, labels, derivatives=2, **parameters)
    for name, values in zip(outputs, computed, strict=True):
        assert np.allclose(values, exact[name].astype(float), rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize("rule", ["mixed", "exponential", "margin", "distance", "nonzero"])
def test_the_label_rules_agree_on_hard_labels(rule):
    logits = np.linspace(-20, 20, 11)
    labels = np.array([0.0, 1.0] * 5 + [0.5])
    plain = sigmoid_focal_loss(logits, labels, reduction="none")
    ruled = sigmoid_focal_loss(logits, labels, reduction="none", label_rule=rule)
    assert np.array_equal(plain[:10], ruled[:10])
