"""All that the pages draw from, found by name: results, golden cases, spec, bugs."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from focalspec.conformance.results import Check, Judged, Results
from focalspec.conformance.website.paths import Paths
from focalspec.conformance.website.verdicts import Tally
from focalspec.golden import GoldenCase
from focalspec.golden.bugs import Bug
from focalspec.spec.model import Clause, Spec


@dataclass(frozen=True)
class Facts:
    """A run and what it was judged by."""

    results: Results
    cases: Mapping[str, GoldenCase]
    spec: Spec
    bugs: Mapping[str, Bug]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The implementations, in the order in which the run was asked for them."""
        return tuple(judged.name for judged in self.implementations)

    @cached_property
    def implementations(self) -> Sequence[Judged]:
        """The implementations as they were judged, in that order."""
        asked = list(self.results.header.implementations)
        found = {judged.name: judged for judged in self.results.implementations}
        return sorted(
            found.values(),
            key=lambda judged: asked.index(judged.name) if judged.name in asked else len(asked),
        )

    @cached_property
    def paths(self) -> Paths:
        """Where each page lies."""
        return Paths(self.names)

    @cached_property
    def by_implementation(self) -> Mapping[str, Sequence[Check]]:
        """The checks of each implementation."""
        found: dict[str, list[Check]] = {name: [] for name in self.names}
        for check in self.results.checks:
            found.setdefault(check.implementation, []).append(check)
        return found

    @cached_property
    def by_case(self) -> Mapping[str, Mapping[str, Sequence[Check]]]:
        """The checks of each case, by implementation."""
        found: dict[str, dict[str, list[Check]]] = defaultdict(lambda: defaultdict(list))
        for check in self.results.checks:
            found[check.case][check.implementation].append(check)
        return found

    @cached_property
    def by_clause(self) -> Mapping[tuple[str, str], Tally]:
        """The verdicts of each implementation on each clause, by (implementation, clause)."""
        found: dict[tuple[str, str], Tally] = defaultdict(Tally)
        for check in self.results.checks:
            for clause in check.clauses:
                found[check.implementation, clause].add(check.dtype, check.verdict)
        return found

    @cached_property
    def by_formula(self) -> Mapping[tuple[str, str], Tally]:
        """The verdicts of each implementation on each formula, by (implementation, formula)."""
        found: dict[tuple[str, str], Tally] = defaultdict(Tally)
        for check in self.results.checks:
            found[check.implementation, check.formula].add(check.dtype, check.verdict)
        return found

    @cached_property
    def cases_by_formula(self) -> Mapping[str, Sequence[GoldenCase]]:
        """The golden cases of each formula, for the formulas of the spec that have any."""
        found: dict[str, list[GoldenCase]] = {name: [] for name in self.spec.formulas}
        for case in self.cases.values():
            if case.formula in found:
                found[case.formula].append(case)
        return {name: cases for name, cases in found.items() if cases}

    def clauses_of(self, formula: str) -> Sequence[Clause]:
        """The clauses of a formula, in their order."""
        return [self.spec.clauses[name] for name in self.spec.formulas[formula].clauses]


def tally(checks: Sequence[Check]) -> Tally:
    """The verdicts of some checks."""
    found = Tally()
    for check in checks:
        found.add(check.dtype, check.verdict)
    return found
