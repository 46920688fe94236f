"""Where an answer differs from the exact values: element by element, by kind of fault."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import inf, isinf, isnan
from typing import Any

import numpy as np

from focalspec.conformance.answers import Answer, Broken, Declined, Output, Raised, Returned
from focalspec.conformance.comparison import Exact, Target, compare, exact, target
from focalspec.conformance.hunt.trial import Trial, tensors
from focalspec.conformance.judge import Verdict, judge_output
from focalspec.conformance.pages import Rules
from focalspec.golden import Expected, GoldenCase
from focalspec.golden.digits import LARGEST_EXPONENT, decimal_of_dyadic
from focalspec.golden.formats import FORMATS, round_dyadic
from focalspec.golden.suite import Golden
from focalspec.reference.oracle import OracleError, evaluate

CALL = "call"  # stands for an output where there is none
BROKEN = ("crash", "hang", "flood", "memory", "garbage")
_WHERE_MANY = 64  # elements that are looked at one by one


@dataclass(frozen=True)
class Fault:
    """One way in which an answer is wrong; ``index`` is that of the element in C order."""

    output: str
    kind: str  # value, nan, infinite, finite, dtype, shape, raises …, or one of BROKEN
    message: str
    index: int | None = None


@dataclass(frozen=True)
class Truth:
    """The exact values of a trial, prepared for comparison."""

    targets: Mapping[str, Target]

    @classmethod
    def of(cls, trial: Trial, names: tuple[str, ...], rules: Rules) -> "Truth":
        """The exact values of those of some outputs that have any, by the oracle."""
        tolerance = rules.tolerances[trial.formula]
        targets = {}
        for name, expected in _evaluated(trial, names).items():
            targets[name] = target(expected, exact(expected), trial.dtype, tolerance)
        return cls(targets)

    @classmethod
    def of_golden(cls, case: GoldenCase, dtype: str, rules: Rules) -> "Truth":
        """The golden values of a case."""
        tolerance = rules.tolerances[case.formula]
        return cls(
            {
                name: target(expected, exact(expected), dtype, tolerance)
                for name, expected in case.expected.items()
            }
        )


def faults(trial: Trial, answer: Answer, rules: Rules, truth: Truth | None = None) -> list[Fault]:
    """Every fault of an answer; none where it declines.

    ``truth`` is that of the golden values where there are any; the oracle is asked otherwise.
    """
    if isinstance(answer, Declined):
        return []
    if isinstance(answer, Raised):
        return [Fault(CALL, f"raises {answer.kind}", f"{answer.kind}: {answer.message}")]
    if isinstance(answer, Broken):
        return [Fault(CALL, answer.kind, f"{answer.kind}: {answer.message}")]
    names = tuple(name for name in trial.outputs if name in answer.outputs)
    known = truth or Truth.of(trial, names, rules)
    exact_dtype = trial.formula in rules.exact_dtype
    return [
        fault
        for name in names
        if name in known.targets
        for fault in _of_output(name, known.targets[name], answer, exact_dtype)
    ]


def _of_output(name: str, expected: Target, answer: Returned, exact_dtype: bool) -> list[Fault]:
    judged = judge_output(name, expected, answer, exact_dtype=exact_dtype)
    found = answer.outputs[name]
    if judged.verdict is Verdict.ERROR:
        return [Fault(name, "garbage", judged.message)]
    if judged.verdict is not Verdict.FAIL:
        return []
    if judged.worst is None:
        kind = "dtype" if judged.message.startswith("expected dtype") else "shape"
        return [Fault(name, kind, f"{name}: {judged.message}")]
    return list(_of_elements(name, expected, found))


def _of_elements(name: str, expected: Target, found: Output) -> Iterator[Fault]:
    values = found.values
    if values is None:
        return
    with np.errstate(all="ignore"):
        distance = np.abs((values - expected.exact.high) - expected.exact.low)
    suspect = ~((distance <= expected.allowed) | (values == expected.nearest))
    for index in map(int, np.flatnonzero(suspect)[:_WHERE_MANY]):
        compared = compare(name, element(expected, index), values[index : index + 1])
        if not compared.passes:
            place = list(map(int, np.unravel_index(index, expected.shape)))
            said = compared.message.removeprefix(name)
            where = f"{name}{place}" if place else name
            yield Fault(name, _kind(expected.exact.high[index], values[index]), where + said, index)


def element(expected: Target, index: int) -> Target:
    """One element of a target, by itself."""
    at = slice(index, index + 1)
    return replace(
        expected,
        shape=(),
        exact=Exact(
            decimals=expected.exact.decimals[at],
            high=expected.exact.high[at],
            low=expected.exact.low[at],
            condition=expected.exact.condition[at],
            has_zero=bool(expected.exact.high[index] == 0),
        ),
        nearest=expected.nearest[at],
        unit=expected.unit[at],
        allowed=expected.allowed[at],
    )


def _kind(wanted: float, found: float) -> str:
    if isnan(found):
        return "nan"
    if isinf(found) and not isinf(wanted):
        return "infinite"
    return "finite" if isinf(wanted) and not isinf(found) else "value"


# ---- the oracle's numbers as golden values ----


def _evaluated(trial: Trial, names: tuple[str, ...]) -> dict[str, Expected]:
    """The oracle's values of some outputs; those that the formula has none of are left out."""
    inputs, parameters = tensors(trial)
    try:
        found = evaluate(trial.formula, inputs, parameters, names)
    except OracleError:
        found = {}
        for name in names if len(names) > 1 else ():
            try:
                found |= evaluate(trial.formula, inputs, parameters, (name,))
            except OracleError:
                continue
    return {
        name: Expected(tensor.shape, tuple(map(_golden, tensor.values)))
        for name, tensor in found.items()
    }


def _golden(value: Any) -> Golden:
    """An exact number as a row of golden values, by integers alone; nothing is proven."""
    if value in (inf, -inf):
        number = float(value)
        return Golden(str(number), number, number, number, number, None, "oracle")
    mantissa, exponent = _dyadic(value)
    rounded = (round_dyadic(form, mantissa, exponent) for form in FORMATS.values())
    by_name = dict(zip(FORMATS, rounded, strict=True))
    try:
        decimal = decimal_of_dyadic(mantissa, exponent)
    except ValueError:  # beyond 10**LARGEST_EXPONENT no format holds it
        decimal = f"{'-' if mantissa < 0 else ''}1e{LARGEST_EXPONENT}"
    return Golden(
        decimal,
        by_name["float64"],
        by_name["float32"],
        by_name["bfloat16"],
        by_name["float16"],
        None,
        "oracle",
    )


def _dyadic(value: Any) -> tuple[int, int]:
    """A finite number of mpmath's, or of Python, as mantissa and exponent."""
    if isinstance(value, int | float):
        numerator, denominator = value.as_integer_ratio()
        return numerator, 1 - denominator.bit_length()
    sign, mantissa, exponent, _ = value._mpf_
    return (-int(mantissa) if sign else int(mantissa)), int(exponent)
