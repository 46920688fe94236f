"""Bad arguments end in one line that names the formula, the argument, its value and the domain."""

import math

import pytest

from focalspec.reference.oracle import OracleError, evaluate
from focalspec.reference.tensor import Tensor

LOGITS = Tensor((2,), (0.5, -1.0))
LABELS = Tensor((2,), (1.0, 0.0))
ROWS = Tensor((2, 3), (0.5, 0.25, 0.25, 0.125, 0.5, 0.375))
TARGETS = Tensor((2,), (0, 2))


def binary(first=LOGITS, labels=LABELS, formula="sigmoid_focal_loss", **parameters):
    name = "logits" if formula == "sigmoid_focal_loss" else "probabilities"
    return evaluate(formula, {name: first, "labels": labels}, parameters, ["loss"])


def over_classes(first=ROWS, targets=TARGETS, formula="softmax_focal_loss", **parameters):
    name = "probabilities" if formula == "categorical_focal_loss" else "logits"
    return evaluate(formula, {name: first, "targets": targets}, parameters, ["loss"])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: binary(alpha=1.5), ["alpha", "1.5", "[0, 1]"]),
        (lambda: binary(alpha=math.nan), ["alpha", "nan", "[0, 1]"]),
        (lambda: binary(alpha="0.5"), ["alpha", "0.5", "[0, 1]"]),
        (lambda: binary(gamma=-0.5), ["gamma", "-0.5", "[0, inf)"]),
        (lambda: binary(gamma=math.inf), ["gamma", "inf", "[0, inf)"]),
        (lambda: binary(gamma=True), ["gamma", "True"]),
        (lambda: binary(gamma=2**53 + 1), ["gamma", "9007199254740993"]),
        (lambda: binary(gamma=10**400), ["gamma"]),
        (lambda: binary(gamma=None), ["gamma", "None"]),
        (lambda: binary(normalizer=Tensor((1,), (0.0,))), ["normalizer", "0.0", "above 0"]),
        (lambda: binary(normalizer=Tensor((1,), (-2.0,))), ["normalizer", "-2.0"]),
        (lambda: binary(normalizer=Tensor((2,), (1.0, 1.0))), ["normalizer", "(2,)", "(1,)"]),
        (lambda: binary(reduction="weighted_mean"), ["reduction", "weighted_mean", "none, mean"]),
        (lambda: binary(label_rule="soft"), ["label_rule", "soft", "two_term"]),
        (lambda: binary(class_weight=Tensor((3,), (1.0,) * 3)), ["class_weight", "(3,)", "(2,)"]),
        (lambda: binary(class_weight=Tensor((2,), (1.0, -1.0))), ["class_weight[1]", "-1.0"]),
        (lambda: binary(ignore_index=3), ["ignore_index", "unknown"]),
        (lambda: binary(gama=2.0), ["gama", "perhaps gamma"]),
        (lambda: binary(labels=Tensor((2,), (1.0, 1.5))), ["labels[1]", "1.5", "[0, 1]"]),
        (lambda: binary(labels=Tensor((1, 2), (1.0, 0.0))), ["labels", "(1, 2)", "(2,)"]),
        (lambda: binary(first=Tensor((2,), (1.0, math.nan))), ["logits[1]", "nan", "finite"]),
        (lambda: binary(first=Tensor((2,), (1.0, math.inf))), ["logits[1]", "inf", "finite"]),
        (lambda: binary(first=Tensor((3,), (1.0,))), ["logits", "1 values", "(3,)"]),
        (lambda: binary(formula="binary_focal_loss"), ["gamma", "missing", "no default"]),
        (
            lambda: binary(formula="binary_focal_loss", gamma=2.0),
            ["probabilities[1]", "-1.0", "[0, 1]"],
        ),
        (lambda: over_classes(axis=2), ["axis", "2", "[-2, 1]"]),
        (lambda: over_classes(axis=0.5), ["axis", "0.5"]),
        (lambda: over_classes(targets=Tensor((2,), (0, 3))), ["targets[1]", "3", "[0, 3)"]),
        (lambda: over_classes(targets=Tensor((2,), (0, -1))), ["targets[1]", "-1", "-100"]),
        (lambda: over_classes(targets=Tensor((2,), (0, 1.0))), ["targets[1]", "1.0", "integer"]),
        (lambda: over_classes(targets=Tensor((3,), (0, 1, 2))), ["targets", "(3,)", "(2,)"]),
        (lambda: over_classes(label_smoothing=1.25), ["label_smoothing", "1.25", "[0, 1]"]),
        (lambda: over_classes(gamma=Tensor((2,), (1.0, 2.0))), ["gamma", "(2,)", "(3,)"]),
        (lambda: over_classes(gamma=Tensor((3,), (1.0, 2.0, -1.0))), ["gamma[2]", "-1.0"]),
        (lambda: over_classes(shards=[1, 2]), ["shards", "[1, 2]", "sum to 2"]),
        (lambda: over_classes(shards=[3, -1]), ["shards", "non-negative"]),
        (lambda: over_classes(background_class=None), ["background_class", "None"]),
        (lambda: over_classes(first=Tensor((2, 0), ())), ["logits", "(2, 0)", "classes"]),
        (lambda: over_classes(first=Tensor((), (1.0,))), ["logits", "()", "class axis"]),
        (
            lambda: over_classes(
                Tensor((1, 1), (2.0,)), Tensor((1,), (0,)), "categorical_focal_loss", gamma=1.0
            ),
            ["probabilities[0]", "2.0", "[0, 1]"],
        ),
        (lambda: over_classes(formula="cross_entropy", gamma=1.0), ["gamma", "unknown"]),
        (
            lambda: over_classes(formula="cross_entropy", reduction="mean_positive"),
            ["reduction", "mean_positive"],
        ),
        (lambda: evaluate("softmax_loss", {}, {}, []), ["softmax_loss", "softmax_focal_loss"]),
        (lambda: evaluate("sigmoid", {}, {}, ["value"]), ["logits", "nothing"]),
        (lambda: evaluate("sigmoid", {"logits": [0.5]}, {}, ["value"]), ["logits", "list"]),
        (lambda: evaluate("sigmoid", {"logit": LOGITS}, {}, ["value"]), ["logit", "logits"]),
        (lambda: evaluate("sigmoid", {"logits": LOGITS}, {}, ["loss"]), ["loss", "value"]),
        (
            lambda: evaluate(
                "binary_focal_loss",
                {"probabilities": LABELS, "labels": LABELS},
                {"gamma": 1.0},
                ["hessian_diagonal"],
            ),
            ["hessian_diagonal", "unknown"],
        ),
        (
            lambda: evaluate(
                "sigmoid_focal_loss",
                {"logits": LOGITS, "labels": LABELS},
                {"alpha": None},
                ["alpha_derivative"],
            ),
            ["alpha_derivative", "alpha is None"],
        ),
    ],
)
def test_a_bad_argument_is_named(call, words):
    with pytest.raises(OracleError) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message, message


