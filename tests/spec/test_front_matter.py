"""The pages state the parameters, defaults and tolerances that were agreed on."""

import inspect
import math
from collections.abc import Callable

import pytest

from focalspec.spec import FORMATS, Formula, Interval, ParameterValue, load

SPEC = load()
FORMULAS = tuple(SPEC.formulas.values())
each_formula = pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.name)


# The agreed signatures, as Python reads them.
def sigmoid_focal_loss(
    logits, labels, *, alpha=0.25, gamma=2.0, class_weight=None, normalizer=None,
    reduction="sum", label_rule="two_term",
): ...  # fmt: skip


def binary_focal_loss(
    probabilities, labels, *, gamma, alpha=None, class_weight=None, ignore_index=None,
    normalizer=None, reduction="none", label_rule="two_term",
): ...  # fmt: skip


def softmax_focal_loss(
    logits, targets, *, gamma=2.0, class_weight=None, label_smoothing=0.0, ignore_index=-100,
    background_class=0, axis=1, reduction="mean", shards=None,
): ...  # fmt: skip


def categorical_focal_loss(
    probabilities, targets, *, gamma, class_weight=None, label_smoothing=0.0, ignore_index=None,
    background_class=0, axis=-1, reduction="none", shards=None,
): ...  # fmt: skip


def sigmoid(logits): ...


def softmax(logits, *, axis=-1): ...


def cross_entropy(
    logits, targets, *, class_weight=None, label_smoothing=0.0, ignore_index=-100, axis=1,
    reduction="mean",
): ...  # fmt: skip


AGREED: tuple[Callable[..., None], ...] = (
    sigmoid_focal_loss,
    binary_focal_loss,
    softmax_focal_loss,
    categorical_focal_loss,
    sigmoid,
    softmax,
    cross_entropy,
)
BINARY_OUTPUTS = ["loss", "gradient", "gamma_derivative", "alpha_derivative"]
OUTPUTS = {
    "sigmoid_focal_loss": [*BINARY_OUTPUTS[:2], "hessian_diagonal", *BINARY_OUTPUTS[2:]],
    "binary_focal_loss": BINARY_OUTPUTS,
    "softmax_focal_loss": ["loss", "gradient", "hessian_diagonal"],
    "categorical_focal_loss": ["loss", "gradient"],
    "sigmoid": ["value"],
    "softmax": ["value"],
    "cross_entropy": ["loss", "gradient"],
}


@pytest.mark.parametrize("agreed", AGREED, ids=lambda function: function.__name__)
def test_inputs_and_parameters_are_the_agreed_ones(agreed: Callable[..., None]) -> None:
    formula = SPEC.formulas[agreed.__name__]
    inputs: list[str] = []
    defaults: dict[str, ParameterValue] = {}
    for name, parameter in inspect.signature(agreed).parameters.items():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            defaults[name] = parameter.default
        else:
            inputs.append(name)
    assert list(formula.inputs) == inputs
    found = {
        name: inspect.Parameter.empty if parameter.required else parameter.default
        for name, parameter in formula.parameters.items()
    }
    assert found == defaults
    assert all(type(found[name]) is type(defaults[name]) for name in found)


@each_formula
def test_outputs_are_the_agreed_ones(formula: Formula) -> None:
    assert list(formula.outputs) == OUTPUTS[formula.name]


@each_formula
def test_standard_tolerances_are_what_users_of_a_framework_expect(formula: Formula) -> None:
    standard = {name: (row.relative, row.absolute) for name, row in formula.tolerances.items()}
    assert tuple(standard) == FORMATS
    assert standard == {
        "float64": (1e-7, 1e-7),
        "float32": (1.3e-6, 1e-5),
        "float16": (1e-3, 1e-5),
        "bfloat16": (1.6e-2, 1e-5),
    }
    assert {row.ulp for row in formula.tolerances.values()} == {4.0}


NEUTRAL: dict[str, ParameterValue] = {
    "alpha": None,
    "gamma": 0.0,
    "class_weight": None,
    "normalizer": None,
    "reduction": "none",
    "label_rule": "two_term",
    "label_smoothing": 0.0,
    "ignore_index": None,
    "background_class": 0,
    "shards": None,
}


@each_formula
def test_a_neutral_value_is_that_of_an_implementation_without_the_parameter(
    formula: Formula,
) -> None:
    for name, parameter in formula.parameters.items():
        expected = parameter.default if name == "axis" else NEUTRAL[name]
        assert parameter.neutral == expected, name


@each_formula
def test_domains_are_one_and_the_same_wherever_a_parameter_stands(formula: Formula) -> None:
    domains = {
        "alpha": "[0, 1]",
        "gamma": "[0, inf)",
        "class_weight": "[0, inf)",
        "normalizer": "(0, inf)",
        "label_smoothing": "[0, 1]",
        "shards": "[0, inf)",
    }
    for name, parameter in formula.parameters.items():
        found = None if parameter.domain is None else str(parameter.domain)
        assert found == domains.get(name), name


def test_an_interval_knows_its_ends() -> None:
    unit = Interval(0.0, 1.0, lower_closed=True, upper_closed=True)
    positive = Interval(0.0, float("inf"), lower_closed=False, upper_closed=False)
    assert 0.0 in unit
    assert 1.0 in unit
    assert 1.0000001 not in unit
    assert 0.0 not in positive
    assert 5e-324 in positive
    assert float("inf") not in positive
    not_a_number = math.nan
    assert not_a_number not in unit
    assert str(positive) == "(0, inf)"


def test_the_specification_cannot_be_changed_by_its_readers() -> None:
    formula = SPEC.formulas["sigmoid"]
    with pytest.raises(TypeError):
        SPEC.formulas["sigmoid"] = formula  # type: ignore[index]
    with pytest.raises(TypeError):
        SPEC.formulas["softmax"].parameters["axis"] = None  # type: ignore[index]
    with pytest.raises(AttributeError):
        formula.title = "Sigmoids"  # type: ignore[misc]
