"""Finds the clauses and bug classes that no case covers."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from focalspec.golden.authoring import load_topics
from focalspec.golden.bugs import Bug, load_bugs
from focalspec.golden.draft import Draft, Topic
from focalspec.golden.suite import Expectation
from focalspec.spec import Clause, ClauseId, Kind, load

COVERED_BY: Mapping[Kind, tuple[Expectation, ...]] = {
    "required": ("values", "error"),
    "limit": ("values", "error"),
    "survey": ("survey",),
}
"""By the kind of a clause, which cases cover it: a survey judges nothing, and a judgement asks."""


@dataclass(frozen=True)
class Coverage:
    """The cases of each clause and bug class, and those that have none.

    ``misplaced`` are cases that cover none of the clauses they name: survey cases of judged clauses
    alone, or judged cases of survey clauses alone.
    """

    cases_by_clause: Mapping[ClauseId, tuple[str, ...]]
    cases_by_bug: Mapping[str, tuple[str, ...]]
    clauses_without_case: tuple[Clause, ...]
    bugs_without_case: tuple[Bug, ...]
    misplaced: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every clause and every bug class has a case, and no case is misplaced."""
        return not (self.clauses_without_case or self.bugs_without_case or self.misplaced)

    def messages(self) -> list[str]:
        """One line for each gap, as a person reads it."""
        lines = [
            f"clause {clause.id} ({clause.title}, {clause.kind}) has no case"
            for clause in self.clauses_without_case
        ]
        lines += [f"bug class {bug.id} has no case: {bug.wrong}" for bug in self.bugs_without_case]
        lines += [
            f"case {case} names only clauses that a case of its kind cannot cover"
            for case in self.misplaced
        ]
        return lines


def coverage(root: Path | None = None) -> Coverage:
    """The coverage of the authored cases under ``root`` (default: the package's own)."""
    return of(load_topics(root), load().clauses.values(), load_bugs(root).values())


def of(topics: Iterable[Topic], clauses: Collection[Clause], bugs: Collection[Bug]) -> Coverage:
    """The coverage of some clauses and bug classes by some topics."""
    drafts = [draft for topic in topics for draft in topic.drafts]
    kinds = {clause.id: clause.kind for clause in clauses}
    by_clause = {
        clause.id: tuple(draft.id for draft in drafts if _covers(draft, clause.id, clause.kind))
        for clause in clauses
    }
    # Survey cases count: what documents leave open, such as which errors are raised, can be known
    # as a bug and be judged by nobody.
    by_bug = {
        bug.id: tuple(draft.id for draft in drafts if bug.id in draft.catches) for bug in bugs
    }
    return Coverage(
        cases_by_clause=by_clause,
        cases_by_bug=by_bug,
        clauses_without_case=tuple(clause for clause in clauses if not by_clause[clause.id]),
        bugs_without_case=tuple(bug for bug in bugs if not by_bug[bug.id]),
        misplaced=tuple(
            draft.id
            for draft in drafts
            if not any(_covers(draft, own, kinds[own]) for own in draft.clauses)
        ),
    )


def _covers(draft: Draft, clause: ClauseId, kind: Kind) -> bool:
    return clause in draft.clauses and draft.expect in COVERED_BY[kind]
