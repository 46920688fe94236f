"""Any memory layout will do; inputs are left as they are, and outputs written where asked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from focalspec.reference import (
    binary_focal_loss,
    categorical_focal_loss,
    sigmoid,
    sigmoid_focal_loss,
    softmax,
    softmax_focal_loss,
)

SHAPES = arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@given(SHAPES, st.sampled_from(["none", "sum", "mean"]), st.sampled_from([np.float32, np.float64]))
def test_every_shape_gives_results_of_that_shape(shape, reduction, dtype):
    x = np.linspace(-3, 3, int(np.prod(shape))).reshape(shape).astype(dtype)
    y = (x > 0).astype(dtype)
    loss, gradient, hessian = sigmoid_focal_loss(x, y, reduction=reduction, derivatives=2)
    assert loss.shape == (shape if reduction == "none" else ())
    assert gradient.shape == hessian.shape == shape
    loss, gradient = binary_focal_loss(y, y, gamma=1, reduction=reduction, derivatives=1)
    assert loss.shape == (shape if reduction == "none" else ())
    assert gradient.shape == shape


@given(
    arrays.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4),
    st.data(),
    st.sampled_from(["none", "sum", "mean", "mean_positive", "weighted_mean"]),
)
def test_every_class_axis_gives_what_the_last_one_gives(shape, data, reduction):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    classes = shape[axis]
    shape = tuple(max(side, 1) if i == axis % len(shape) else side for i, side in enumerate(shape))
    classes = shape[axis]
    z = np.random.default_rng(0).normal(size=shape)
    last = np.moveaxis(z, axis, -1)
    targets = np.random.default_rng(1).integers(0, classes, last.shape[:-1])
    loss, gradient = softmax_focal_loss(z, targets, axis=axis, reduction=reduction, derivatives=1)
    expected, expected_gradient = softmax_focal_loss(
        last.copy(), targets, axis=-1, reduction=reduction, derivatives=1
    )
    assert np.array_equal(loss, expected)
    assert np.array_equal(np.moveaxis(gradient, axis, -1), expected_gradient)


def test_strided_and_transposed_inputs_give_the_same_as_copies():
    x = np.random.default_rng(0).normal(size=(40, 30))
    y = (x > 0.5) * 1.0
    for view in (lambda a: a.T, lambda a: a[::-2, 3::4], lambda a: np.broadcast_to(a[:1], (7, 30))):
        one = sigmoid_focal_loss(view(x), view(y), reduction="none", derivatives=1)
        other = sigmoid_focal_loss(view(x).copy(), view(y).copy(), reduction="none", derivatives=1)
        assert same(one, other)


def test_a_channels_last_view_gives_the_same_as_a_copy():
    z = np.random.default_rng(0).normal(size=(2, 6, 7, 5)).transpose(0, 3, 1, 2)
    targets = np.random.default_rng(1).integers(0, 5, (7, 6, 2)).transpose(2, 1, 0)
    one = softmax_focal_loss(z, targets, reduction="none", derivatives=1)
    other = softmax_focal_loss(z.copy(), targets.copy(), reduction="none", derivatives=1)
    assert same(one, other)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("precision", ["full", "fast"])
def test_inputs_are_never_written_to(dtype, precision):
    x = np.linspace(-900, 900, 50).astype(dtype)
    y = np.linspace(0, 1, 50).astype(dtype)
    hard = (x > 0).astype(dtype)
    rows, targets = x.reshape(10, 5), np.arange(10) % 5
    inputs = [x, y, hard, rows, targets, p := np.abs(y)]
    before = [array.copy() for array in inputs]
    for array in inputs:
        array.flags.writeable = False
    for labels in (y, hard):
        sigmoid_focal_loss(x, labels, derivatives=2, precision=precision)
        binary_focal_loss(p, labels, gamma=2, derivatives=1)
    softmax_focal_loss(rows, targets, derivatives=2, precision=precision)
    softmax_focal_loss(rows, targets, label_smoothing=0.1, ignore_index=3, derivatives=1)
    softmax_focal_loss(np.tile(rows, (1, 20)), targets, derivatives=1, precision=precision)
    categorical_focal_loss(p.reshape(10, 5), targets, gamma=2, derivatives=1)
    sigmoid(x)
    softmax(rows)
    assert same(inputs, before)


def test_outputs_are_written_where_asked():
    x, y = np.linspace(-3, 3, 12).reshape(3, 4), np.zeros((3, 4))
    expected = sigmoid_focal_loss(x, y, reduction="none", derivatives=1)
    loss, gradient = np.empty((3, 4)), np.empty((4, 3)).T
    found = sigmoid_focal_loss(x, y, reduction="none", derivatives=1, out=(loss, gradient))
    assert found[0] is loss and found[1] is gradient
    assert same(found, expected)
    assert sigmoid_focal_loss(x, y, reduction="none", out=loss) is loss
    some = sigmoid_focal_loss(x, y, reduction="none", derivatives=1, out=(None, gradient))
    assert some[1] is gradient
    assert same(some, expected)
    total = np.empty(())
    assert sigmoid_focal_loss(x, y, out=total) is total
    assert total == sigmoid_focal_loss(x, y)


def test_outputs_may_be_the_inputs_themselves():
    x, y = np.linspace(-3, 3, 50_000), np.zeros(50_000)
    expected = sigmoid_focal_loss(x, y, reduction="none", derivatives=1)
    assert same(sigmoid_focal_loss(x, y, reduction="none", derivatives=1, out=(y, x)), expected)
    assert same((y, x), expected)


def test_outputs_may_overlap_the_inputs():
    memory = np.linspace(-3, 3, 50_001)
    y = np.zeros(50_000)
    expected = sigmoid_focal_loss(memory[:-1], y, reduction="none")
    found = sigmoid_focal_loss(memory[:-1], y, reduction="none", out=memory[1:])
    assert np.array_equal(found, expected)


def test_softmax_outputs_are_written_where_asked():
    z = np.random.default_rng(0).normal(size=(6, 4, 3))
    targets = np.random.default_rng(1).integers(0, 4, (6, 3))
    expected = softmax_focal_loss(z, targets, derivatives=1)
    for gradient in (np.empty_like(z), np.empty((3, 4, 6)).T, z):
        found = softmax_focal_loss(z.copy(), targets, derivatives=1, out=(None, gradient))
        assert found[1] is gradient
        assert same(found, expected)


def test_lists_will_do():
    assert sigmoid_focal_loss([[0.5], [1.5]], [[0], [1]], reduction="none").shape == (2, 1)
    assert softmax_focal_loss([[0.5, 1.5]], [0], reduction="none").shape == (1,)


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_an_empty_batch_gives_an_empty_loss_or_0(reduction):
    for loss, gradient in (
        sigmoid_focal_loss(np.zeros((0, 3)), np.zeros((0, 3)), reduction=reduction, derivatives=1),
        binary_focal_loss(
            np.zeros((0, 3)), np.zeros((0, 3)), gamma=2, reduction=reduction, derivatives=1
        ),
        softmax_focal_loss(
            np.zeros((0, 2, 3)), np.zeros((0, 3), int), reduction=reduction, derivatives=1
        ),
        softmax_focal_loss(np.zeros((0, 2)), [], reduction=reduction, derivatives=1),
    ):
        assert loss.sum() == 0.0
        assert gradient.size == 0


def test_sigmoid_and_softmax_are_probabilities_at_all_sizes():
    x = np.array([-1e308, -800.0, -1.0, 0.0, 3.0, 800.0, 1e308, np.inf, -np.inf])
    p = sigmoid(x)
    assert p.tolist() == [0.0, 0.0, p[2], 0.5, p[4], 1.0, 1.0, 1.0, 0.0]
    rows = softmax([[0.0, 1e308, -1e308], [1.0, 1.0, 2.0], [-np.inf, 0.0, 0.0]])
    assert np.allclose(rows.sum(axis=1), 1, rtol=1e-15)
    assert rows[0].tolist() == [0.0, 1.0, 0.0]
    assert rows[2].tolist() == [0.0, 0.5, 0.5]
