"""The survey: what each implementation does where the documents are silent."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from focalspec.conformance.judge import NO_READING, Verdict
from focalspec.conformance.results import Check
from focalspec.conformance.website.facts import Facts
from focalspec.conformance.website.verdicts import LOOKS
from focalspec.golden import GoldenCase
from focalspec.spec.model import Clause


class Answer(NamedTuple):
    """What one implementation does in some dtypes; ``style`` tells readings of a case apart."""

    text: str
    dtypes: str  # empty where it does so in all
    style: str
    message: str


class Row(NamedTuple):
    """A survey case with the answers of each implementation."""

    case: GoldenCase
    answers: Sequence[Sequence[Answer]]
    split: bool  # whether implementations differ


class Group(NamedTuple):
    """The cases of one clause that the documents leave open."""

    clause: Clause
    rows: Sequence[Row]


def groups(facts: Facts) -> Iterator[Group]:
    """The survey cases by clause, in the order of the pages."""
    rows: dict[str, list[Row]] = {}
    for case in facts.cases.values():
        if case.expect == "survey":
            rows.setdefault(_silent(facts, case), []).append(_row(facts, case))
    for name, clause in facts.spec.clauses.items():
        if name in rows:
            yield Group(clause, rows[name])


def _silent(facts: Facts, case: GoldenCase) -> str:
    """The clause that a survey case is about: its first open one."""
    known = [name for name in case.clauses if name in facts.spec.clauses]
    silent = (name for name in known if facts.spec.clauses[name].kind == "survey")
    return next(silent, known[0] if known else "")


def _row(facts: Facts, case: GoldenCase) -> Row:
    by_name = facts.by_case.get(case.id, {})
    answers = [_answers(case, by_name.get(name, ())) for name in facts.names]
    given = {
        answer.text
        for one in answers
        for answer in one
        if answer.style not in {"none", "v-unsupported"}
    }
    return Row(case, answers, len(given) > 1)


def _answers(case: GoldenCase, checks: Sequence[Check]) -> list[Answer]:
    styles = {name: f"r{at % 6}" for at, name in enumerate(case.readings)}
    found: dict[str, list[Check]] = {}
    for check in checks:
        found.setdefault(_said(check), []).append(check)
    return [
        Answer(
            text,
            ", ".join(check.dtype for check in of) if len(found) > 1 else "",
            _style(styles, of[0]),
            of[0].message,
        )
        for text, of in found.items()
    ]


def _said(check: Check) -> str:
    return check.reading if check.verdict is Verdict.SURVEY else LOOKS[check.verdict].word


def _style(styles: Mapping[str, str], check: Check) -> str:
    if check.verdict is not Verdict.SURVEY:
        return f"v-{check.verdict}"
    first = check.reading.split(" = ")[0]
    return "none" if check.reading == NO_READING else styles.get(first, "none")
