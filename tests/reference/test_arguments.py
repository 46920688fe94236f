# ruff: noqa: E501 -- a table of messages as they are shown
"""Bad arguments end in one line that names the argument, the domain and what was found."""

from fractions import Fraction

import numpy as np
import pytest

from focalspec.reference import (
    binary_focal_loss,
    categorical_focal_loss,
    cross_entropy,
    sigmoid,
    sigmoid_focal_loss,
    softmax,
    softmax_focal_loss,
)


def sigmoid_call(**changes):
    arguments = {"logits": [0.5, -1.0], "labels": [1, 0], **changes}
    return sigmoid_focal_loss(arguments.pop("logits"), arguments.pop("labels"), **arguments)


def binary_call(**changes):
    arguments = {"probabilities": [0.5, 0.25], "labels": [1, 0], "gamma": 2, **changes}
    return binary_focal_loss(arguments.pop("probabilities"), arguments.pop("labels"), **arguments)


def softmax_call(**changes):
    arguments = {"logits": [[0.5, -1.0, 2.0], [1.0, 2.0, 3.0]], "targets": [2, 0], **changes}
    return softmax_focal_loss(arguments.pop("logits"), arguments.pop("targets"), **arguments)


def categorical_call(**changes):
    arguments = {
        "probabilities": [[0.5, 0.5], [0.2, 0.8]],
        "targets": [1, 0],
        "gamma": 2,
        **changes,
    }
    return categorical_focal_loss(
        arguments.pop("probabilities"), arguments.pop("targets"), **arguments
    )


