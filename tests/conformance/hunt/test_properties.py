"""Each property of a hunt finds an implementation that breaks it, and shrinks what it finds."""

from math import isfinite
from pathlib import Path

import numpy as np
import pytest

from focalspec import spec
from focalspec.conformance.hunt.case_text import topic_text
from focalspec.conformance.hunt.positions import positions
from focalspec.conformance.hunt.properties import NAMES
from focalspec.golden.authoring import load_topic
from focalspec.golden.bugs import load_bugs

GOLDEN = Path(__file__).resolve().parents[3] / "golden"


def _with(answer, loss=None, gradient=None):
    old_loss, old_gradient = answer
    return (
        old_loss if loss is None else np.asarray(loss, dtype=old_loss.dtype),
        old_gradient if gradient is None else np.asarray(gradient, dtype=old_gradient.dtype),
    )


def wrong_at_large_gamma(answer, inputs, parameters, function):
    """Above gamma 2, the loss is that of gamma 2."""
    if np.ndim(parameters["gamma"]) == 0 and parameters["gamma"] > 2:
        return function(*inputs, **{**parameters, "gamma": 2.0})
    return answer


def float64_loss(answer, inputs, parameters, function):
    """The loss comes back in float32, whatever came in."""
    return answer[0].astype(np.float32), answer[1]


def flat_loss(answer, inputs, parameters, function):
    """The loss has one axis."""
    return answer[0].ravel(), answer[1]


def raises_on_one_axis(answer, inputs, parameters, function):
    """Arrays of one axis are not taken."""
    if inputs[0].ndim == 1:
        raise IndexError("too few axes")
    return answer


def nothing_at_gamma_zero(answer, inputs, parameters, function):
    """At gamma 0, 0 ** 0 is 0 for an easy example."""
    if np.ndim(parameters["gamma"]) == 0 and parameters["gamma"] == 0:
        return _with(answer, loss=np.where(answer[0] < 0.5, 0, answer[0]))
    return answer


def negatives_too_heavy(answer, inputs, parameters, function):
    """Negative labels weigh a little more."""
    labels = inputs[1]
    if parameters["reduction"] != "none":
        return answer
    scale = np.where(labels == 0, 1.01, 1.0)
    return answer[0] * scale, answer[1] * scale


def clipped_logits(answer, inputs, parameters, function):
    """Logits above 50 are taken for 50."""
    return function(np.minimum(inputs[0], 50), *inputs[1:], **parameters)


def last_class_forgotten(answer, inputs, parameters, function):
    """The gradient of the last class is missing."""
    gradient = answer[1].copy()
    np.moveaxis(gradient, parameters["axis"], 0)[-1] = 0
    return answer[0], gradient


def mean_over_all(answer, inputs, parameters, function):
    """The mean is over all positions, ignored ones too."""
    if parameters["reduction"] != "mean":
        return answer
    scale = np.count_nonzero(inputs[1] != parameters["ignore_index"]) / inputs[1].size
    return _with(answer, loss=answer[0] * scale, gradient=answer[1] * scale)


def ignored_by_multiplication(answer, inputs, parameters, function):
    """What stands at an ignored position is multiplied by 0."""
    gone = inputs[1] == parameters["ignore_index"]
    mask = np.expand_dims(gone, parameters["axis"])
    with np.errstate(all="ignore"):
        return answer[0], answer[1] + np.where(mask, inputs[0] * 0, 0)


def small_leak(answer, inputs, parameters, function):
    """An ignored position has a gradient too small for any tolerance."""
    gone = inputs[1] == parameters["ignore_index"]
    mask = np.expand_dims(gone, parameters["axis"])
    return answer[0], answer[1] + np.where(mask, 1e-12, 0)


def halved_gradient(answer, inputs, parameters, function):
    """The gradient is half of what it should be."""
    return answer[0], answer[1] / 2


def soft_labels_too_heavy(answer, inputs, parameters, function):
    """A label of one half has twice its loss."""
    if parameters["reduction"] != "none":
        return answer
    half = inputs[1] == 0.5
    return np.where(half, 2 * answer[0], answer[0]), answer[1]


