"""The theorems that the properties stand on, held against the oracle."""

from itertools import product
from math import log10

import pytest

from focalspec import spec
from focalspec.conformance.hunt import curvature
from focalspec.conformance.hunt.properties import is_between
from focalspec.conformance.hunt.trial import Trial, floats
from focalspec.reference.oracle import evaluate
from focalspec.reference.tensor import Tensor

GAMMAS = (0.0, 0.1, 0.5, 1.0, 1.5, 2.0, 3.0, 8.0)
LOGITS = tuple(k / 4 for k in range(-48, 49))


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("label", [0.0, 1.0])
def test_no_second_derivative_of_the_sigmoid_loss_exceeds_its_bound(gamma, label):
    inputs = {
        "logits": Tensor((len(LOGITS),), LOGITS),
        "labels": Tensor((len(LOGITS),), (label,) * len(LOGITS)),
    }
    found = evaluate(
        "sigmoid_focal_loss", inputs, {"alpha": None, "gamma": gamma}, ["hessian_diagonal"]
    )
    largest = max(abs(float(value)) for value in found["hessian_diagonal"].values)
    assert largest <= curvature.of_sigmoid(gamma)
    assert curvature.of_sigmoid(gamma) < 100 * largest


@pytest.mark.parametrize("gamma", GAMMAS)
def test_no_second_derivative_of_the_softmax_loss_exceeds_its_bound(gamma):
    rows = list(product((-6.0, -2.0, -0.5, 0.0, 1.0, 4.0), repeat=3))
    logits = Tensor((len(rows), 3), tuple(z for row in rows for z in row))
    inputs = {"logits": logits, "targets": Tensor((len(rows),), (0,) * len(rows))}
    found = evaluate(
        "softmax_focal_loss", inputs, {"gamma": gamma, "reduction": "sum"}, ["hessian_diagonal"]
    )
    largest = max(abs(float(value)) for value in found["hessian_diagonal"].values)
    assert largest <= curvature.of_softmax(gamma)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_no_slope_of_the_loss_on_probabilities_changes_faster_than_its_bound(gamma):
    ends = [k / 32 for k in range(1, 32)]
    inputs = {
        "probabilities": Tensor((len(ends),), tuple(ends)),
        "labels": Tensor((len(ends),), (1.0,) * len(ends)),
    }
    slopes = evaluate("binary_focal_loss", inputs, {"gamma": gamma}, ["gradient"])["gradient"]
    for low, high, one, other in zip(
        ends, ends[1:], slopes.values, slopes.values[1:], strict=False
    ):
        bound = curvature.of_probability(gamma, low, high)
        assert abs(float(other - one)) <= bound * (high - low)
        assert log10(bound) < 6


RULES = ("two_term", "mixed", "exponential", "margin", "distance", "nonzero")


def _trial(rule: str, alpha: float | None, gamma: float = 2.0) -> Trial:
    page = spec.load().formulas["sigmoid_focal_loss"]
    values = {name: parameter.neutral for name, parameter in page.parameters.items()}
    xs = tuple(x for x in LOGITS if abs(x) < 7 for _ in range(5))
    ys = tuple(y for x in LOGITS if abs(x) < 7 for y in (0.125, 0.25, 0.5, 0.75, 0.875))
    inputs = {"logits": floats((len(xs),), xs), "labels": floats((len(ys),), ys)}
    given = {**values, "label_rule": rule, "alpha": alpha, "gamma": gamma, "reduction": "none"}
    return Trial(page, "float64", inputs, given)


def _stays_between(trial: Trial) -> bool:
    xs, ys = (array.values for array in trial.inputs.values())

    def losses(labels):
        inputs = {"logits": Tensor((len(xs),), xs), "labels": Tensor((len(xs),), tuple(labels))}
        return evaluate(trial.formula, inputs, trial.parameters, ["loss"])["loss"].values

    soft, zero, one = losses(ys), losses([0.0] * len(xs)), losses([1.0] * len(xs))
    rows = zip(soft, zero, one, strict=True)
    return all(min(a, b) * (1 - 1e-12) <= s <= max(a, b) * (1 + 1e-12) for s, a, b in rows)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("alpha", [None, 0.5, 0.25, 0.9])
def test_a_soft_label_lies_between_wherever_it_is_said_to(rule, alpha):
    trial = _trial(rule, alpha)
    assert _stays_between(trial) or not is_between(trial)


@pytest.mark.parametrize(("rule", "alpha"), [("mixed", 0.9), ("distance", None)])
def test_where_it_is_no_theorem_it_is_not_said_to_be_one(rule, alpha):
    trial = _trial(rule, alpha)
    assert not _stays_between(trial)
    assert not is_between(trial)
