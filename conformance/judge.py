"""Judges answers: pure functions from a golden case and an answer to verdicts.

One check is one case in one dtype for one output: its dtype and shape are held against the page,
its numbers against the golden values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from focalspec.conformance.answers import Answer, Broken, Declined, Output, Raised, Returned
from focalspec.conformance.comparison import Exact, Miss, Target, Worst, compare, exact, target
from focalspec.conformance.pages import Rules
from focalspec.conformance.ulp import is_wider
from focalspec.golden import Expected, GoldenCase, Reading
from focalspec.golden.formats import FORMATS, Format

__all__ = ["NO_READING", "Judge", "Judgement", "Verdict", "Worst"]

NO_READING = "none of the readings"
LOSS_ALONE = "by the loss alone"  # a note: the loss follows a reading, its derivatives do not

# A survey asks which reading is followed, not how exactly: the roundings of the value, and of 1,
# that may come of computing it step by step in a narrow format.
_ROUNDINGS, _ROUNDINGS_OF_ONE = 8, 4


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
class Judgement:
    """The verdict of one check; ``message`` says what was expected and found where it fails.

    ``misses`` are the elements that would decide whether a wider tolerance holds; None where the
    failure is none of numbers that are merely too far off.
    """

    output: str
    verdict: Verdict
    message: str = ""
    notes: tuple[str, ...] = ()
    reading: str = ""
    worst: Worst | None = None
    misses: tuple[Miss, ...] | None = None


@dataclass
class Judge:
    """Judges the answers of a run by the rules of the pages, preparing each golden value once."""

    rules: Rules
    # by identity: golden values are long, and hashing them costs more than preparing them
    _exact: dict[int, tuple[Expected, Exact]] = field(default_factory=dict, repr=False)
    _targets: dict[tuple[int, str], Target] = field(default_factory=dict, repr=False)

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
            if key[0] not in self._exact:
                self._exact[key[0]] = (expected, exact(expected))
            tolerance = self.rules.tolerances[case.formula]
            self._targets[key] = target(expected, self._exact[key[0]][1], dtype, tolerance)
        return self._targets[key]

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
    compared = compare(name, expected, found.values)
    verdict = Verdict.PASS if compared.passes else Verdict.FAIL
    notes = (*_form_notes(found, expected), *compared.notes)
    return Judgement(
        name, verdict, compared.message, notes, worst=compared.worst, misses=compared.misses
    )


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
    but () against (1,), the exact shape decides. Where no reading has all that was returned, that
    one is followed which alone has it but for what is lost by rounding, or at least its loss.
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
    matching = matching or _only_one_like(answer, targets)
    alone = []
    if not matching:
        losses = {reading: {name: at[name]} for reading, at in targets.items() if name in at}
        alone = _only_one_like(answer, losses)
    exact = [
        reading
        for reading in matching or alone
        if isinstance(answer, Returned) and _same_shapes(answer, targets[reading])
    ]
    reading = " = ".join(exact or matching or alone) or NO_READING
    said = answer.message if isinstance(answer, Raised) else _shown(answer)
    kind = f"{answer.kind}: " if isinstance(answer, Raised) else ""
    notes = (*_looks(answer, name), *([LOSS_ALONE] if alone else []))
    return Judgement(name, Verdict.SURVEY, kind + said, notes, reading=reading)


def _only_one_like(
    answer: Raised | Returned, targets: Mapping[str, Mapping[str, Target]]
) -> list[str]:
    """The one reading that has all of an answer but for what is lost by rounding, or none."""
    if not isinstance(answer, Returned):
        return []
    found = []
    for reading, outputs in targets.items():
        common = [name for name in outputs if name in answer.outputs]
        judged = [
            _is_nearly(outputs[one], judge_output(one, outputs[one], answer)) for one in common
        ]
        found += [reading] if common and all(judged) else []
    return found if len(found) == 1 else []


def _is_nearly(wanted: Target, judged: Judgement) -> bool:
    if judged.misses is None:
        return False
    unit = 2.0**-wanted.form.precision
    return all(
        miss.distance <= unit * (_ROUNDINGS_OF_ONE + _ROUNDINGS * miss.size)
        for miss in judged.misses
    )


def _looks(answer: Raised | Returned, name: str) -> tuple[str, ...]:
    """The dtype and shape of what came, which is what some surveys ask for."""
    output = answer.outputs.get(name) if isinstance(answer, Returned) else None
    return () if output is None else (f"returns {output.dtype}", f"shape {output.shape}")


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
