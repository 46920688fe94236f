"""A hunt from end to end, as the command line asks for it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from focalspec import spec
from focalspec.conformance import judging
from focalspec.conformance.catalogue import Implementation
from focalspec.conformance.hunt.case_text import TOPIC, by_formula, case_name
from focalspec.conformance.hunt.draws import Offer
from focalspec.conformance.hunt.known import Subject, learn
from focalspec.conformance.hunt.laboratory import Asker, Laboratory, WorkerAsker
from focalspec.conformance.hunt.properties import NAMES
from focalspec.conformance.hunt.report import case_text, finding_lines, summary_lines
from focalspec.conformance.hunt.script_text import script
from focalspec.conformance.hunt.search import Budget, Finding, Hunt, Tally
from focalspec.conformance.names import check_name
from focalspec.conformance.runner import Plan
from focalspec.golden.formats import FORMATS
from focalspec.spec.model import Spec

USUAL = ("float64", "float32")  # half precision is hunted where it is asked for


class NothingToHuntError(ValueError):
    """An implementation that offers none of what is asked for."""


@dataclass(frozen=True)
class Quarry:
    """What is hunted: an implementation, and of it what the command line asks for."""

    implementation: Implementation
    properties: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    formulas: tuple[str, ...] = ()
    skip_known: bool = True  # leave out what the deviations explain


@dataclass
class Outcome:
    """What came of a hunt."""

    implementation: Implementation
    book: Spec
    findings: list[Finding] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)  # one a finding
    learned: int = 0

    def topics(self) -> Iterator[tuple[str, str]]:
        """The authored files of the findings, each after its path below golden/cases."""
        for formula, found in by_formula(self.findings).items():
            yield f"{formula}/{TOPIC}.yaml", case_text(found, self.implementation, self.book)


def check(quarry: Quarry) -> None:
    """Raises UnknownNameError where a property does not exist."""
    for name in quarry.properties:
        check_name("property", name, NAMES, "--property")


def offers(quarry: Quarry, asker: Asker, book: Spec) -> list[Offer]:
    """What the implementation offers of what is asked for. Raises NothingToHuntError."""
    wanted = quarry.dtypes or USUAL
    dtypes = tuple(name for name in FORMATS if name in wanted and name in asker.dtypes)
    found = [
        Offer(page, tuple(asker.formulas[name]), dtypes)
        for name, page in book.formulas.items()
        if name in asker.formulas and (not quarry.formulas or name in quarry.formulas)
    ]
    if not found or not dtypes:
        has = f"{', '.join(asker.formulas)} in {', '.join(asker.dtypes)}"
        raise NothingToHuntError(f"{quarry.implementation.name}: nothing to hunt: it offers {has}")
    return found


@dataclass
class Hunter:
    """Runs hunts; ``say`` prints a line, ``watch`` sees every example."""

    budget: Budget
    seconds: float | None
    say: Callable[[str], None]
    watch: Callable[[Tally], None] = lambda _: None

    def isolated(self, quarry: Quarry, plan: Plan) -> Outcome:
        """Hunts an implementation in a process of its own. Raises StartError."""
        check(quarry)
        asker = WorkerAsker(quarry.implementation, plan)
        try:
            outcome = self.hunt(quarry, asker, plan)
            asker.stop()
        finally:
            asker.close()
        return outcome

    def hunt(self, quarry: Quarry, asker: Asker, plan: Plan) -> Outcome:
        """Hunts whatever can be asked, printing each finding as it comes and then the summary."""
        book, rules = spec.load(), plan.judge.rules
        implementation = quarry.implementation
        every = offers(quarry, asker, book)
        outcome = Outcome(implementation, book)
        laboratory = Laboratory(asker, self.seconds)
        hunting = Hunt(laboratory, rules, self.budget, watch=self.watch)
        if quarry.skip_known:
            subject = Subject(implementation.name, asker, every, rules)
            deviations = judging.known_deviations(implementation)
            hunting.known += learn(subject, deviations, plan.cases)
            outcome.learned = len(hunting.known)
        for finding in hunting.findings(every, quarry.properties):
            outcome.findings.append(finding)
            offered = set(asker.formulas[finding.trial.formula])
            outcome.scripts.append(script(finding, implementation, offered, rules))
            number = len(outcome.findings)
            self._print(finding_lines(number, finding, outcome.scripts[-1]))
        for path, text in outcome.topics():
            self._print(("-" * 78, f"ready golden cases, golden/cases/{path}:", "", text))
        self._print(
            summary_lines(outcome.findings, hunting.tallies, outcome.learned, laboratory.asked)
        )
        if hunting.time_up:
            self.say("the time was up before everything was tried")
        return outcome

    def _print(self, lines: Iterator[str] | Sequence[str]) -> None:
        for line in lines:
            self.say(line)


def write(outcome: Outcome, folder: Path) -> None:
    """Writes scripts and cases below a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in outcome.topics():
        target = folder / "cases" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    for finding, text in zip(outcome.findings, outcome.scripts, strict=True):
        name = case_name(finding, outcome.implementation.name)
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