SIGMOID, SOFTMAX = "sigmoid_focal_loss", "softmax_focal_loss"
# by property: formula, mutant, what may be found wrong, and the most positions that it takes
BROKEN = [
    ("oracle", SIGMOID, wrong_at_large_gamma, ["loss value", "gradient value"], 1),
    ("oracle", SIGMOID, float64_loss, ["loss dtype"], 1),
    ("oracle", SIGMOID, flat_loss, ["loss shape"], 1),
    ("oracle", SIGMOID, raises_on_one_axis, ["call raises IndexError"], 1),
    ("gamma-zero", SIGMOID, nothing_at_gamma_zero, ["loss value"], 1),
    ("symmetry", SIGMOID, negatives_too_heavy, ["loss value", "gradient value"], 1),
    ("shift", SOFTMAX, clipped_logits, ["loss value", "gradient value"], 1),
    ("permutation", SOFTMAX, last_class_forgotten, ["gradient value"], 1),
    ("reductions", SOFTMAX, mean_over_all, ["loss value", "gradient value"], 2),
    ("inert", SOFTMAX, ignored_by_multiplication, ["gradient nan"], 2),
    ("inert", SOFTMAX, small_leak, ["gradient relation"], 4),
    ("gradient", SIGMOID, halved_gradient, ["gradient value"], 1),
    ("gradient", SOFTMAX, halved_gradient, ["gradient value"], 1),
    ("between", SIGMOID, soft_labels_too_heavy, ["loss value"], 1),
]


@pytest.mark.parametrize(
    ("name", "formula", "mutant", "wrong", "most"),
    BROKEN,
    ids=[f"{row[0]}-{row[2].__name__}-{row[1]}" for row in BROKEN],
)
def test_a_property_finds_its_mutant_and_shrinks_what_it_finds(
    hunt, tmp_path, name, formula, mutant, wrong, most
):
    (finding,) = hunt(formula, mutant, [name], examples=150, count=1)
    assert finding.property.name == name
    assert f"{finding.cause.output} {finding.cause.kind}" in wrong
    assert len(positions(finding.trial)) <= most

    path = tmp_path / formula / "hunted.yaml"
    path.parent.mkdir()
    path.write_text(topic_text([finding], "test", spec.load()), encoding="utf-8")
    (draft,) = load_topic(path, spec.load(), load_bugs(GOLDEN)).drafts
    assert repr(draft.inputs) == repr(dict(finding.trial.inputs))  # NaN equals NaN as text
    assert draft.parameters == finding.trial.parameters
    assert finding.trial.dtype in draft.formats


def test_refusing_what_is_no_probability_is_no_fault_even_where_it_is_ignored(hunt):
    def strict(answer, inputs, parameters, function):
        if not ((inputs[0] >= 0) & (inputs[0] <= 1)).all():
            raise ValueError("no probabilities")
        return answer

    assert hunt("binary_focal_loss", strict, ["inert"], examples=60) == []


def test_every_property_has_a_mutant():
    assert {row[0] for row in BROKEN} == set(NAMES)


def test_what_is_found_is_found_again_without_the_search(hunt):
    (finding,) = hunt(SIGMOID, wrong_at_large_gamma, ["oracle"], count=1)
    assert finding.trial.parameters["gamma"] > 2
    assert all(isfinite(number) for number in finding.trial.first.values)


def test_plain_numbers_are_left_where_they_are_enough(hunt):
    finding = hunt(SIGMOID, halved_gradient, ["oracle"], count=1)[0]
    assert finding.trial.first.values == (1.0,)
    assert finding.cause.traits == set()


def test_nothing_is_asked_in_a_dtype_that_was_not_named(hunt):
    finding = hunt(SIGMOID, halved_gradient, ["oracle"], count=1, dtypes=("float32",))[0]
    assert finding.trial.dtype == "float32"


@pytest.mark.parametrize("formula", [SIGMOID, SOFTMAX, "binary_focal_loss"])
def test_a_right_implementation_is_not_accused(hunt, formula):
    assert hunt(formula, examples=12, dtypes=("float64", "float32")) == []


def test_a_hunt_goes_on_behind_what_it_has_found(hunt):
    def two_faults(answer, inputs, parameters, function):
        loss, gradient = answer
        if parameters["reduction"] == "mean":
            loss = loss / 2
        return loss, np.where(inputs[0] == 0, np.nan, gradient)

    causes = [one.cause for one in hunt(SIGMOID, two_faults, ["oracle"], examples=80)]
    regions = {f"{cause.output} {cause.kind}": cause.traits for cause in causes}
    assert "reduction mean" in regions["loss value"]
    assert regions["gradient nan"] == {"logit 0"}
    assert not any(one.explains(two) for one in causes for two in causes if one is not two)


def test_the_same_seed_finds_the_same(hunt):
    runs = [
        [
            (one.cause, one.trial.key(), one.fault.message)
            for one in hunt(SOFTMAX, mean_over_all, ["reductions"], seed=3, examples=150, count=2)
        ]
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert runs[0]
