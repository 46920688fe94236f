"""Keeps the zoo: right implementations, mutants as data, and what the judge says to each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from focalspec import spec
from focalspec.conformance import pages
from focalspec.conformance.inprocess import InProcess, Outcome
from focalspec.conformance.judge import Judge, Verdict
from focalspec.golden import GoldenCase, load_suite, strict_yaml
from focalspec.golden.bugs import load_bugs

HERE = Path(__file__).parent
RIGHT = tuple(sorted(path.stem for path in HERE.glob("right_*.py")))
FIELDS = ("name", "formula", "base", "line", "becomes", "clause", "bug")
CAUGHT = (Verdict.FAIL, Verdict.ERROR)
DTYPES = ("float64", "float32")  # of mutants: what the narrower formats catch, these catch too


class ZooError(ValueError):
    """A mutant that cannot be made; the message names it and what is wrong."""


@dataclass(frozen=True)
class Mutant:
    """A right implementation with one line changed, and what that breaks."""

    name: str
    formula: str
    base: str
    line: str
    becomes: str
    clause: str
    bug: str
    tolerance: str = "standard"
    occurrence: int | None = None

    def source(self) -> str:
        """The text of the base with the one line changed.

        Raises ZooError where the line is not there, or there more than once and not counted.
        """
        lines = (HERE / f"{self.base}.py").read_text(encoding="utf-8").split("\n")
        places = [number for number, text in enumerate(lines) if text.strip() == self.line]
        if len(places) > 1 and self.occurrence is None:
            raise ZooError(f"{self.name}: line: expected once, found {len(places)} times; count it")
        if len(places) < (self.occurrence or 1):
            raise ZooError(f"{self.name}: line: expected in {self.base}.py, found {len(places)}")
        place = places[(self.occurrence or 1) - 1]
        indentation = lines[place][: len(lines[place]) - len(self.line)]
        lines[place] = indentation + self.becomes
        return "\n".join(lines)


@dataclass(frozen=True)
class Catch:
    """The checks that a mutant fails and its base passes."""

    mutant: Mutant
    cases: frozenset[str]
    clauses: frozenset[str]
    outputs: frozenset[str] = field(default=frozenset())

    @property
    def named(self) -> bool:
        """Whether the clause that the mutant says it breaks is among those that catch it."""
        return self.mutant.clause in self.clauses


def mutants() -> tuple[Mutant, ...]:
    """All mutants, as mutants.yaml lists them. Raises a ValueError where one names what is not."""
    content = strict_yaml.load(HERE / "mutants.yaml")
    book, bugs = spec.load(), load_bugs()
    found = tuple(_mutant(entry) for entry in content["mutants"])
    for mutant in found:
        clause = book.clauses.get(mutant.clause)
        if clause is None or clause.formula != mutant.formula or clause.kind == "survey":
            raise ZooError(f"{mutant.name}: clause: expected one of its formula, judged, found"
                           f" {mutant.clause}")  # fmt: skip
        if mutant.bug not in bugs:
            raise ZooError(f"{mutant.name}: bug: expected one of bugs.yaml, found {mutant.bug}")
        if mutant.base not in RIGHT:
            raise ZooError(f"{mutant.name}: base: expected one of {RIGHT}, found {mutant.base}")
    return found


def _mutant(entry: dict[str, Any]) -> Mutant:
    missing = [name for name in FIELDS if name not in entry]
    if missing:
        raise ZooError(f"{entry.get('name', 'a mutant')}: expected {missing[0]}, found none")
    occurrence = entry.get("occurrence")
    return Mutant(**{**entry, "occurrence": occurrence and int(occurrence)})


@cache
def judges() -> dict[str, Judge]:
    """A judge under each tolerance; each prepares a golden value once."""
    book = spec.load()
    return {kind: Judge(pages.rules(book, kind)) for kind in ("standard", "strict")}


@cache
def signatures() -> Any:
    """What the pages say that each formula takes and gives."""
    return pages.signatures(spec.load())


@cache
def judged_cases(formula: str) -> tuple[GoldenCase, ...]:
    """The cases of a formula that are judged: those whose clauses are not all of surveys."""
    clauses = spec.load().clauses
    return tuple(
        case
        for case in load_suite().cases
        if case.formula == formula
        and case.expect != "survey"
        and any(clauses[name].kind != "survey" for name in case.clauses)
    )


@cache
def implementation(name: str) -> InProcess:
    """A right implementation, loaded as any adapter is."""
    return InProcess.from_adapter(HERE / f"{name}.py", signatures())


def mutated(mutant: Mutant) -> InProcess:
    """The mutant as an implementation, of its one formula."""
    names: dict[str, Any] = {"__name__": f"mutant_{mutant.name}"}
    exec(compile(mutant.source(), f"<{mutant.name}>", "exec"), names)
    functions = {mutant.formula: names[mutant.formula]}
    return InProcess.from_functions(mutant.name, functions, signatures(), names["DTYPES"])


def failures(
    adapter: InProcess,
    formula: str,
    tolerance: str,
    cases: Iterable[GoldenCase] | None = None,
    dtypes: Iterable[str] | None = None,
) -> Iterator[Outcome]:
    """The judged checks that an implementation of a formula fails."""
    chosen = judged_cases(formula) if cases is None else cases
    for outcome in adapter.outcomes(chosen, judges()[tolerance], dtypes):
        if outcome.judgement.verdict in CAUGHT:
            yield outcome


def key(outcome: Outcome) -> tuple[str, str, str]:
    """What tells one check from another."""
    return outcome.case.id, outcome.dtype, outcome.judgement.output


@cache
def base_failures(base: str, formula: str, tolerance: str) -> frozenset[tuple[str, str, str]]:
    """The checks that the unmutated base fails, which therefore catch no mutant of it."""
    found = failures(implementation(base), formula, tolerance, dtypes=DTYPES)
    return frozenset(key(outcome) for outcome in found)


def catching(mutant: Mutant, cases: Iterable[GoldenCase] | None = None) -> Iterator[Outcome]:
    """The checks that a mutant fails and its base passes, one by one."""
    noise = base_failures(mutant.base, mutant.formula, mutant.tolerance)
    for outcome in failures(mutated(mutant), mutant.formula, mutant.tolerance, cases, DTYPES):
        if key(outcome) not in noise:
            yield outcome


def caught(mutant: Mutant) -> Catch:
    """All that catches a mutant."""
    clauses = spec.load().clauses
    found = list(catching(mutant))
    return Catch(
        mutant,
        frozenset(outcome.case.id for outcome in found),
        frozenset(
            name
            for outcome in found
            for name in outcome.case.clauses
            if clauses[name].kind != "survey" and clauses[name].formula == mutant.formula
        ),
        frozenset(outcome.judgement.output for outcome in found),
    )


def cases_of_clause(mutant: Mutant) -> tuple[GoldenCase, ...]:
    """The cases that name the clause which a mutant breaks."""
    return tuple(case for case in judged_cases(mutant.formula) if mutant.clause in case.clauses)


def cases_of_bug(mutant: Mutant) -> tuple[GoldenCase, ...]:
    """The cases that claim to catch the class of bugs to which a mutant belongs."""
    return tuple(case for case in judged_cases(mutant.formula) if mutant.bug in case.catches)
