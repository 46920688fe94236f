"""Enclosure and oracle, two derivations that share no code, agree on random calls.

Agreement is certification's own: the oracle within 1e-45 of the enclosure, the same 40 digits, and
every rounding settled. Inputs come from the whole float64 range, its edges and ordinary numbers.
"""

from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from focalspec.golden.certify import certify_case
from focalspec.reference.enclosure import Exact, UndefinedValueError, enclose
from focalspec.reference.oracle import OracleError, evaluate
from focalspec.reference.tensor import Tensor

RULES = ["two_term", "mixed", "exponential", "margin", "distance", "nonzero"]
many = settings(deadline=None, max_examples=150)
some = settings(deadline=None, max_examples=60)

finite = st.floats(allow_nan=False, allow_infinity=False)
edges = st.sampled_from([0.0, -0.0, 5e-324, -5e-324, 1e308, -1e308, 1.7976931348623157e308])
quarters = st.integers(-4000, 4000).map(lambda n: n / 4)
logits = st.one_of(finite, edges, quarters, st.floats(-50, 50))
probabilities = st.one_of(
    st.floats(0, 1),
    st.sampled_from([0.0, 0.5, 1.0, 5e-324, 1e-300, 1 - 2**-53]),
    st.integers(1, 15).map(lambda n: n / 16),
)
hard = st.sampled_from([0.0, 1.0])
soft = st.one_of(hard, st.sampled_from([0.25, 0.5, 0.75]), st.floats(0, 1))
gammas = st.one_of(st.sampled_from([0.0, 0.5, 1.0, 2.0, 5.0]), st.floats(0, 8))
alphas = st.one_of(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.floats(0, 1))
weights = st.sampled_from([0.0, 1.0, 0.3, 2.5, 1.00390625])
smoothings = st.one_of(st.sampled_from([0.0, 0.1, 1.0]), st.floats(0, 1))


def array(values, *shape):
    return Tensor(shape or (len(values),), tuple(values))


def agree(formula, inputs, parameters, outputs):
    """Certify, unless both say that the formula has no value there: neither may say so alone."""
    try:
        certified = certify_case(formula, inputs, parameters, outputs)
    except (OracleError, UndefinedValueError) as refusal:
        if "cannot be told from zero" in str(refusal):
            # The oracle merges fewer equal terms: then the enclosure must know the exact value.
            values = enclose(formula, inputs, parameters, ["alpha_derivative"], 192)
            assert any(isinstance(v, Exact) for v in values["alpha_derivative"].values)
            return None
        other = {OracleError: UndefinedValueError, UndefinedValueError: OracleError}[type(refusal)]
        with pytest.raises(other):
            refused_by(other, formula, inputs, parameters, outputs)
        return None
    return certified


def refused_by(error, formula, inputs, parameters, outputs):
    if error is OracleError:
        evaluate(formula, inputs, parameters, outputs)
    else:
        enclose(formula, inputs, parameters, outputs, 192)


@st.composite
def elementwise(draw, numbers, labels):
    pairs = draw(st.lists(st.tuples(numbers, labels), max_size=4))
    parameters = {
        "alpha": draw(alphas),
        "gamma": draw(gammas),
        "class_weight": draw(st.none() | st.tuples(weights, weights).map(array)),
        "normalizer": draw(st.none() | st.sampled_from([array([3.0]), array([2.0**-30])])),
        "label_rule": draw(st.sampled_from(RULES)),
    }
    return array([number for number, _ in pairs]), array([label for _, label in pairs]), parameters


@many
@given(elementwise(logits, soft), st.sampled_from(["none", "sum", "mean"]))
def test_sigmoid_focal_loss_with_all_derivatives(call, reduction):
    points, labels, parameters = call
    outputs = ["loss", "gradient", "hessian_diagonal", "gamma_derivative", "alpha_derivative"]
    agree(
        "sigmoid_focal_loss",
        {"logits": points, "labels": labels},
        {**parameters, "reduction": reduction},
        outputs,
    )


