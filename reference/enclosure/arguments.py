"""Inputs and parameters of a formula as exact rationals, with the spec's defaults filled in."""

from collections.abc import Mapping, Sequence
from math import isfinite, prod
from typing import Any

from flint import fmpq

from focalspec.reference.enclosure.split import ONE, exactly
from focalspec.reference.tensor import Tensor

REQUIRED = object()


class ArgumentError(ValueError):
    """An input or parameter for which the formula has no value; the message names it."""


class Arguments:
    """The inputs and parameters of one call, looked up by name."""

    def __init__(
        self,
        formula: str,
        inputs: Mapping[str, Tensor],
        parameters: Mapping[str, Any],
        defaults: Mapping[str, Any],
    ) -> None:
        self.formula = formula
        unknown = sorted(set(parameters) - set(defaults))
        if unknown:
            raise self.error(unknown[0], f"one of {', '.join(sorted(defaults))}", "this parameter")
        self._values = {**defaults, **parameters, **inputs}

    def also(self, **fixed: Any) -> "Arguments":
        """The same call with values for what the formula does not offer as a parameter."""
        result = Arguments(self.formula, {}, {}, {})
        result._values = {**self._values, **fixed}
        return result

    def error(self, name: str, expected: str, found: object) -> ArgumentError:
        """The error to raise for an argument."""
        return ArgumentError(f"{self.formula}: {name}: expected {expected}, found {found}")

    def value(self, name: str) -> Any:
        """An argument as it was given, or its default."""
        value = self._values.get(name, REQUIRED)
        if value is REQUIRED:
            raise self.error(name, "a value", "none")
        return value

    def tensor(self, name: str) -> Tensor:
        """An input array, whose values are as many as its shape says."""
        tensor = self.value(name)
        if not isinstance(tensor, Tensor) or len(tensor.values) != prod(tensor.shape):
            raise self.error(name, "a tensor with as many values as its shape says", tensor)
        return tensor

    def number(self, name: str, low: float = 0.0, high: float | None = None) -> fmpq:
        """A scalar parameter between ``low`` and ``high``, both included."""
        return self._checked(name, self.value(name), low, high)

    def numbers(self, name: str, count: int) -> list[fmpq] | None:
        """An array parameter of ``count`` numbers >= 0, or None."""
        tensor = self.value(name)
        if tensor is None:
            return None
        if not isinstance(tensor, Tensor) or tensor.shape != (count,):
            raise self.error(name, f"an array of shape [{count}]", tensor)
        return [self._checked(name, value, 0.0, None) for value in tensor.values]

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """A parameter that is one of some words."""
        word = self.value(name)
        if word not in choices:
            raise self.error(name, f"one of {', '.join(choices)}", repr(word))
        return str(word)

    def normalizer(self) -> fmpq:
        """The number by which the loss is divided: 1 where none is given."""
        tensor = self.value("normalizer")
        if tensor is None:
            return ONE
        if not isinstance(tensor, Tensor) or tensor.shape not in ((), (1,)):
            raise self.error("normalizer", "an array of shape [1] or []", tensor)
        number = self._checked("normalizer", tensor.values[0], 0.0, None)
        if not number:
            raise self.error("normalizer", "a number above 0", 0)
        return number

    def exact_inputs(self, name: str, values: Sequence[float]) -> list[fmpq]:
        """Input numbers as rationals; they must be finite, and probabilities within [0, 1]."""
        for value in values:
            if not isfinite(value):
                raise self.error(name, "finite numbers", value)
            if name == "probabilities" and not 0.0 <= value <= 1.0:
                raise self.error(name, "numbers in [0, 1]", value)
        return [exactly(value) for value in values]

    def _checked(self, name: str, value: Any, low: float, high: float | None) -> fmpq:
        domain = f"a number from {low:g} on" if high is None else f"a number in [{low:g}, {high:g}]"
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
            raise self.error(name, domain, repr(value))
        if value < low or (high is not None and value > high):
            raise self.error(name, domain, repr(value))
        return exactly(value)
