"""Learns the causes behind the known deviations of an implementation from the cases they cover."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from focalspec.conformance.expectations import Deviations
from focalspec.conformance.hunt.causes import Cause, cause_of, explained
from focalspec.conformance.hunt.draws import Offer
from focalspec.conformance.hunt.laboratory import Asker, Laboratory
from focalspec.conformance.hunt.properties import PROPERTIES
from focalspec.conformance.hunt.search import Finding, simplified
from focalspec.conformance.hunt.trial import of_case
from focalspec.conformance.hunt.truth import BROKEN, Truth, faults
from focalspec.conformance.judge import Judgement, Verdict
from focalspec.conformance.pages import Rules
from focalspec.conformance.runner import check_of
from focalspec.conformance.selection import Task
from focalspec.golden import GoldenCase

_PATIENCE = 1000  # broken answers are known ones here


@dataclass(frozen=True)
class Subject:
    """The implementation that is hunted: its name, whom to ask, and what it takes."""

    name: str
    asker: Asker
    offers: Sequence[Offer]
    rules: Rules


def learn(subject: Subject, deviations: Deviations, cases: Sequence[GoldenCase]) -> Iterator[Cause]:
    """The causes of the faults that known deviations cover, none explained by another.

    The implementation is asked the covered golden cases again: what is wrong with which element
    tells the cause apart, where the file of deviations speaks of whole cases. Each failure is then
    made plainer, for golden cases have shapes and parameters of many kinds.
    """
    laboratory = Laboratory(subject.asker, patience=_PATIENCE)
    known: list[Cause] = []
    raw = {one.cause: one for one in _raw(subject, deviations, cases)}
    for cause in sorted(raw, key=lambda cause: (len(cause.traits), cause.formula, cause.region)):
        if explained(cause, known):
            continue
        one = raw[cause]
        if cause.kind not in BROKEN:
            one = simplified(one, laboratory, subject.rules, subject.offers[0].dtypes)
        known.append(one.cause)
        yield one.cause


def _raw(
    subject: Subject, deviations: Deviations, cases: Sequence[GoldenCase]
) -> Iterator[Finding]:
    """Every failure that the deviations cover, by the golden values."""
    by_formula = {offer.page.name: offer for offer in subject.offers}
    for case in cases if deviations.entries else ():
        offer = by_formula.get(case.formula)
        if offer is None or case.expect != "values":
            continue
        for dtype in (dtype for dtype in case.formats if dtype in offer.dtypes):
            outputs = _covered(subject.name, Task(case, dtype), deviations)
            if outputs:
                yield from _failures(subject, offer, Task(case, dtype), outputs)


def _covered(name: str, task: Task, deviations: Deviations) -> set[str]:
    """The outputs of a case that a deviation says to fail, not merely to be less exact."""
    checks = (
        check_of(name, task, Judgement(output, Verdict.FAIL)) for output in task.case.expected
    )
    return {
        check.output for check in checks if any(entry.covers(check) for entry in deviations.strict)
    }


def _failures(subject: Subject, offer: Offer, task: Task, outputs: set[str]) -> Iterator[Finding]:
    trial = of_case(task.case, offer.page, task.dtype)
    answer = subject.asker.ask(task.case, task.dtype)
    truth = Truth.of_golden(task.case, task.dtype, subject.rules)
    for fault in faults(trial, answer, subject.rules, truth):
        if fault.output in outputs or fault.output not in trial.outputs:
            yield Finding(PROPERTIES[0], cause_of(trial, fault), trial, fault, (trial,), "")
