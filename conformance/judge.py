"""Judges answers: pure functions from a golden case and an answer to verdicts.

One check is one case in one dtype for one output. Ordinary numbers are held against the tolerance;
what is not ordinary is handled by name: NaN never equals a number, a zero of either sign is zero,
an infinity stands for a finite value only where the tolerance reaches the format's end, and a zero
stands for a subnormal number (flush to zero), which is said beside the verdict.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from focalspec.conformance.answers import Answer, Broken, Declined, Output, Raised, Returned
from focalspec.conformance.pages import Rules
from focalspec.conformance.tolerances import Tolerance, allowance
from focalspec.conformance.ulp import (
    Floats,
    Mask,
    errors_in_ulp,
    is_wider,
    remainder,
    spacing,
)
from focalspec.golden import Expected, GoldenCase, Reading
from focalspec.golden.formats import FORMATS, Format

FLUSHED = "flushed to zero"
OTHER_ZERO = "zero of the other sign"
NOT_QUITE_ZERO = "not exactly zero"
OVERFLOWED = "overflowed within the tolerance"
NO_READING = "none of the readings"


class Verdict(StrEnum):
    """How a check ended."""

    PASS = "pass"
    FAIL = "fail"
    DEVIATION = "deviation"
    UNEXPECTED_PASS = "unexpected_pass"
    UNSUPPORTED = "unsupported"
    ERROR = "error"
    NOT_RUN = "not_run"
    SURVEY = "survey"


@dataclass(frozen=True)
class Worst:
    """The element of an output that decided its verdict, or that is farthest off."""

    index: tuple[int, ...]
    expected: str  # up to 40 digits
    nearest: float  # the exact value rounded to the format
    found: float
    error_ulp: float | None
    condition: float | None
    allowed: float  # the largest absolute error that the tolerance allows


@dataclass(frozen=True)
class Judgement:
    """The verdict of one check; ``message`` says what was expected and found where it fails."""

    output: str
    verdict: Verdict
    message: str = ""
    notes: tuple[str, ...] = ()
    reading: str = ""
    worst: Worst | None = None


@dataclass(frozen=True)
class Target:
    """The golden values of one output, laid out for comparison in one format.

    The exact value is ``high + low``; ``nearest`` is its certified rounding to the format.
    """

    form: Format
    shape: tuple[int, ...]
    decimals: tuple[str, ...]
    high: Floats
    low: Floats
    nearest: Floats
    condition: Floats  # NaN where there is none
    allowed: Floats


def target(expected: Expected, dtype: str, tolerance: Tolerance) -> Target:
    """The golden values of one output, prepared for comparison under a tolerance."""
    form = FORMATS[dtype]
    high = np.array([row.float64 for row in expected.rows], dtype=np.float64)
    condition = [np.nan if row.condition is None else row.condition for row in expected.rows]
    conditions = np.array(condition, dtype=np.float64)
    return Target(
        form=form,
        shape=expected.shape,
        decimals=tuple(row.decimal for row in expected.rows),
        high=high,
        low=np.array([remainder(row.decimal, row.float64) for row in expected.rows]),
        nearest=np.array([getattr(row, dtype) for row in expected.rows], dtype=np.float64),
        condition=conditions,
        allowed=allowance(tolerance, form, high, conditions),
    )


@dataclass
class Judge:
    """Judges the answers of a run by the rules of the pages, preparing each golden value once."""

    rules: Rules
    _targets: dict[tuple[int, str], tuple[Expected, Target]] = field(default_factory=dict)

    def judge(self, case: GoldenCase, dtype: str, answer: Answer) -> tuple[Judgement, ...]:
        """The verdict of each output of a case."""
        if case.expect == "error":
            return (judge_refusal(case, answer),)
        if case.expect == "survey":
            return (self._survey(case, dtype, answer),)
        exact = case.formula in self.rules.exact_dtype
        return tuple(
            judge_output(name, self._target(case, expected, dtype), answer, exact_dtype=exact)
            for name, expected in case.expected.items()
        )

    def _target(self, case: GoldenCase, expected: Expected, dtype: str) -> Target:
        key = (id(expected), dtype)
        if key not in self._targets:
            self._targets[key] = (
                expected,
                target(expected, dtype, self.rules.tolerances[case.formula]),
            )
        return self._targets[key][1]

    def _survey(self, case: GoldenCase, dtype: str, answer: Answer) -> Judgement:
        targets = {
            reading.name: {
                name: self._target(case, expected, dtype)
                for name, expected in reading.expected.items()
            }
            for reading in case.readings.values()
        }
        return judge_survey(case, answer, targets)


# ---- cases with values ----


def judge_output(
    name: str, expected: Target, answer: Answer, *, exact_dtype: bool = False
) -> Judgement:
    """The verdict of one output of a case that has golden values."""
    if isinstance(answer, Declined):
        return Judgement(name, Verdict.UNSUPPORTED, answer.reason)
    if isinstance(answer, Raised | Broken):
        return Judgement(name, Verdict.ERROR, f"{answer.kind}: {answer.message}")
    if name not in answer.outputs:
        return Judgement(name, Verdict.UNSUPPORTED, f"returns no {name}")
    found = answer.outputs[name]
    problem = _dtype_problem(found, expected.form, exact_dtype) or _shape_problem(found, expected)
    if problem:
        return Judgement(name, Verdict.FAIL, problem)
    if found.values is None:
        return Judgement(name, Verdict.ERROR, f"garbage: sent no numbers for {name}")
    verdict = compare(name, expected, found.values)
    notes = (*_form_notes(found, expected), *verdict.notes)
    return Judgement(name, verdict.verdict, verdict.message, notes, worst=verdict.worst)


def _dtype_problem(found: Output, form: Format, exact: bool) -> str:
    returned = FORMATS.get(found.dtype)
    if returned == form or (returned is not None and is_wider(returned, form) and not exact):
        return ""
    return f"expected dtype {form.name}, found {found.dtype}"


def _shape_problem(found: Output, expected: Target) -> str:
    if found.shape == expected.shape or (_single(found.shape) and _single(expected.shape)):
        return ""
    return f"expected shape {expected.shape}, found {found.shape}"


def _single(shape: tuple[int, ...]) -> bool:
    return shape in {(), (1,)}


def _form_notes(found: Output, expected: Target) -> list[str]:
    notes = []
    if found.dtype != expected.form.name:
        notes.append(f"returns {found.dtype}")
    if found.shape != expected.shape:
        notes.append(f"shape {found.shape}")
    return notes


def compare(name: str, expected: Target, found: Floats) -> Judgement:
    """The verdict of numbers of the right shape."""
    matches = _matches(expected, found)
    errors = errors_in_ulp(found, expected.high, expected.low, expected.form)
    zero = (expected.high == 0) & (found != 0)
    errors[zero | matches.flushed | matches.overflowed] = np.nan
    notes = tuple(
        note
        for note, mask in (
            (FLUSHED, matches.flushed),
            (OVERFLOWED, matches.overflowed),
            (NOT_QUITE_ZERO, zero & matches.passing),
            (OTHER_ZERO, matches.other_zero),
        )
        if mask.any()
    )
    if matches.passing.all():
        return Judgement(name, Verdict.PASS, "", notes, worst=_worst(expected, found, errors))
    failing = np.flatnonzero(~matches.passing)
    weights = np.where(np.isnan(errors[failing]), np.inf, errors[failing])
    position = int(failing[np.argmax(weights)])
    worst = _element(expected, found, errors, position)
    message = describe(name, worst, len(failing), found.size)
    return Judgement(name, Verdict.FAIL, message, notes, worst=worst)


@dataclass(frozen=True)
class _Matches:
    """Which elements pass, and which of them for a reason that has a name."""

    passing: Mask
    flushed: Mask
    overflowed: Mask
    other_zero: Mask


def _matches(expected: Target, found: Floats) -> _Matches:
    form, high, nearest = expected.form, expected.high, expected.nearest
    with np.errstate(all="ignore"):
        same = (found == nearest) | (np.isnan(found) & np.isnan(nearest))
        within = np.abs((found - high) - expected.low) <= expected.allowed
        reach = np.abs(high) + expected.allowed + spacing(high, form)
        same_sign = np.signbit(found) == np.signbit(high)
    within &= np.isfinite(found) & np.isfinite(high)
    flushed = ~within & (found == 0) & (nearest != 0) & (np.abs(nearest) < form.smallest_normal)
    overflowed = np.isinf(found) & np.isfinite(nearest) & same_sign & (reach > form.largest)
    other_zero = (found == 0) & (nearest == 0) & (np.signbit(found) != np.signbit(nearest))
    return _Matches(same | within | flushed | overflowed, flushed, overflowed, other_zero)


def _worst(expected: Target, found: Floats, errors: Floats) -> Worst | None:
    if not errors.size or np.isnan(errors).all():
        return None
    return _element(expected, found, errors, int(np.nanargmax(errors)))


def _element(expected: Target, found: Floats, errors: Floats, position: int) -> Worst:
    index = np.unravel_index(position, expected.shape) if expected.shape else ()
    error, condition = float(errors[position]), float(expected.condition[position])
    return Worst(
        index=tuple(int(step) for step in index),
        expected=expected.decimals[position],
        nearest=float(expected.nearest[position]),
        found=float(found[position]),
        error_ulp=None if np.isnan(error) else error,
        condition=None if np.isnan(condition) else condition,
        allowed=float(expected.allowed[position]),
    )


def describe(name: str, worst: Worst, failing: int, size: int) -> str:
    """A failure in one line: which element, what was expected, what was found, how far off."""
    place = f"{name}{list(worst.index)}" if worst.index else name
    off = "" if worst.error_ulp is None else f", {worst.error_ulp:.3g} ulp off"
    others = f" ({failing} of {size} elements fail)" if size > 1 else ""
    return f"{place}: expected {worst.expected[:20]}, found {worst.found!r}{off}{others}"


# ---- cases that must be refused ----


def judge_refusal(case: GoldenCase, answer: Answer) -> Judgement:
    """The verdict where the implementation must raise: it passes if it does, in any way."""
    wanted = f"expected an error about {case.error}"
    if isinstance(answer, Raised):
        return Judgement("error", Verdict.PASS)
    if isinstance(answer, Declined):
        return Judgement("error", Verdict.UNSUPPORTED, answer.reason)
    if isinstance(answer, Broken):
        return Judgement("error", Verdict.ERROR, f"{answer.kind}: {answer.message}")
    return Judgement("error", Verdict.FAIL, f"{wanted}, found {_shown(answer)}")


def _shown(answer: Returned) -> str:
    return "; ".join(f"{name} {_shown_output(output)}" for name, output in answer.outputs.items())


def _shown_output(output: Output) -> str:
    if output.values is None:
        return f"of dtype {output.dtype} and shape {output.shape}"
    numbers = [repr(float(value)) for value in output.values[:4]]
    more = ", …" if output.values.size > 4 else ""
    return f"[{', '.join(numbers)}{more}]"


# ---- cases where the documents are silent ----


def judge_survey(
    case: GoldenCase, answer: Answer, targets: Mapping[str, Mapping[str, Target]]
) -> Judgement:
    """Which of a survey case's readings the implementation follows; never a failure.

    ``targets`` are the golden values of each reading by output. Where readings differ in nothing
    but () against (1,), the exact shape decides.
    """
    name = "value" if any("value" in outputs for outputs in targets.values()) else "loss"
    if isinstance(answer, Declined):
        return Judgement(name, Verdict.UNSUPPORTED, answer.reason)
    if isinstance(answer, Broken):
        return Judgement(name, Verdict.ERROR, f"{answer.kind}: {answer.message}")
    matching = [
        reading.name
        for reading in case.readings.values()
        if _follows(reading, answer, targets[reading.name])
    ]
    exact = [
        reading
        for reading in matching
        if isinstance(answer, Returned) and _same_shapes(answer, targets[reading])
    ]
    reading = " = ".join(exact or matching) or NO_READING
    said = answer.message if isinstance(answer, Raised) else _shown(answer)
    kind = f"{answer.kind}: " if isinstance(answer, Raised) else ""
    return Judgement(name, Verdict.SURVEY, kind + said, reading=reading)


def _follows(reading: Reading, answer: Answer, targets: Mapping[str, Target]) -> bool:
    if reading.outcome == "error":
        return isinstance(answer, Raised)
    if not isinstance(answer, Returned) or not answer.outputs:
        return False
    if reading.outcome is not None:
        return _has_outcome(reading.outcome, next(iter(answer.outputs.values())))
    common = [name for name in targets if name in answer.outputs]
    return bool(common) and all(
        judge_output(name, targets[name], answer).verdict is Verdict.PASS for name in common
    )


def _has_outcome(outcome: str, output: Output) -> bool:
    if output.values is None or not output.values.size:
        return False
    tests = {"zero": output.values == 0, "nan": np.isnan(output.values)}
    mask = tests.get(outcome, np.isinf(output.values))
    return bool(mask.all())


def _same_shapes(answer: Returned, targets: Mapping[str, Target]) -> bool:
    return all(
        answer.outputs[name].shape == wanted.shape
        for name, wanted in targets.items()
        if name in answer.outputs
    )
