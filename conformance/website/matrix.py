"""The matrix of implementations by clauses, a block a formula."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from focalspec.conformance.website.facts import Facts
from focalspec.conformance.website.verdicts import Tally
from focalspec.spec.model import Clause


class Cell(NamedTuple):
    """The verdicts of one implementation on one clause."""

    tally: Tally
    target: str  # the cases, filtered


class Row(NamedTuple):
    """One implementation in a block."""

    name: str
    cells: Sequence[Cell]


class Block(NamedTuple):
    """One formula: its clauses are the columns."""

    formula: str
    title: str
    clauses: Sequence[Clause]
    rows: Sequence[Row]
    others: Sequence[str]  # the implementations that do not offer it


def blocks(facts: Facts) -> Iterator[Block]:
    """The blocks of all formulas that have cases."""
    for formula in facts.cases_by_formula:
        clauses = facts.clauses_of(formula)
        offering = [name for name in facts.names if (name, formula) in facts.by_formula]
        rows = [_row(facts, name, formula, clauses) for name in offering]
        others = [name for name in facts.names if name not in offering]
        yield Block(formula, facts.spec.formulas[formula].title, clauses, rows, others)


def _row(facts: Facts, name: str, formula: str, clauses: Sequence[Clause]) -> Row:
    nothing = Tally()
    cases, slug = facts.paths.cases(formula), facts.paths.slug(name)
    cells = [
        Cell(
            facts.by_clause.get((name, clause.id), nothing),
            f"{cases}?clause={clause.id}&implementation={slug}",
        )
        for clause in clauses
    ]
    return Row(name, cells)