FLOATS = "float16, bfloat16, float32 or float64"
DOMAIN_ERRORS = [
    (sigmoid_call, {"labels": [1, 0, 1]}, "labels must have shape (2,), the shape of logits, found (3,)"),
    (sigmoid_call, {"labels": [1, 1.5]}, "labels must be from 0 to 1, found 1.5 at (1,)"),
    (sigmoid_call, {"labels": [-0.25, 1]}, "labels must be from 0 to 1, found -0.25 at (0,)"),
    (sigmoid_call, {"labels": [1, np.nan]}, "labels must be from 0 to 1, found nan at (1,)"),
    (sigmoid_call, {"labels": [1, np.inf]}, "labels must be from 0 to 1, found inf at (1,)"),
    (sigmoid_call, {"labels": [1, 2]}, "labels must be from 0 to 1, found 2 at (1,)"),
    (sigmoid_call, {"gamma": -1}, "gamma must be a finite number, at least 0, found -1.0"),
    (sigmoid_call, {"gamma": np.nan}, "gamma must be a finite number, at least 0, found nan"),
    (sigmoid_call, {"gamma": np.inf}, "gamma must be a finite number, at least 0, found inf"),
    (sigmoid_call, {"alpha": 1.25}, "alpha must be a number from 0 to 1, or None, found 1.25"),
    (sigmoid_call, {"alpha": -0.5}, "alpha must be a number from 0 to 1, or None, found -0.5"),
    (sigmoid_call, {"normalizer": 0}, "normalizer must be a finite positive number of shape () or (1,), found 0.0"),
    (sigmoid_call, {"normalizer": -2}, "normalizer must be a finite positive number of shape () or (1,), found -2.0"),
    (sigmoid_call, {"normalizer": [1.0, 2.0]}, "normalizer must be a finite positive number of shape () or (1,), found shape (2,)"),
    (sigmoid_call, {"class_weight": [1.0]}, "class_weight must be one number for each class, of shape (2,), found shape (1,)"),
    (sigmoid_call, {"class_weight": [1.0, -1]}, "class_weight must hold finite numbers, at least 0, found -1.0 at 1"),
    (sigmoid_call, {"class_weight": [1.0, np.nan]}, "class_weight must hold finite numbers, at least 0, found nan at 1"),
    (sigmoid_call, {"reduction": "avg"}, "reduction must be one of 'none', 'sum', 'mean', found 'avg'"),
    (sigmoid_call, {"reduction": "weighted_mean"}, "reduction must be one of 'none', 'sum', 'mean', found 'weighted_mean'"),
    (sigmoid_call, {"label_rule": "soft"}, "label_rule must be one of 'two_term', 'mixed', 'exponential', 'margin', 'distance', 'nonzero', found 'soft'"),
    (sigmoid_call, {"derivatives": 3}, "derivatives must be one of 0, 1, 2, found 3"),
    (sigmoid_call, {"derivatives": True}, "derivatives must be one of 0, 1, 2, found True"),
    (sigmoid_call, {"precision": "best"}, "precision must be one of 'full', 'fast', found 'best'"),
    (sigmoid_call, {"threads": 0}, "threads must be a whole number, at least 1, found 0"),
    (sigmoid_call, {"threads": "many"}, "threads must be a whole number, at least 1, found 'many'"),
    (sigmoid_call, {"out": np.empty(2)}, "out must have shape () and dtype float64, found shape (2,) and dtype float64"),
    (sigmoid_call, {"derivatives": 1, "out": np.empty(())}, "out must be a tuple of 2 arrays, found 1"),
    (binary_call, {"probabilities": [0.5, 1.5]}, "probabilities must be from 0 to 1, found 1.5 at (1,)"),
    (binary_call, {"probabilities": [-1e-9, 1]}, "probabilities must be from 0 to 1, found -1e-09 at (0,)"),
    (binary_call, {"ignore_index": np.nan}, "ignore_index must be a finite number or None, found nan"),
    (binary_call, {"derivatives": 2}, "derivatives must be one of 0, 1, found 2"),
    (softmax_call, {"targets": [3, 0]}, "targets must be classes from 0 to 2 or -100, which is ignored, found 3 at (0,)"),
    (softmax_call, {"targets": [0, -1], "ignore_index": None}, "targets must be classes from 0 to 2, found -1 at (1,)"),
    (softmax_call, {"targets": [[0, 1]]}, "targets must have shape (2,), the shape of logits without its class axis, found (1, 2)"),
    (softmax_call, {"axis": 2}, "axis must name one of the 2 axes of logits, from -2 to 1, found 2"),
    (softmax_call, {"logits": 1.0, "targets": 0}, "logits must have a class axis, found a single number"),
    (softmax_call, {"gamma": [1.0, 2.0]}, "gamma must be one number, or one for each class, of shape (3,), found shape (2,)"),
    (softmax_call, {"gamma": [1.0, 2.0, -1]}, "gamma must hold finite numbers, at least 0, found -1.0 at 2"),
    (softmax_call, {"label_smoothing": 1.5}, "label_smoothing must be a number from 0 to 1, found 1.5"),
    (softmax_call, {"class_weight": [1.0]}, "class_weight must be one number for each class, of shape (3,), found shape (1,)"),
    (softmax_call, {"reduction": "all"}, "reduction must be one of 'none', 'sum', 'mean', 'mean_positive', 'weighted_mean', found 'all'"),
    (categorical_call, {"probabilities": [[0.5, 0.5], [0.2, 1.8]]}, "probabilities must be from 0 to 1, found 1.8 at (1, 1)"),
    (categorical_call, {"targets": [2, 0]}, "targets must be classes from 0 to 1, found 2 at (0,)"),
    (sigmoid_call, {"logits": [[1.0], [1.0, 2.0]]}, "logits must be an array or nested lists of one shape"),
]  # fmt: skip

