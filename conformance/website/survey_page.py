"""The survey as one Markdown page: for each question, who answers how."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from focalspec.conformance.judge import LOSS_ALONE, NO_READING, Verdict
from focalspec.conformance.results import Check
from focalspec.conformance.website.facts import Facts
from focalspec.conformance.website.questions import QUESTIONS, Question, Sought
from focalspec.golden import GoldenCase
from focalspec.spec.model import Clause

_NUMBERS = re.compile(r"\w+ \[([^\]]*)\]")
_ALIKE = 0.15  # relative: numbers that are the same in formats of few digits
_DIGITS = 4  # of a number that follows no reading
CONSTANTS = 1e-20, 1e-3  # between which they are clipped; otherwise it is another formula
NOT_OFFERED, BROKE, ANOTHER = "not offered", "the process broke", "another value, "


class Said(NamedTuple):
    """An answer, and the implementations that give it, each with the dtypes where not in all."""

    answer: str
    who: Sequence[str]


def markdown(facts: Facts) -> str:
    """The page of a run."""
    return "\n".join(_lines(facts)) + "\n"


def _lines(facts: Facts) -> Iterator[str]:
    header = facts.results.header
    yield "# What implementations do where the documents are silent"
    yield ""
    yield (
        "Drawn by `focalspec report RESULTS --survey` from the answers of"
        f" {len(facts.names)} implementations to the survey cases; nothing here is right or wrong,"
        " and whoever ports a model needs to know it."
    )
    yield (
        "A row is a question put to all that have such a loss, shown by"
        " `focalspec explain CASE IMPLEMENTATION`. Dtypes in parentheses are those in which an"
        " implementation answers so, where it answers otherwise in others; where a star follows,"
        " the loss does so and its derivatives do not."
    )
    yield ""
    named = (f"{one.name} {one.version}".strip() for one in facts.implementations)
    yield f"Judged: {', '.join(named)} (golden values `{header.golden[:12]}`)."
    for question in QUESTIONS:
        cases = list(_asked(facts, question))
        if cases:
            yield ""
            yield from _section(facts, question, cases)


def _asked(facts: Facts, question: Question) -> Iterator[tuple[GoldenCase, Clause]]:
    """The survey cases of a question, each with the clause that asks it, clause by clause."""
    for name in question.clauses:
        for case in facts.cases.values():
            if case.expect == "survey" and name in case.clauses and facts.by_case.get(case.id):
                yield case, facts.spec.clauses[name]


def _section(
    facts: Facts, question: Question, cases: Sequence[tuple[GoldenCase, Clause]]
) -> Iterator[str]:
    yield f"## {question.title}"
    yield ""
    yield question.about
    yield ""
    yield "| asked by | case | answers |"
    yield "| --- | --- | --- |"
    rows: dict[tuple[str, str, str], list[str]] = {}
    for case, clause in cases:
        page = f"../spec/{clause.formula}.md#{_anchor(f'{clause.id} {clause.title}')}"
        told = "<br>".join(
            _told(said) for said in answers(facts.by_case[case.id], case, question.sought)
        )
        # cases of one clause that are answered alike share a row
        rows.setdefault((f"[{clause.id}]({page})", told, case.about), []).append(f"`{case.id}`")
    for (link, told, about), names in rows.items():
        yield f"| {link} | {'<br>'.join(filter(None, [_cell(about), *names]))} | {told} |"


def _told(said: Said) -> str:
    if said.answer == NOT_OFFERED:
        return f"{NOT_OFFERED} by {len(said.who)}"
    return f"**{_cell(said.answer)}**: {_cell(', '.join(said.who))}"


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _cell(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
    return " ".join(escaped.split())


def answers(by_name: Mapping[str, Sequence[Check]], case: GoldenCase, sought: Sought) -> list[Said]:
    """Who answers a case how: the most frequent answer first, those who offer none last."""
    found: dict[str, list[str]] = {}
    for name, checks in by_name.items():
        given = _by_answer(checks, case, sought)
        star = "*" if any(LOSS_ALONE in check.notes for check in checks) else ""
        for answer, dtypes in given.items():
            said = f" ({', '.join(dtypes)})" if len(given) > 1 else ""
            found.setdefault(answer, []).append(f"{name}{star}{said}")
    ordered = sorted(found.items(), key=lambda one: (one[0] == NOT_OFFERED, -len(one[1])))
    return [Said(answer, who) for answer, who in ordered]


def _by_answer(
    checks: Sequence[Check], case: GoldenCase, sought: Sought
) -> Mapping[str, Sequence[str]]:
    """What one implementation answers, with the dtypes in which it does so."""
    if sought == "dtype" and all(check.verdict is Verdict.SURVEY for check in checks):
        return {_dtypes(checks): ()}
    found: dict[str, list[str]] = {}
    for check in checks:
        answer = _answer(_readable(check, checks), case, sought)
        found.setdefault(_same(answer, found), []).append(check.dtype)
    return found


def _readable(check: Check, checks: Sequence[Check]) -> Check:
    """A check, or if it follows no reading that of another dtype with nearly the same loss.

    Some compute in float32 whatever they are given, which is too rough for a reading in float64.
    """
    numbers = _losses(check) if check.reading == NO_READING else []
    for other in checks:
        if numbers and other.reading not in {"", NO_READING}:
            losses = _losses(other)
            if len(losses) == len(numbers) and all(map(_close, numbers, losses)):
                return other
    return check


def _same(answer: str, found: Iterable[str]) -> str:
    """The answer as it was given in a wider dtype, if it differs by no more than rounding."""
    numbers = _values(answer)
    for other in found:
        wider = _values(other)
        if numbers and len(numbers) == len(wider) and all(map(_close, numbers, wider)):
            return other
    return answer


def _values(answer: str) -> list[float]:
    start, _, numbers = answer.partition(ANOTHER)
    return [] if start or not numbers else [float(number) for number in numbers.split(", ")]


def _close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=_ALIKE, abs_tol=_ALIKE**2)


def _dtypes(checks: Sequence[Check]) -> str:
    """The dtype of the result of each dtype, where it is another."""
    returned = [(check.dtype, _note(check, "returns ") or "an error") for check in checks]
    if all(found == "an error" for _, found in returned):
        return "error"
    changed = [f"{found} for {dtype}" for dtype, found in returned if found != dtype]
    return ", ".join(changed) or "as given"


def _answer(check: Check, case: GoldenCase, sought: Sought) -> str:
    if check.verdict is Verdict.UNSUPPORTED:
        return NOT_OFFERED
    if check.verdict is not Verdict.SURVEY:
        return BROKE
    shape = _note(check, "shape ")
    if sought == "shape" and shape:
        return shape
    if check.reading != NO_READING:
        return check.reading.replace("_", " ")
    return _number(check, case, sought) if check.notes else "error"


def _note(check: Check, start: str) -> str:
    return next((note.removeprefix(start) for note in check.notes if note.startswith(start)), "")


def _number(check: Check, case: GoldenCase, sought: Sought) -> str:
    """The loss of a check that follows no reading, or the constant that it betrays."""
    numbers = _losses(check)
    if not numbers:
        return "an empty array"
    first = numbers[0]
    if sought == "constant" and math.isfinite(first):
        alpha = case.parameters.get("alpha")
        constant = math.exp(-first / (alpha if isinstance(alpha, float) else 1.0))
        if CONSTANTS[0] < constant < CONSTANTS[1]:
            return f"capped, by log {_rounded(constant)}"
    return ANOTHER + ", ".join(f"{number:.{_DIGITS}g}" for number in numbers)


def _losses(check: Check) -> list[float]:
    """The first numbers of the loss that came, as far as its message tells them."""
    found = _NUMBERS.match(check.message)
    numbers = found[1].removesuffix(", …").split(", ") if found and found[1] else []
    return [float(number) for number in numbers]


def _rounded(constant: float) -> str:
    """A constant as a power of ten, where it is one for all that the dtypes tell."""
    power = 10.0 ** round(math.log10(constant))
    return f"{power:.0e}" if abs(constant - power) <= _ALIKE * power else f"{constant:.2g}"