def test_the_error_carries_the_argument_at_fault():
    for call, argument in (
        (lambda: binary(alpha=2.0), "alpha"),
        (lambda: binary(labels=Tensor((2,), (1.0, 1.5))), "labels"),
        (lambda: over_classes(targets=Tensor((2,), (0, 3))), "targets"),
        (lambda: over_classes(gamma=Tensor((3,), (1.0, 2.0, -1.0))), "gamma"),
        (lambda: binary(gama=2.0), "gama"),
    ):
        with pytest.raises(OracleError) as caught:
            call()
        assert caught.value.argument == argument


def test_an_oracle_error_is_a_value_error():
    assert issubclass(OracleError, ValueError)


def test_defaults_are_those_of_the_specification(oracle):
    given = {
        "sigmoid_focal_loss": {"alpha": 0.25, "gamma": 2.0, "reduction": "sum"},
        "softmax_focal_loss": {
            "gamma": 2.0,
            "label_smoothing": 0.0,
            "ignore_index": -100,
            "background_class": 0,
            "axis": 1,
            "reduction": "mean",
        },
    }
    for formula, parameters in given.items():
        arguments = (LOGITS, LABELS) if formula == "sigmoid_focal_loss" else (ROWS, TARGETS)
        assert oracle.ask(formula, *arguments) == oracle.ask(formula, *arguments, **parameters)
    given = {"axis": -1, "reduction": "none", "background_class": 0, "ignore_index": None}
    assert oracle.ask("categorical_focal_loss", ROWS, TARGETS, gamma=1.0) == oracle.ask(
        "categorical_focal_loss", ROWS, TARGETS, gamma=1.0, **given
    )
