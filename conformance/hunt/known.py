"""Learns the causes behind the known deviations of an implementation from the cases they cover."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from focalspec.conformance.expectations import Deviations
from focalspec.conformance.hunt.causes import Cause, cause_of
from focalspec.conformance.hunt.draws import Offer
from focalspec.conformance.hunt.laboratory import Asker
from focalspec.conformance.hunt.trial import of_case
from focalspec.conformance.hunt.truth import Truth, faults
from focalspec.conformance.judge import Judgement, Verdict
from focalspec.conformance.pages import Rules
from focalspec.conformance.runner import check_of
from focalspec.conformance.selection import Task
from focalspec.golden import GoldenCase


@dataclass(frozen=True)
class Subject:
    """The implementation that is hunted: its name, whom to ask, and what it takes."""

    name: str
    asker: Asker
    offers: Sequence[Offer]
    rules: Rules


def learn(subject: Subject, deviations: Deviations, cases: Sequence[GoldenCase]) -> Iterator[Cause]:
    """The cause of every fault that a known deviation covers, each once.

    The implementation is asked the covered golden cases again: what is wrong with which element
    tells the cause apart, where the file of deviations speaks of whole cases.
    """
    by_formula = {offer.page.name: offer for offer in subject.offers}
    seen: set[Cause] = set()
    for case in cases if deviations.entries else ():
        offer = by_formula.get(case.formula)
        if offer is None or case.expect != "values":
            continue
        for dtype in (dtype for dtype in case.formats if dtype in offer.dtypes):
            outputs = _covered(subject.name, Task(case, dtype), deviations)
            if outputs:
                for cause in _causes(subject, offer, Task(case, dtype), outputs):
                    if cause not in seen:
                        seen.add(cause)
                        yield cause


def _covered(name: str, task: Task, deviations: Deviations) -> set[str]:
    """The outputs of a case that a deviation speaks of."""
    checks = (
        check_of(name, task, Judgement(output, Verdict.FAIL)) for output in task.case.expected
    )
    return {
        check.output for check in checks if any(entry.covers(check) for entry in deviations.entries)
    }


def _causes(subject: Subject, offer: Offer, task: Task, outputs: set[str]) -> Iterator[Cause]:
    trial = of_case(task.case, offer.page, task.dtype)
    answer = subject.asker.ask(task.case, task.dtype)
    truth = Truth.of_golden(task.case, task.dtype, subject.rules)
    for fault in faults(trial, answer, subject.rules, truth):
        if fault.output in outputs or fault.output not in trial.outputs:
            yield cause_of(trial, fault)
