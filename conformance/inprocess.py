"""Judges an adapter in this very process: no pipes, no isolation, and a hundred times as fast.

For implementations that are trusted not to crash or hang: tests, mutants, the pytest plugin. The
adapter is called by the worker's own code, so that both ways give the same verdicts.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from focalspec.conformance import worker
from focalspec.conformance.answers import Answer, Broken, Declined, Output, Raised, Returned
from focalspec.conformance.judge import Judge, Judgement
from focalspec.conformance.protocol import Signature
from focalspec.golden import Array, GoldenCase, Value

_NUMERIC = "iuf"


class Outcome(NamedTuple):
    """One judged output of one case in one dtype."""

    case: GoldenCase
    dtype: str
    judgement: Judgement


class InProcess:
    """An adapter that is called in this process."""

    def __init__(self, adapter: worker.Adapter, signatures: Mapping[str, Signature]) -> None:
        self.adapter = adapter
        self.signatures = signatures

    @classmethod
    def from_adapter(cls, target: str | Path, signatures: Mapping[str, Signature]) -> "InProcess":
        """The adapter in a .py file or module. Raises worker.AdapterError."""
        with _quiet():
            return cls(worker.load_adapter(str(target), signatures), signatures)

    @classmethod
    def from_functions(
        cls,
        name: str,
        functions: Mapping[str, Callable[..., Any]],
        signatures: Mapping[str, Signature],
        dtypes: tuple[str, ...] = worker.DEFAULT_DTYPES,
    ) -> "InProcess":
        """Functions by formula, as an adapter would define them."""
        return cls(worker.Adapter(name, functions, dtypes), signatures)

    def answer(self, case: GoldenCase, dtype: str) -> Answer:
        """What the adapter says to one case in one dtype."""
        try:
            inputs = [to_numpy(array, dtype) for array in case.inputs.values()]
            parameters = {name: _parameter(value, dtype) for name, value in case.parameters.items()}
            outputs = self.signatures[case.formula].outputs
            with _quiet():
                returned = self.adapter.call(case.formula, inputs, parameters, case.needs, outputs)
        except worker.DeclinedError as error:
            return Declined(worker.brief(error))
        except worker.BadReturnError as error:
            return Broken("garbage", worker.brief(error))
        except SystemExit as error:
            return Broken("crash", f"exited with status {error.code}")
        except Exception as error:
            return Raised(type(error).__name__, worker.brief(error))
        return Returned({name: _output(array) for name, array in returned.items()})

    def outcomes(
        self, cases: Iterable[GoldenCase], judge: Judge, dtypes: Iterable[str] | None = None
    ) -> Iterator[Outcome]:
        """The verdicts of all cases of the formulas that the adapter has.

        Each case runs in those of its formats that the adapter takes (and that ``dtypes`` names).
        """
        wanted = self.adapter.dtypes if dtypes is None else tuple(dtypes)
        for case in cases:
            if case.formula in self.adapter.functions:
                for dtype in case.formats:
                    if dtype in wanted and dtype in self.adapter.dtypes:
                        answer = self.answer(case, dtype)
                        for judgement in judge.judge(case, dtype, answer):
                            yield Outcome(case, dtype, judgement)


def _quiet() -> warnings.catch_warnings:
    return warnings.catch_warnings(action="ignore")


def to_numpy(array: Array, dtype: str) -> Any:
    """The array of a case as a fresh NumPy array, floating-point ones in a dtype."""
    if array.dtype == "int64":
        return np.array(array.values, dtype=np.int64).reshape(array.shape)
    exact = np.array(array.values, dtype=np.float64).reshape(array.shape)
    return exact.astype(worker.numpy_dtype(dtype))


def _parameter(value: Value, dtype: str) -> Any:
    if not isinstance(value, Array):
        return value
    return to_numpy(value, dtype)


def _output(array: Any) -> Output:
    name = array.dtype.name
    if array.dtype.kind not in _NUMERIC and name not in worker.FLOATS:
        return Output(name, array.shape, None)
    return Output(name, array.shape, array.astype(np.float64).ravel())
