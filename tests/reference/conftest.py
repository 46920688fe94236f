"""What the tests of the NumPy losses share: the oracle's answers and errors counted in ulp."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from focalspec.reference.oracle import evaluate
from focalspec.reference.tensor import Tensor

settings.register_profile(
    "focalspec",
    deadline=None,
    max_examples=50,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("focalspec")


def _tensor(array: Any) -> Tensor:
    array = np.asarray(array)
    whole = array.dtype.kind in "iu"
    return Tensor(array.shape, tuple((int if whole else float)(value) for value in array.flat))


def _parameter(value: Any) -> Any:
    return _tensor(value) if isinstance(value, (list, np.ndarray)) else value


@pytest.fixture
def oracle() -> Callable[..., dict[str, np.ndarray]]:
    """The exact values of a formula, as arrays of mpmath numbers."""

    def exact(
        formula: str,
        inputs: Mapping[str, Any],
        outputs: tuple[str, ...] = ("loss", "gradient"),
        **parameters: Any,
    ) -> dict[str, np.ndarray]:
        tensors = {name: _tensor(value) for name, value in inputs.items()}
        given = {name: _parameter(value) for name, value in parameters.items()}
        answers = evaluate(formula, tensors, given, outputs)
        return {
            name: np.array(answer.values, dtype=object).reshape(answer.shape)
            for name, answer in answers.items()
        }

    return exact


@pytest.fixture
def ulps() -> Callable[[Any, Any], float]:
    """The largest distance of computed numbers from exact ones, in ulp of their format."""

    def worst(computed: Any, exact: Any) -> float:
        computed, exact = np.asarray(computed), np.asarray(exact)
        assert computed.shape == exact.shape
        return max(map(_distance, computed.reshape(-1), exact.reshape(-1)), default=0.0)

    def _distance(computed: Any, exact: Any) -> float:
        step = np.finfo(computed.dtype)
        size = max(abs(float(exact)), float(step.smallest_normal))
        if float(computed) == float(exact):
            return 0.0
        if not (np.isfinite(computed) and np.isfinite(size)):
            return float("inf")
        unit = 2.0 ** (np.frexp(size)[1] - 1) * float(step.eps)
        return abs(float((float(computed) - exact) / unit))

    return worst
