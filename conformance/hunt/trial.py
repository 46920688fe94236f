"""One call that a hunt makes: a formula, a dtype, inputs and parameters."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from focalspec.golden import Array, Expected, GoldenCase, Value
from focalspec.golden.derive import needs, outputs
from focalspec.golden.domains import class_axis
from focalspec.golden.formats import FORMATS, round_to
from focalspec.reference.tensor import Tensor
from focalspec.spec.model import Formula

_ASKED = Expected((), ())  # marks an output that is asked for; what is right is computed later


@dataclass(frozen=True)
class Trial:
    """A call by the names of a formula's page, every parameter given.

    Floating-point arrays hold numbers of the dtype, apart from what stands at ignored positions,
    which may be NaN or infinite.
    """

    page: Formula
    dtype: str
    inputs: Mapping[str, Array]
    parameters: Mapping[str, Value]

    @property
    def formula(self) -> str:
        """The name of the formula."""
        return self.page.name

    @property
    def first(self) -> Array:
        """The logits or probabilities."""
        return next(iter(self.inputs.values()))

    @property
    def second(self) -> Array | None:
        """The labels or targets, where the formula has them."""
        return next(iter(list(self.inputs.values())[1:]), None)

    @property
    def axis(self) -> int | None:
        """The class axis from 0; None where the formula has none."""
        return class_axis(self.page, self.first, self.parameters)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The outputs that are defined for these parameters."""
        return outputs(self.page, self.parameters)

    @property
    def needs(self) -> tuple[str, ...]:
        """The parameters that an implementation must offer."""
        return needs(self.page, self.inputs, self.parameters)

    def key(self) -> str:
        """Text that is equal for equal calls alone, -0.0 told from 0.0."""
        return repr((self.formula, self.dtype, dict(self.inputs), dict(self.parameters)))

    def digest(self) -> str:
        """A short name of the call."""
        return hashlib.sha256(self.key().encode()).hexdigest()[:8]

    def case(self) -> GoldenCase:
        """The call as a case that a worker can be asked."""
        return GoldenCase(
            id=f"{self.formula}/hunt/{hashlib.sha256(self.key().encode()).hexdigest()}",
            formula=self.formula,
            topic="hunt",
            about="",
            clauses=(),
            catches=(),
            expect="values",
            formats=(self.dtype,),
            needs=self.needs,
            inputs=self.inputs,
            parameters=self.parameters,
            expected=dict.fromkeys(self.outputs, _ASKED),
            error=None,
            readings={},
            path=Path(),
        )

    def with_parameters(self, **changes: Value) -> "Trial":
        """The call with other parameters."""
        return replace(self, parameters={**self.parameters, **changes})

    def with_inputs(self, *arrays: Array) -> "Trial":
        """The call with other inputs, in their order."""
        return replace(self, inputs=dict(zip(self.inputs, arrays, strict=True)))


def of_case(case: GoldenCase, page: Formula, dtype: str) -> Trial:
    """A golden case as a trial."""
    return Trial(page, dtype, case.inputs, case.parameters)


def floats(shape: tuple[int, ...], values: Any) -> Array:
    """An array of floating-point numbers."""
    return Array("float", shape, tuple(map(float, values)))


def held(dtype: str, value: float) -> bool:
    """Whether a number is one of the dtype."""
    return round_to(FORMATS[dtype], value) == value


def tensors(trial: Trial) -> tuple[dict[str, Tensor], dict[str, object]]:
    """The inputs and parameters as the oracle takes them."""
    inputs = {name: Tensor(array.shape, array.values) for name, array in trial.inputs.items()}
    parameters: dict[str, object] = {
        name: Tensor(value.shape, value.values) if isinstance(value, Array) else value
        for name, value in trial.parameters.items()
    }
    return inputs, parameters