TYPE_ERRORS = [
    (sigmoid_call, {"logits": [1, 2]}, f"logits must hold {FLOATS} numbers, found int64"),
    (sigmoid_call, {"logits": [1j, 2]}, f"logits must hold {FLOATS} numbers, found complex128"),
    (sigmoid_call, {"logits": ["a", "b"]}, f"logits must hold {FLOATS} numbers, found <U1"),
    (sigmoid_call, {"logits": np.zeros(2, np.longdouble)}, f"logits must hold {FLOATS} numbers, found float128"),
    (sigmoid_call, {"labels": [1j, 0]}, f"labels must hold {FLOATS} numbers, integers or booleans, found complex128"),
    (sigmoid_call, {"gamma": "2"}, "gamma must be a finite number, at least 0, found '2'"),
    (sigmoid_call, {"gamma": None}, "gamma must be a finite number, at least 0, found None"),
    (sigmoid_call, {"gamma": True}, "gamma must be a finite number, at least 0, found True"),
    (sigmoid_call, {"gamma": [2.0]}, "gamma must be a finite number, at least 0, found [2.0]"),
    (sigmoid_call, {"alpha": 0.5j}, "alpha must be a number from 0 to 1, or None, found 0.5j"),
    (sigmoid_call, {"class_weight": ["a", "b"]}, f"class_weight must hold {FLOATS} numbers, found <U1"),
    (sigmoid_call, {"reduction": "none", "out": [0, 0]}, "out must hold NumPy arrays, found [0, 0]"),
    (softmax_call, {"targets": [0.0, 1.0]}, "targets must hold integers, found float64"),
    (softmax_call, {"targets": [True, False]}, "targets must hold integers, found bool"),
    (softmax_call, {"axis": 1.0}, "axis must be an integer, found 1.0"),
    (softmax_call, {"ignore_index": 0.5}, "ignore_index must be an integer, found 0.5"),
    (softmax_call, {"background_class": None}, "background_class must be an integer, found None"),
]  # fmt: skip


def shown(value):
    return value.__name__ if callable(value) else None


@pytest.mark.parametrize("call, change, message", DOMAIN_ERRORS, ids=shown)
def test_a_value_outside_its_domain_is_a_value_error(call, change, message):
    with pytest.raises(ValueError) as caught:
        call(**change)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("call, change, message", TYPE_ERRORS, ids=shown)
def test_numbers_of_the_wrong_kind_are_a_type_error(call, change, message):
    if "float128" in message and np.dtype(np.longdouble).itemsize == 8:
        pytest.skip("long double is float64 here")
    with pytest.raises(TypeError) as caught:
        call(**change)
    assert str(caught.value) == message


def test_a_read_only_output_is_refused():
    out = np.empty(2)
    out.flags.writeable = False
    with pytest.raises(ValueError, match="out must be writable, found a read-only array"):
        sigmoid_call(reduction="none", out=out)


def test_cross_entropy_offers_no_gamma():
    with pytest.raises(TypeError, match="unexpected keyword argument 'gamma'"):
        cross_entropy([[1.0, 2.0]], [0], gamma=2)


def test_activations_refuse_integers():
    for function in (sigmoid, softmax):
        with pytest.raises(TypeError, match="logits must hold"):
            function([1, 2])


def test_numbers_of_any_real_type_are_accepted():
    expected = sigmoid_call(gamma=0.5, alpha=0.25, normalizer=2.0)
    for convert in (Fraction, np.float32, np.array):
        found = sigmoid_call(gamma=convert(0.5), alpha=convert(0.25), normalizer=convert(2.0))
        assert found == expected


def test_labels_may_be_booleans_integers_or_floats_of_any_format():
    expected = sigmoid_call(labels=[1.0, 0.0])
    for dtype in (bool, np.uint8, np.int64, np.float16, np.float32):
        assert sigmoid_call(labels=np.array([1, 0], dtype)) == expected


def test_a_wrong_label_is_found_wherever_it_is():
    labels = np.zeros((300, 1000))
    labels[217, 43] = 1.0625
    with pytest.raises(ValueError, match=r"found 1.0625 at \(217, 43\)"):
        sigmoid_focal_loss(np.zeros((300, 1000)), labels)


def test_a_wrong_probability_is_found_wherever_its_class_axis_is():
    for axis in (0, 1, 2):
        p = np.full((3, 4, 5), 0.25)
        p[1, 2, 3] = 2.0
        targets = np.zeros(np.delete([3, 4, 5], axis), int)
        with pytest.raises(ValueError, match=r"found 2.0 at \(1, 2, 3\)"):
            categorical_focal_loss(p, targets, gamma=2, axis=axis)


def test_an_error_in_one_of_many_blocks_reaches_the_caller():
    labels = np.zeros(2_000_000, np.float32)
    labels[-1] = 3
    with pytest.raises(ValueError, match=r"labels must be from 0 to 1, found 3\.0"):
        sigmoid_focal_loss(np.zeros(2_000_000, np.float32), labels, threads=4)
