"""The focal loss of given probabilities: the oracle's values, its ends, what is ignored."""

import numpy as np
import pytest

from focalspec.reference import binary_focal_loss, sigmoid_focal_loss

GRID = np.array([5e-324, 1e-300, 1e-9, 0.125, 0.5, 0.7, 0.9375, 1 - 2.0**-53])


@pytest.mark.parametrize("gamma", [0.0, 0.7, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("label", [0.0, 1.0, 0.25])
def test_values_agree_with_the_oracle(gamma, label, oracle, ulps):
    labels = np.full(GRID.shape, label)
    exact = oracle("binary_focal_loss", {"probabilities": GRID, "labels": labels}, gamma=gamma)
    loss, gradient = binary_focal_loss(GRID, labels, gamma=gamma, derivatives=1)
    assert ulps(loss, exact["loss"]) <= 6
    assert np.allclose(gradient, exact["gradient"].astype(float), rtol=1e-13)


@pytest.mark.parametrize("rule", ["mixed", "exponential", "margin", "distance", "nonzero"])
def test_the_label_rules_agree_with_the_oracle(rule, oracle):
    p = np.array([0.0625, 0.25, 0.5, 0.8125])
    labels = np.array([0.5, 0.125, 0.875, 0.25])
    parameters = {"gamma": 1.5, "label_rule": rule, "class_weight": [0.5, 2.0]}
    exact = oracle("binary_focal_loss", {"probabilities": p, "labels": labels}, **parameters)
    loss, gradient = binary_focal_loss(p, labels, derivatives=1, **parameters)
    assert np.allclose(loss, exact["loss"].astype(float), rtol=1e-13)
    assert np.allclose(gradient, exact["gradient"].astype(float), rtol=1e-13)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
def test_the_ends_give_the_limits(gamma):
    p, labels = [0.0, 1.0, 0.0, 1.0], [1.0, 1.0, 0.0, 0.0]
    loss, gradient = binary_focal_loss(p, labels, gamma=gamma, derivatives=1)
    right = 0.0 if gamma else 1.0
    assert loss.tolist() == [np.inf, 0.0, 0.0, np.inf]
    assert gradient.tolist() == [-np.inf, -right, right, np.inf]


@pytest.mark.parametrize(
    "rule", ["two_term", "mixed", "exponential", "margin", "distance", "nonzero"]
)
@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 5.0])
def test_a_fractional_label_at_an_end_has_the_limit(rule, gamma, oracle):
    p = np.repeat([0.0, 1.0], 4)
    labels = np.tile([0.125, 0.25, 0.5, 0.75], 2)
    parameters = {"gamma": gamma, "label_rule": rule}
    exact = oracle("binary_focal_loss", {"probabilities": p, "labels": labels}, **parameters)
    loss, gradient = binary_focal_loss(p, labels, derivatives=1, **parameters)
    assert loss.tolist() == exact["loss"].astype(float).tolist()
    assert gradient.tolist() == exact["gradient"].astype(float).tolist()


def test_a_weight_of_0_silences_an_infinite_term():
    loss, gradient = binary_focal_loss([0.0, 0.5], [1.0, 0.0], gamma=2, alpha=0.0, derivatives=1)
    assert loss[0] == gradient[0] == 0.0
    assert loss[1] > 0.0


@pytest.mark.parametrize("garbage", [np.nan, np.inf, -3.0, 17.0])
def test_ignored_elements_count_for_nothing_whatever_their_probability(garbage):
    labels = [1, 255, 0]
    arguments = {"gamma": 2, "ignore_index": 255, "derivatives": 1}
    loss, gradient = binary_focal_loss([0.3, garbage, 0.4], labels, **arguments)
    assert loss[1] == gradient[1] == 0.0
    kept, kept_gradient = binary_focal_loss([0.3, 0.4], [1, 0], reduction="mean", **arguments)
    mean, mean_gradient = binary_focal_loss(
        [0.3, garbage, 0.4], labels, reduction="mean", **arguments
    )
    assert mean == kept
    assert mean_gradient.tolist() == [kept_gradient[0], 0.0, kept_gradient[1]]


def test_the_weighted_mean_divides_by_the_weights_that_count():
    p, labels, weight = [0.25, 0.5, 0.75], [1.0, 0.0, 7.0], [3.0, 5.0]
    arguments = {"gamma": 1, "class_weight": weight, "ignore_index": 7}
    loss = binary_focal_loss(p, labels, **arguments)
    mean = binary_focal_loss(p, labels, reduction="weighted_mean", **arguments)
    assert mean == pytest.approx((loss[0] + loss[1]) / (5.0 + 3.0), rel=1e-15)
    halved = binary_focal_loss(p, labels, reduction="weighted_mean", normalizer=2.0, **arguments)
    assert halved == mean / 2


@pytest.mark.parametrize("reduction", ["sum", "mean", "weighted_mean"])
def test_nothing_but_ignored_elements_gives_0(reduction):
    loss, gradient = binary_focal_loss(
        [0.25, 0.5], [-1, -1], gamma=2, ignore_index=-1, reduction=reduction, derivatives=1
    )
    assert loss == 0.0
    assert gradient.tolist() == [0.0, 0.0]


def test_it_is_the_sigmoid_loss_at_the_logit():
    logits = np.linspace(-6, 6, 13)
    p = 1 / (1 + np.exp(-logits))
    labels = np.linspace(0, 1, 13)
    one = binary_focal_loss(p, labels, gamma=2, alpha=0.25)
    other = sigmoid_focal_loss(logits, labels, reduction="none")
    assert np.allclose(one, other, rtol=1e-13)


def test_nan_probabilities_give_nan_in_their_own_place_only():
    for values in binary_focal_loss([0.5, np.nan, 0.5], [0, 1, 0.5], gamma=2, derivatives=1):
        assert np.isnan(values).tolist() == [False, True, False]
