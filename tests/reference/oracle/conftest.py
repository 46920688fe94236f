"""What the oracle's tests share: calls in one line, and the definitions transcribed as printed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mpmath
import pytest

from focalspec.reference.oracle import evaluate
from focalspec.reference.tensor import Tensor

DIGITS_PROMISED = 45
# Enough for a transcription of exp(-|x|), 1 - p and their logarithms while |x| stays below 300,
# and for central differences with a step of 2^-250 to be right to 2^-500.
DEFINITION_BITS = 2000
STEP_EXPONENT = -250

Number = Any


class Transcribed:
    """The formulas as the specification prints them: nothing rearranged, only many bits.

    Arguments may be any numbers, so that differences can be taken of each of them.
    """

    @staticmethod
    def sigmoid(x: Number) -> Number:
        return 1 / (1 + mpmath.exp(-x))

    @staticmethod
    def binary(
        p: Number, y: Number, gamma: Number, w1: Number = 1, w0: Number = 1, rule: str = "two_term"
    ) -> Number:
        y, gamma = mpmath.mpf(y), mpmath.mpf(gamma)
        bce = -y * mpmath.log(p) - (1 - y) * mpmath.log(1 - p)
        w = y * w1 + (1 - y) * w0
        if rule == "two_term":
            positive = -y * w1 * (1 - p) ** gamma * mpmath.log(p)
            return positive - (1 - y) * w0 * p**gamma * mpmath.log(1 - p)
        if rule == "nonzero":
            m = (1 - p) ** gamma if y != 0 else p**gamma
            return m * (-y * w1 * mpmath.log(p) - (1 - y) * w0 * mpmath.log(1 - p))
        x = mpmath.log(p / (1 - p))
        base = {
            "mixed": 1 - (p * y + (1 - p) * (1 - y)),
            "exponential": 1 - mpmath.exp(-bce),
            "margin": 1 / (1 + mpmath.exp(x * (2 * y - 1))),
            "distance": abs(y - p),
        }[rule]
        return w * base**gamma * bce

    @classmethod
    def sigmoid_focal_loss(cls, x: Number, *arguments: Any, **keywords: Any) -> Number:
        return cls.binary(cls.sigmoid(mpmath.mpf(x)), *arguments, **keywords)

    @staticmethod
    def softmax(z: Sequence[Number]) -> list[Number]:
        exponentials = [mpmath.exp(mpmath.mpf(logit)) for logit in z]
        return [e / sum(exponentials) for e in exponentials]

    @staticmethod
    def categorical(
        p: Sequence[Number], target: int, gamma: Number, eps: Number = 0, weight: Number = 1
    ) -> Number:
        gamma, eps = mpmath.mpf(gamma), mpmath.mpf(eps)
        smoothed = sum(-mpmath.log(p_k) for k, p_k in enumerate(p)) if eps else 0
        entropy = (1 - eps) * -mpmath.log(p[target]) + eps / len(p) * smoothed
        return weight * (1 - p[target]) ** gamma * entropy

    @classmethod
    def softmax_focal_loss(cls, z: Sequence[Number], *arguments: Any, **keywords: Any) -> Number:
        return cls.categorical(cls.softmax(z), *arguments, **keywords)


def derivative(
    function: Callable[[Number], Number], at: Number, step_exponent: int = STEP_EXPONENT
) -> Number:
    """A central difference; with the usual step right to 2^-500 of the third derivative."""
    h = mpmath.ldexp(1, step_exponent)
    at = mpmath.mpf(at)
    return (function(at + h) - function(at - h)) / (2 * h)


def second_derivative(function: Callable[[Number], Number], at: Number) -> Number:
    """A second central difference, right to about 2^-500 relative to the fourth derivative."""
    h = mpmath.ldexp(1, STEP_EXPONENT)
    at = mpmath.mpf(at)
    return (function(at + h) - 2 * function(at) + function(at - h)) / h**2


def right(value: Number, expected: Number, digits: int = DIGITS_PROMISED) -> bool:
    """Whether the value is right to so many significant digits; 0 and infinities exactly."""
    with mpmath.workprec(DEFINITION_BITS):
        if not expected or mpmath.isinf(expected):
            return bool(value == expected)
        return bool(abs(value - expected) <= abs(expected) * mpmath.mpf(10) ** -digits)


def ask(
    formula: str,
    first: Sequence[float] | Tensor,
    second: Sequence[float] | Tensor | None = None,
    outputs: Sequence[str] = ("loss",),
    **parameters: Any,
) -> dict[str, Tensor]:
    """Evaluate a formula; a plain sequence is an array of rank 1, lists of parameters likewise."""
    names = {
        "sigmoid_focal_loss": ("logits", "labels"),
        "binary_focal_loss": ("probabilities", "labels"),
        "softmax_focal_loss": ("logits", "targets"),
        "categorical_focal_loss": ("probabilities", "targets"),
        "cross_entropy": ("logits", "targets"),
        "sigmoid": ("logits",),
        "softmax": ("logits",),
    }[formula]
    inputs = {
        name: values if isinstance(values, Tensor) else Tensor((len(values),), tuple(values))
        for name, values in zip(names, (first, second), strict=False)
        if values is not None
    }
    arrays: Mapping[str, Any] = {
        name: Tensor((len(value),), tuple(value)) if isinstance(value, list) else value
        for name, value in parameters.items()
    }
    return evaluate(formula, inputs, arrays, outputs)


def ask_row(
    formula: str, row: Sequence[float], target: int, output: str = "loss", **parameters: Any
) -> Any:
    """One output of one row of classes: a number for the loss, otherwise a tuple."""
    first = Tensor((1, len(row)), tuple(row))
    parameters = {"reduction": "none", "axis": 1} | parameters
    answer = ask(formula, first, Tensor((1,), (target,)), [output], **parameters)[output].values
    return answer[0] if output == "loss" else answer


def ask_one(
    formula: str, first: float, label: float, output: str = "loss", **parameters: Any
) -> Any:
    """One output of one element of a binary formula."""
    parameters = {"alpha": None, "reduction": "none"} | parameters
    return ask(formula, [first], [label], [output], **parameters)[output].values[0]


class Helpers:
    """The functions of this file, for tests that cannot import them."""

    transcribed = Transcribed
    derivative = staticmethod(derivative)
    second_derivative = staticmethod(second_derivative)
    right = staticmethod(right)
    ask = staticmethod(ask)
    ask_one = staticmethod(ask_one)
    ask_row = staticmethod(ask_row)
    many_bits = staticmethod(lambda: mpmath.workprec(DEFINITION_BITS))


@pytest.fixture(scope="session")
def oracle() -> type[Helpers]:
    """The oracle in one line, and the definitions beside it."""
    return Helpers