@many
@given(elementwise(logits, hard), st.sampled_from(["none", "sum", "mean"]))
def test_sigmoid_focal_loss_on_hard_labels_has_every_output_everywhere(call, reduction):
    points, labels, parameters = call
    outputs = ["loss", "gradient", "hessian_diagonal", "gamma_derivative", "alpha_derivative"]
    certified = certify_case(
        "sigmoid_focal_loss",
        {"logits": points, "labels": labels},
        {**parameters, "reduction": reduction},
        outputs,
    )
    assert len(certified["gradient"].rows) == len(points.values)
    assert len(certified["loss"].rows) == (len(points.values) if reduction == "none" else 1)


@many
@given(
    elementwise(probabilities, soft),
    st.sampled_from(["none", "sum", "mean", "weighted_mean"]),
    st.sampled_from([None, 0, 1, 255]),
    st.sampled_from(["loss", "gradient", "gamma_derivative", "alpha_derivative"]),
)
def test_binary_focal_loss_and_each_derivative(call, reduction, ignored, output):
    points, labels, parameters = call
    agree(
        "binary_focal_loss",
        {"probabilities": points, "labels": labels},
        {**parameters, "reduction": reduction, "ignore_index": ignored},
        [output],
    )


@st.composite
def multiclass(draw, numbers):
    shape = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    classes = shape[axis]
    rest = [size for place, size in enumerate(shape) if place != axis % len(shape)]
    ignored = draw(st.sampled_from([-100, 0, None]))
    targets = st.integers(0, classes - 1)
    if ignored is not None:
        targets |= st.just(ignored)
    # Few distinct numbers make equal logits, in part and altogether.
    pool = draw(st.lists(numbers, min_size=1, max_size=5))
    values = [draw(st.sampled_from(pool)) for _ in range(prod(shape))]
    parameters = {
        "axis": axis,
        "ignore_index": ignored,
        "class_weight": draw(
            st.none() | st.lists(weights, min_size=classes, max_size=classes).map(array)
        ),
        "label_smoothing": draw(smoothings),
        "reduction": draw(st.sampled_from(["none", "sum", "mean", "weighted_mean"])),
    }
    per_class = st.lists(gammas, min_size=classes, max_size=classes).map(array)
    return (
        array(values, *shape),
        Tensor(tuple(rest), tuple(draw(targets) for _ in range(prod(rest)))),
        parameters,
        draw(gammas | per_class),
    )


@many
@given(multiclass(logits))
def test_softmax_focal_loss_with_gradient_and_hessian(call):
    points, targets, parameters, gamma = call
    certify_case(
        "softmax_focal_loss",
        {"logits": points, "targets": targets},
        {**parameters, "gamma": gamma},
        ["loss", "gradient", "hessian_diagonal"],
    )


@some
@given(multiclass(logits))
def test_cross_entropy_with_gradient(call):
    points, targets, parameters, _ = call
    inputs = {"logits": points, "targets": targets}
    certify_case("cross_entropy", inputs, parameters, ["loss", "gradient"])


@many
@given(multiclass(probabilities), st.sampled_from(["loss", "gradient"]), st.sampled_from([0, 2]))
def test_categorical_focal_loss_and_its_gradient(call, output, background):
    points, targets, parameters, gamma = call
    if parameters["reduction"] == "sum":
        parameters = {**parameters, "reduction": "mean_positive", "background_class": background}
    agree(
        "categorical_focal_loss",
        {"probabilities": points, "targets": targets},
        {**parameters, "gamma": gamma},
        [output],
    )


@some
@given(st.lists(logits, max_size=6))
def test_sigmoid(numbers):
    certify_case("sigmoid", {"logits": array(numbers)}, {}, ["value"])


@some
@given(st.lists(logits, min_size=6, max_size=6), st.integers(-2, 1))
def test_softmax(numbers, axis):
    certify_case("softmax", {"logits": array(numbers, 2, 3)}, {"axis": axis}, ["value"])
