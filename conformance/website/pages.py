"""What stands on each page: the values that its template is filled with."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from focalspec.conformance import table
from focalspec.conformance.judge import Verdict
from focalspec.conformance.results import Check, Judged, Known
from focalspec.conformance.website import histogram, matrix, numbers, plots, survey
from focalspec.conformance.website.facts import Facts, tally
from focalspec.conformance.website.text import cells
from focalspec.conformance.website.verdicts import DTYPES, Tally
from focalspec.golden import Expected, GoldenCase, hexfloat
from focalspec.spec.model import Formula

LISTED = 400  # checks that an implementation's page lists
ROWS = 64  # rows of golden values that a case's page shows of an output
SHOWN_DEVIATION_CASES = 6
_SAID = Markup('<td class="said" colspan="6">{}</td>')  # where there are no numbers


class Page(NamedTuple):
    """A page: where it lies, its template, and what that is filled with."""

    path: str
    template: str
    content: Mapping[str, Any]


def pages(facts: Facts) -> Iterator[Page]:
    """Every page of the site."""
    yield _index(facts)
    yield Page("survey.html", "survey.html", {"groups": list(survey.groups(facts))})
    for judged in facts.implementations:
        yield _implementation(facts, judged)
    for formula, cases in facts.cases_by_formula.items():
        yield _cases(facts, formula, cases)
        for before, case, after in _neighbours(cases):
            yield _case(facts, before, case, after)
    for formula in facts.spec.formulas:
        yield _formula(facts, formula)
    yield from _accuracy(facts)


# ---- the first page ----


class Summary(NamedTuple):
    """An implementation in one line."""

    row: table.Row
    judged: Judged
    tally: Tally
    conforms: bool


def _summaries(facts: Facts) -> list[Summary]:
    found = []
    for judged in facts.implementations:
        checks = facts.by_implementation[judged.name]
        conforms = not judged.problem and not any(check.failing for check in checks)
        found.append(Summary(table.row(judged, checks), judged, tally(checks), conforms))
    return found


def _index(facts: Facts) -> Page:
    summaries = _summaries(facts)
    content = {
        "summaries": summaries,
        "conforming": sum(one.conforms for one in summaries),
        "blocks": list(matrix.blocks(facts)),
        "checks": len(facts.results.checks),
    }
    return Page("index.html", "index.html", content)


# ---- a page an implementation ----


class Met(NamedTuple):
    """A known deviation with the checks that it covers."""

    entry: Known
    checks: int
    cases: Sequence[str]
    left: int


def _implementation(facts: Facts, judged: Judged) -> Page:
    checks = facts.by_implementation[judged.name]
    differing = sorted(
        (check for check in checks if check.failing or check.verdict is Verdict.DEVIATION),
        key=lambda check: check.verdict is Verdict.DEVIATION,
    )
    content = {
        "judged": judged,
        "row": table.row(judged, checks),
        "tally": tally(checks),
        "formulas": [
            (formula, {dtype: _of(checks, formula, dtype) for dtype in DTYPES})
            for formula in facts.cases_by_formula
            if (judged.name, formula) in facts.by_formula
        ],
        "deviations": list(_met(judged.deviations, checks)),
        "histograms": list(histogram.histograms(checks)),
        "differing": differing[:LISTED],
        "left": max(0, len(differing) - LISTED),
        "declined": _declined(checks),
    }
    return Page(facts.paths.implementation(judged.name), "implementation.html", content)


def _of(checks: Iterable[Check], formula: str, dtype: str) -> Tally:
    return tally([one for one in checks if one.formula == formula and one.dtype == dtype])


def _met(known: Sequence[Known], checks: Iterable[Check]) -> Iterator[Met]:
    by_entry: dict[str, Counter[str]] = {}
    for check in checks:
        if check.verdict is Verdict.DEVIATION:
            by_entry.setdefault(check.deviation, Counter())[check.case] += 1
    for entry in known:
        cases = by_entry.get(entry.id, Counter())
        shown = list(cases)[:SHOWN_DEVIATION_CASES]
        yield Met(entry, cases.total(), shown, len(cases) - len(shown))


def _declined(checks: Iterable[Check]) -> list[tuple[str, int]]:
    """Why cases are unsupported, the most frequent reasons first."""
    return Counter(
        check.message for check in checks if check.verdict is Verdict.UNSUPPORTED
    ).most_common(20)


# ---- a page a formula's cases, a page a case ----


def _cases(facts: Facts, formula: str, cases: Sequence[GoldenCase]) -> Page:
    topics: dict[str, list[tuple[GoldenCase, list[Tally]]]] = {}
    for case in cases:
        by_name = facts.by_case.get(case.id, {})
        tallies = [tally(by_name.get(name, ())) for name in facts.names]
        topics.setdefault(case.topic, []).append((case, tallies))
    content = {
        "formula": facts.spec.formulas[formula],
        "topics": topics,
        "count": len(cases),
        "clauses": facts.clauses_of(formula),
    }
    return Page(facts.paths.cases(formula), "cases.html", content)


def _neighbours(
    cases: Sequence[GoldenCase],
) -> Iterator[tuple[GoldenCase | None, GoldenCase, GoldenCase | None]]:
    for at, case in enumerate(cases):
        yield (
            cases[at - 1] if at else None,
            case,
            cases[at + 1] if at + 1 < len(cases) else None,
        )


class Values(NamedTuple):
    """The golden values of one output beside the inputs of the same shape, a row an element."""

    name: str
    shape: Sequence[int]
    columns: Sequence[str]
    rows: Sequence[Markup]
    left: int


def _case(
    facts: Facts, before: GoldenCase | None, case: GoldenCase, after: GoldenCase | None
) -> Page:
    by_name = facts.by_case.get(case.id, {})
    content = {
        "case": case,
        "before": before,
        "after": after,
        "clauses": [
            facts.spec.clauses[name] for name in case.clauses if name in facts.spec.clauses
        ],
        "bugs": [facts.bugs[name] for name in case.catches if name in facts.bugs],
        "values": [_values(case, name, given) for name, given in case.expected.items()],
        "readings": [
            (reading, [_values(case, name, given) for name, given in reading.expected.items()])
            for reading in case.readings.values()
        ],
        "returned": [(name, _lines(by_name[name])) for name in facts.names if by_name.get(name)],
        "silent": [name for name in facts.names if not by_name.get(name)],
    }
    return Page(facts.paths.case(case.id), "case.html", content)


def _values(case: GoldenCase, name: str, given: Expected) -> Values:
    beside = {key: array for key, array in case.inputs.items() if array.shape == given.shape}
    printed = ["printed"] if given.printed else []
    columns = ["place", *beside, "value (40 digits)", *case.formats, "condition", "proof", *printed]
    shown = given.rows[:ROWS]
    rows = [
        cells(
            [
                place,
                *(repr(array.values[at]) for array in beside.values()),
                row.decimal,
                *(_spelt(getattr(row, form)) for form in case.formats),
                numbers.condition(row.condition),
                row.proof,
                *([given.printed[at]] if given.printed else ()),
            ]
        )
        for at, (place, row) in enumerate(
            zip(numbers.positions(given.shape, len(shown)), shown, strict=True)
        )
    ]
    return Values(name, given.shape, columns, rows, len(given.rows) - len(shown))


def _spelt(number: float) -> str:
    return "nan" if math.isnan(number) else hexfloat.write(number)


class Line(NamedTuple):
    """What an implementation returned: of one output, or of several of which there is as much."""

    dtypes: str
    outputs: str
    verdict: Verdict
    numbers: bool
    told: Markup


def _lines(checks: Sequence[Check]) -> list[Line]:
    """The lines of one implementation: checks without numbers that say the same share one."""
    groups: dict[tuple[object, ...], list[Check]] = {}
    for check in checks:
        remarks = _remarks(check)
        key = (check.dtype, check.output) if check.worst else (check.verdict, remarks)
        groups.setdefault(key, []).append(check)
    return [
        Line(
            ", ".join(dict.fromkeys(check.dtype for check in group)),
            ", ".join(dict.fromkeys(check.output for check in group)),
            group[0].verdict,
            group[0].worst is not None,
            _told(group[0]),
        )
        for group in groups.values()
    ]


def _remarks(check: Check) -> str:
    said = (check.reading, check.deviation, "" if check.worst else check.message, *check.notes)
    return " · ".join(text for text in said if text)


def _told(check: Check) -> Markup:
    worst, remarks = check.worst, _remarks(check)
    if worst is None:
        return _SAID.format(remarks)
    return cells(
        [
            numbers.error(worst.error_ulp),
            numbers.condition(worst.condition),
            numbers.place(worst.index),
            numbers.digits(worst.expected),
            repr(worst.found),
            remarks,
        ]
    )


# ---- a page a formula, a page of plots ----


def _formula(facts: Facts, name: str) -> Page:
    counts = Counter(
        clause for case in facts.cases_by_formula.get(name, ()) for clause in set(case.clauses)
    )
    content = {
        "formula": facts.spec.formulas[name],
        "introduction": _introduction(facts.spec.formulas[name]),
        "has_cases": name in facts.cases_by_formula,
        "clauses": [
            (
                clause,
                counts[clause.id],
                [
                    (who, facts.by_clause[who, clause.id])
                    for who in facts.names
                    if (who, clause.id) in facts.by_clause
                ],
            )
            for clause in facts.clauses_of(name)
        ],
    }
    return Page(facts.paths.formula(name), "formula.html", content)


def _introduction(formula: Formula) -> str:
    """What stands on a formula's page before its first section, displayed formulas included."""
    page = formula.path.read_text(encoding="utf-8")
    found = re.search(r"^# [^\n]*\n(.*?)^## ", page, re.MULTILINE | re.DOTALL)
    return found.group(1) if found else formula.introduction


def _accuracy(facts: Facts) -> Iterator[Page]:
    drawn: list[Page] = []
    for formula, cases in facts.cases_by_formula.items():
        for dtype in DTYPES:
            found = list(plots.plots(facts, formula, dtype, cases))
            if found:
                content = {
                    "formula": facts.spec.formulas[formula],
                    "dtype": dtype,
                    "plots": found,
                    "case_ids": [case.id for case in cases],
                    "elementwise": formula in plots.ELEMENTWISE,
                }
                path = facts.paths.accuracy(formula, dtype)
                drawn.append(Page(path, "accuracy.html", content))
    available = [(page.content["formula"], page.content["dtype"], page.path) for page in drawn]
    yield Page("accuracy.html", "accuracies.html", {"available": available})
    for page in drawn:
        yield page._replace(content={**page.content, "available": available})
