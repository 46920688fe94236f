"""Class axes, reductions and arguments of the enclosure; its index arithmetic held to NumPy's."""

from fractions import Fraction
from math import prod

import numpy as np
import pytest

from focalspec.reference.enclosure import ArgumentError, Exact, Infinite, enclose
from focalspec.reference.enclosure.arguments import Arguments
from focalspec.reference.enclosure.rows import rows_of
from focalspec.reference.tensor import Tensor


@pytest.mark.parametrize("shape", [(4,), (2, 3), (3, 1, 2), (2, 3, 2, 2), (1, 2, 3, 2, 2), (0, 3)])
def test_rows_are_those_of_an_array_whose_class_axis_was_moved_last(shape):
    numbers = np.arange(prod(shape)).reshape(shape)
    for axis in range(-len(shape), len(shape)):
        rows = rows_of(Arguments("softmax", {}, {"axis": axis}, {"axis": -1}), shape)
        moved = np.moveaxis(numbers, axis, -1)
        assert rows.shape == moved.shape[:-1]
        assert rows.classes == shape[axis]
        flat = moved.reshape(rows.count, rows.classes)
        for row in range(rows.count):
            for label in range(rows.classes):
                assert rows.index(row, label) == flat[row, label]
                assert rows.place(rows.index(row, label)) == (row, label)


def array(*values):
    return Tensor((len(values),), values)


def gradients(reduction, targets, **parameters):
    """Slopes of cross entropy at p = 1/2, which are -2 times weight and share."""
    count = len(targets)
    inputs = {"probabilities": Tensor((count, 2), (0.5,) * 2 * count), "targets": array(*targets)}
    found = enclose(
        "categorical_focal_loss",
        inputs,
        {"gamma": 0.0, "reduction": reduction, "ignore_index": -1, **parameters},
        ["gradient"],
        192,
    )
    return [value.value / -2 for value in found["gradient"].values if value.value]


WEIGHTS = array(1.0, 3.0)


@pytest.mark.parametrize(
    ("reduction", "shares"),
    [
        ("none", [1, 3, 3]),
        ("sum", [1, 3, 3]),
        ("mean", [Fraction(1, 3), 1, 1]),
        ("mean_positive", [Fraction(1, 2), Fraction(3, 2), Fraction(3, 2)]),
        ("weighted_mean", [Fraction(1, 7), Fraction(3, 7), Fraction(3, 7)]),
    ],
)
def test_each_reduction_divides_by_its_denominator(reduction, shares):
    assert gradients(reduction, [0, -1, 1, 1], class_weight=WEIGHTS) == shares


def test_another_background_class_changes_the_denominator_of_mean_positive_only():
    assert gradients("mean_positive", [0, -1, 1, 1], background_class=1) == [1, 1, 1]
    assert gradients("mean", [0, 1], background_class=1) == [Fraction(1, 2)] * 2


def test_a_denominator_of_zero_counts_as_one():
    assert gradients("mean_positive", [0, 0]) == [1, 1]
    assert gradients("weighted_mean", [0], class_weight=array(0.0, 1.0)) == []
    assert gradients("mean", [-1, -1]) == []


def test_shards_change_nothing():
    whole = gradients("mean", [0, 1, 1])
    assert gradients("mean", [0, 1, 1], shards=[1, 2]) == whole
    with pytest.raises(ArgumentError, match="shards: expected sizes that add up to 3"):
        gradients("mean", [0, 1, 1], shards=[1, 1])


def test_gamma_of_the_target_class_applies():
    inputs = {"probabilities": Tensor((2, 2), (0.0, 1.0, 1.0, 0.5)), "targets": array(1, 1)}
    found = enclose(
        "categorical_focal_loss", inputs, {"gamma": array(2.0, 0.0)}, ["gradient"], 192
    )["gradient"].values
    assert found[1] == Exact(Fraction(-1), "exact")
    assert found[3] == Exact(Fraction(-2), "exact")


def test_the_normalizer_divides_before_the_reduction():
    inputs = {"logits": array(0.0, 0.0), "labels": array(1.0, 1.0)}
    parameters = {"gamma": 0.0, "alpha": 0.5, "normalizer": array(4.0), "reduction": "mean"}
    found = enclose("sigmoid_focal_loss", inputs, parameters, ["gradient"], 192)
    assert found["gradient"].values == (Exact(Fraction(-1, 32), "exact"),) * 2


def test_only_the_indices_asked_for_are_computed():
    inputs = {"probabilities": array(0.0, 0.5, 0.0), "labels": array(1.0, 1.0, 1.0)}
    found = enclose(
        "binary_focal_loss", inputs, {"gamma": 0.0}, ["loss", "gradient"], 192, only={"loss": {2}}
    )
    assert found["loss"].values == (None, None, Infinite(1))
    assert None not in found["gradient"].values


LOGITS = {"logits": array(0.0), "labels": array(1.0)}
ROW = {"logits": Tensor((1, 2), (0.0, 1.0)), "targets": array(0)}


@pytest.mark.parametrize(
    ("formula", "inputs", "parameters", "message"),
    [
        ("focal", LOGITS, {}, "formula: expected one of sigmoid, softmax.*found 'focal'"),
        ("sigmoid_focal_loss", LOGITS, {"beta": 1.0}, "beta: expected one of alpha, class_weight"),
        ("sigmoid_focal_loss", LOGITS, {"gamma": -1.0}, r"gamma: expected a number from 0 on"),
        ("sigmoid_focal_loss", LOGITS, {"alpha": 1.5}, r"alpha: expected a number in \[0, 1\]"),
        ("sigmoid_focal_loss", LOGITS, {"reduction": "max"}, "reduction: expected one of none"),
        ("sigmoid_focal_loss", LOGITS, {"normalizer": array(0.0)}, "normalizer: .* above 0"),
        ("sigmoid_focal_loss", {**LOGITS, "labels": array(2.0)}, {}, r"labels: .*\[0, 1\]"),
        ("sigmoid_focal_loss", {**LOGITS, "labels": array()}, {}, r"labels: expected the shape"),
        ("sigmoid_focal_loss", {**LOGITS, "logits": array(float("inf"))}, {}, "finite numbers"),
        ("binary_focal_loss", LOGITS, {"gamma": 0.0}, "probabilities: expected a value"),
        ("cross_entropy", {**ROW, "targets": array(2)}, {}, "classes from 0 to 1, found 2"),
        ("cross_entropy", ROW, {"axis": 2}, "axis: expected an axis of an array of rank 2"),
        ("cross_entropy", ROW, {"class_weight": array(1.0)}, r"class_weight: .*shape \[2\]"),
        ("softmax_focal_loss", ROW, {"label_smoothing": 2.0}, "label_smoothing"),
    ],
)
def test_arguments_outside_the_domain_are_named(formula, inputs, parameters, message):
    with pytest.raises(ArgumentError, match=message):
        enclose(formula, inputs, parameters, ["loss"], 192)


def test_an_output_that_a_formula_lacks_is_named():
    with pytest.raises(ArgumentError, match="expected some of loss, gradient, found hessian"):
        enclose("cross_entropy", ROW, {}, ["hessian_diagonal"], 192)
    with pytest.raises(ArgumentError, match="alpha: expected a number, for its derivative"):
        enclose("sigmoid_focal_loss", LOGITS, {"alpha": None}, ["alpha_derivative"], 192)
