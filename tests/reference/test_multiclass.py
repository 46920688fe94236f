"""The multiclass losses: the documents' examples, the oracle's values, axes, reductions, limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from focalspec.reference import (
    categorical_focal_loss,
    cross_entropy,
    sigmoid_focal_loss,
    softmax,
    softmax_focal_loss,
)

SHAPES = [
    ((6, 5), 1),
    ((4, 3, 2), 1),
    ((3, 4), 0),
    ((2, 3, 4), -1),
    ((3, 70), 1),
    ((2, 3, 3, 2), 1),
]
REDUCTIONS = ["none", "sum", "mean", "mean_positive", "weighted_mean"]


def batch(shape, axis, seed=0):
    generator = np.random.default_rng(seed)
    logits = generator.normal(size=shape) * 3
    targets = generator.integers(0, shape[axis], np.delete(np.array(shape), axis))
    return logits, targets


def test_the_tensorflow_documents_example_gives_what_it_prints():
    p = [[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.2, 0.2, 0.6]]
    loss = categorical_focal_loss(p, [0, 1, 2], gamma=2)
    assert np.round(loss, 3).tolist() == [0.009, 0.032, 0.082]


@pytest.mark.parametrize("shape, axis", SHAPES)
@pytest.mark.parametrize("smoothing", [0.0, 0.125, 1.0])
def test_softmax_values_agree_with_the_oracle(shape, axis, smoothing, oracle):
    logits, targets = batch(shape, axis)
    classes = shape[axis]
    targets.flat[0] = -100
    parameters = {
        "gamma": np.linspace(0, 3, classes),
        "class_weight": np.linspace(0.5, 2, classes),
        "label_smoothing": smoothing,
        "axis": axis,
        "reduction": "none",
    }
    outputs = ("loss", "gradient", "hessian_diagonal")
    exact = oracle(
        "softmax_focal_loss", {"logits": logits, "targets": targets}, outputs, **parameters
    )
    computed = softmax_focal_loss(logits, targets, derivatives=2, **parameters)
    for name, values in zip(outputs, computed, strict=True):
        assert np.allclose(values, exact[name].astype(float), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("classes", [2, 3, 10, 100])
@pytest.mark.parametrize("gamma, worst", [(0.0, 8), (0.5, 8), (2.0, 8), (5.0, 12)])
def test_float64_softmax_keeps_its_bound(classes, gamma, worst, oracle, ulps):
    logits, targets = batch((12, classes), 1)
    logits[np.arange(6), targets[:6]] += 8
    exact = oracle(
        "softmax_focal_loss",
        {"logits": logits, "targets": targets},
        gamma=gamma,
        reduction="none",
    )
    loss, gradient = softmax_focal_loss(
        logits, targets, gamma=gamma, reduction="none", derivatives=1
    )
    assert ulps(loss, exact["loss"]) <= worst
    assert ulps(gradient, exact["gradient"]) <= worst


@pytest.mark.parametrize("classes", [2, 5, 80])
def test_float32_softmax_is_rounded_once(classes, oracle, ulps):
    logits, targets = batch((8, classes), 1)
    logits = logits.astype(np.float32)
    exact = oracle("softmax_focal_loss", {"logits": logits, "targets": targets}, reduction="none")
    loss, gradient = softmax_focal_loss(logits, targets, reduction="none", derivatives=1)
    assert ulps(loss, exact["loss"]) <= 0.501
    assert ulps(gradient, exact["gradient"]) <= 0.501


@pytest.mark.parametrize(
    "shape, axis", [((40, 2), 1), ((40, 9), 0), ((20, 90), 1), ((1, 90, 9), 1)]
)
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0, 5.0])
@pytest.mark.parametrize("scale", [1, 12, 400])
def test_fast_float32_softmax_keeps_its_bound(shape, axis, gamma, scale, ulps):
    logits, targets = batch(shape, axis)
    logits = (logits * scale).astype(np.float32)
    given = {"gamma": gamma, "axis": axis, "reduction": "none", "derivatives": 1}
    exact = softmax_focal_loss(logits.astype(float), targets, **given)
    found = softmax_focal_loss(logits, targets, **given, precision="fast")
    for one, other in zip(found, exact, strict=True):
        normal = np.abs(other) > np.finfo(np.float32).smallest_normal
        assert one.dtype == np.float32
        assert ulps(one[normal], other[normal]) <= 40
        assert np.all(np.abs(one[~normal]) <= 2 * np.finfo(np.float32).smallest_normal)


def test_fast_float32_softmax_bears_large_weights():
    logits, targets = np.array([[-30.0, 30.0], [30.0, -30.0]], np.float32), [0, 0]
    given = {"class_weight": [1e30, 1.0], "reduction": "none", "derivatives": 1}
    exact = softmax_focal_loss(logits, targets, **given)
    found = softmax_focal_loss(logits, targets, **given, precision="fast")
    for one, other in zip(found, exact, strict=True):
        assert np.allclose(one, other, rtol=1e-5, atol=0)


@pytest.mark.parametrize("shape, axis", SHAPES)
@pytest.mark.parametrize("smoothing", [0.0, 0.125])
def test_categorical_values_agree_with_the_oracle(shape, axis, smoothing, oracle):
    logits, targets = batch(shape, axis)
    p = softmax(logits, axis=axis)
    classes = shape[axis]
    parameters = {
        "gamma": np.linspace(0, 3, classes),
        "class_weight": np.linspace(0.5, 2, classes),
        "label_smoothing": smoothing,
        "axis": axis,
    }
    inputs = {"probabilities": p, "targets": targets}
    exact = oracle("categorical_focal_loss", inputs, **parameters)
    loss, gradient = categorical_focal_loss(p, targets, derivatives=1, **parameters)
    assert np.allclose(loss, exact["loss"].astype(float), rtol=1e-13)
    assert np.allclose(gradient, exact["gradient"].astype(float), rtol=1e-13)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_reductions_agree_with_the_oracle(reduction, oracle):
    logits, targets = batch((4, 3, 5), 1)
    targets[0, :2] = 7
    parameters = {
        "class_weight": [0.5, 1.0, 3.0],
        "ignore_index": 7,
        "background_class": 2,
        "reduction": reduction,
    }
    exact = oracle("softmax_focal_loss", {"logits": logits, "targets": targets}, **parameters)
    loss, gradient = softmax_focal_loss(logits, targets, derivatives=1, **parameters)
    assert np.allclose(loss, exact["loss"].astype(float), rtol=1e-14)
    assert np.allclose(gradient, exact["gradient"].astype(float), rtol=1e-13)


@pytest.mark.parametrize("reduction", ["sum", "mean", "mean_positive", "weighted_mean"])
def test_nothing_but_ignored_positions_gives_0(reduction):
    loss, gradient = softmax_focal_loss([[np.nan, 1.0]], [-100], reduction=reduction, derivatives=1)
    assert loss == 0.0
    assert gradient.tolist() == [[0.0, 0.0]]


def test_a_batch_of_nothing_but_background_is_divided_by_one():
    logits = [[1.0, 2.0], [0.5, -1.0]]
    total = softmax_focal_loss(logits, [0, 0], reduction="sum")
    assert softmax_focal_loss(logits, [0, 0], reduction="mean_positive") == total


@given(st.integers(0, 2**32), st.floats(-300, 300))
def test_adding_a_number_to_all_logits_of_a_position_changes_little(seed, shift):
    logits, targets = batch((5, 4), 1, seed)
    one = softmax_focal_loss(logits, targets, reduction="none")
    other = softmax_focal_loss(logits + shift, targets, reduction="none")
    assert np.allclose(one, other, rtol=1e-11, atol=1e-13)


@given(st.integers(0, 2**32))
def test_renaming_the_classes_renames_the_gradient(seed):
    logits, targets = batch((6, 5), 1, seed)
    order = np.random.default_rng(seed).permutation(5)
    loss, gradient = softmax_focal_loss(logits, targets, reduction="none", derivatives=1)
    names = np.argsort(order)
    renamed, renamed_gradient = softmax_focal_loss(
        logits[:, order], names[targets], reduction="none", derivatives=1
    )
    assert np.allclose(loss, renamed, rtol=1e-14)
    assert np.allclose(gradient[:, order], renamed_gradient, rtol=1e-13)


@given(st.integers(0, 2**32), st.floats(0, 1))
def test_the_gradients_of_a_position_add_up_to_0(seed, smoothing):
    logits, targets = batch((6, 5), 1, seed)
    _, gradient = softmax_focal_loss(
        logits, targets, label_smoothing=smoothing, reduction="none", derivatives=1
    )
    assert np.allclose(gradient.sum(axis=1), 0, atol=1e-14)


def test_two_classes_are_the_sigmoid_loss():
    x = np.linspace(-20, 20, 41)
    logits = np.stack([np.zeros_like(x), x], axis=1)
    two = softmax_focal_loss(logits, np.ones(41, int), reduction="none")
    one = sigmoid_focal_loss(x, np.ones(41), alpha=None, reduction="none")
    assert np.allclose(two, one, rtol=4e-15)


def test_cross_entropy_is_gamma_0():
    logits, targets = batch((6, 5), 1)
    loss, gradient = cross_entropy(logits, targets, derivatives=1)
    focal, focal_gradient = softmax_focal_loss(logits, targets, gamma=0, derivatives=1)
    assert loss == focal
    assert np.array_equal(gradient, focal_gradient)


@pytest.mark.parametrize("gap", [0.0, 339.0, 341.0, 700.0, 1e4, 1e308])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_logits_far_apart_give_the_oracles_values(gap, gamma, oracle):
    logits = np.array([[gap, 0.0, -gap / 2], [-gap / 2, gap / 4, 1.0], [0.0, gap, gap]])
    targets = np.array([0, 1, 2])
    for shift in range(3):
        inputs = {"logits": logits, "targets": (targets + shift) % 3}
        exact = oracle("softmax_focal_loss", inputs, gamma=gamma, reduction="none")
        loss, gradient = softmax_focal_loss(
            *inputs.values(), gamma=gamma, reduction="none", derivatives=1
        )
        assert np.allclose(loss, exact["loss"].astype(float), rtol=1e-11, atol=0)
        assert np.allclose(gradient, exact["gradient"].astype(float), rtol=1e-11, atol=0)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_the_hessian_keeps_its_digits_where_one_class_is_all_but_certain(gamma, axis, oracle):
    logits = np.array([[-200.0, 0.0, -100.0], [-90.0, 40.0, 0.0], [-3.0, 50.0, 50.0]])
    inputs = {"logits": logits if axis else logits.T, "targets": np.zeros(3, int)}
    outputs = ("hessian_diagonal",)
    given = {"gamma": gamma, "reduction": "sum", "axis": axis}
    exact = oracle("softmax_focal_loss", inputs, outputs, **given)["hessian_diagonal"]
    found = softmax_focal_loss(*inputs.values(), **given, derivatives=2)[2]
    assert np.allclose(found, exact.astype(float), rtol=1e-12, atol=0)


def test_a_class_taken_out_by_minus_infinity_changes_nothing():
    logits = np.array([[0.5, -np.inf, 2.0], [1.0, -np.inf, 0.0]])
    loss, gradient = softmax_focal_loss(logits, [0, 2], reduction="none", derivatives=1)
    small, small_gradient = softmax_focal_loss(
        logits[:, ::2], [0, 1], reduction="none", derivatives=1
    )
    assert np.allclose(loss, small, rtol=1e-15)
    assert np.allclose(gradient[:, ::2], small_gradient, rtol=1e-14)
    assert gradient[:, 1].tolist() == [0.0, 0.0]


def test_a_target_taken_out_has_an_infinite_loss():
    loss, gradient = softmax_focal_loss([[0.0, -np.inf]], [1], reduction="none", derivatives=1)
    assert loss.tolist() == [np.inf]
    assert gradient.tolist() == [[1.0, -1.0]]


def test_a_single_class_is_certain():
    for smoothing in (0.0, 0.5):
        values = softmax_focal_loss(
            [[3.0], [-2.0]], [0, 0], label_smoothing=smoothing, derivatives=2
        )
        assert [value.sum() for value in values] == [0.0, 0.0, 0.0]


def test_nan_logits_give_nan_at_their_own_position_only():
    logits, targets = batch((4, 3), 1)
    logits[2, 1] = np.nan
    loss, gradient = softmax_focal_loss(logits, targets, reduction="none", derivatives=1)
    assert np.isnan(loss).tolist() == [False, False, True, False]
    assert np.isnan(gradient).any(axis=1).tolist() == [False, False, True, False]


def test_a_position_gives_the_same_bits_beside_one_with_huge_logits():
    logits, targets = batch((40, 6), 1)
    beside = logits.copy()
    beside[7] *= 1e6
    one = softmax_focal_loss(logits, targets, reduction="none", derivatives=1)
    other = softmax_focal_loss(beside, targets, reduction="none", derivatives=1)
    kept = np.arange(40) != 7
    for a, b in zip(one, other, strict=True):
        assert np.array_equal(a[kept], b[kept])


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
def test_certain_probabilities_give_the_limits(gamma):
    p = [[1.0, 0.0], [0.0, 1.0]]
    loss, gradient = categorical_focal_loss(p, [0, 0], gamma=gamma, derivatives=1)
    assert loss.tolist() == [0.0, np.inf]
    assert gradient.tolist() == [[-1.0 if gamma == 0 else 0.0, 0.0], [-np.inf, 0.0]]


def test_a_class_without_weight_contributes_nothing_even_at_probability_0():
    loss, gradient = categorical_focal_loss(
        [[0.0, 1.0]], [0], gamma=2, class_weight=[0.0, 1.0], derivatives=1
    )
    assert loss.tolist() == [0.0]
    assert gradient.tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("target", "share"), [(0, 0.984375), (3, 0.0)])
def test_smoothing_spreads_over_the_largest_logits_without_overflow(dtype, target, share):
    largest = np.finfo(dtype).max
    logits = np.array([[1, 1, 1, largest]], dtype)
    loss, gradient = softmax_focal_loss(
        logits, [target], label_smoothing=1 / 16, reduction="none", derivatives=1
    )
    # (1 - eps) M + eps (3 M / 4) where the target is far behind; modulated away where it leads
    assert loss[0] == pytest.approx(largest * dtype(share), rel=1e-6)
    assert np.isfinite(gradient).all()
