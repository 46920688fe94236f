"""The search itself: rounds of Hypothesis, each for one cause that is not known yet."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import hypothesis
import numpy as np
from hypothesis import HealthCheck, Phase

from focalspec.conformance.answers import Answer, Declined, Raised, Returned
from focalspec.conformance.hunt.causes import (
    RELATION,
    Cause,
    breaks_again,
    cause_of,
    explained,
)
from focalspec.conformance.hunt.draws import Offer, settled
from focalspec.conformance.hunt.laboratory import Laboratory, RoundOverError, TimeUpError
from focalspec.conformance.hunt.plainer import plainest
from focalspec.conformance.hunt.positions import positions, strange
from focalspec.conformance.hunt.properties import PROPERTIES, Property
from focalspec.conformance.hunt.relations import Break
from focalspec.conformance.hunt.trial import Trial
from focalspec.conformance.hunt.truth import Fault, faults
from focalspec.conformance.pages import Rules

ROUNDS = 30  # findings of one property in one formula, after which it is enough

SHRINKS = 200  # experiments after the first failure of a round
PLAINER = 60  # calls that are asked to make a finding plainer


class FoundError(Exception):
    """Tells Hypothesis that an example is what the round looks for."""


@dataclass(frozen=True)
class Finding:
    """A failure: the property, the call that is wrong and how, and all calls of the experiment."""

    property: Property
    cause: Cause
    trial: Trial
    fault: Fault
    calls: tuple[Trial, ...]
    claim: str  # how the property is broken; empty for the oracle

    def size(self) -> tuple[int, int]:
        """Small findings are good findings: few traits, few numbers."""
        numbers = sum(len(array.values) for array in self.trial.inputs.values())
        return len(self.cause.traits), numbers


@dataclass(frozen=True)
class Budget:
    """How much is tried: the seed, and the examples of each round."""

    seed: int = 0
    examples: int = 100


@dataclass
class Tally:
    """What a hunt has done with one property of one formula."""

    formula: str
    property: str
    examples: int = 0
    declined: int = 0
    findings: int = 0
    explained: int = 0


@dataclass
class Hunt:
    """Looks for what is wrong with one implementation; ``known`` are causes not to report."""

    laboratory: Laboratory
    rules: Rules
    budget: Budget
    known: list[Cause] = field(default_factory=list)
    tallies: list[Tally] = field(default_factory=list)
    time_up: bool = False
    watch: Callable[[Tally], None] = lambda _: None

    def findings(self, offers: Sequence[Offer], names: Sequence[str] = ()) -> Iterator[Finding]:
        """Every finding, as it is found, properties in their order for one formula after another.

        Raises StartError where the implementation can no longer be started.
        """
        for offer in offers:
            for one in PROPERTIES:
                if (not names or one.name in names) and one.applies(offer):
                    yield from self._of(one, offer)
                if self.time_up:
                    return

    def _of(self, one: Property, offer: Offer) -> Iterator[Finding]:
        tally = Tally(offer.page.name, one.name)
        self.tallies.append(tally)
        for number in range(ROUNDS):
            finding = self._round(one, offer, tally, number)
            if finding is None:
                return
            tally.findings += 1
            self.known.append(finding.cause)
            yield finding
            if self.time_up:
                return

    def _round(self, one: Property, offer: Offer, tally: Tally, number: int) -> Finding | None:
        current = _Round(self, one, tally)
        self.laboratory.begin_round()
        seed = seed_of(self.budget.seed, offer.page.name, one.name, number)

        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=self.budget.examples,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=tuple(HealthCheck),
            database=None,
            deadline=None,
            report_multiple_bugs=False,
            print_blob=False,
            verbosity=hypothesis.Verbosity.quiet,
        )
        @hypothesis.given(one.experiments(offer))
        def attempt(calls: tuple[Trial, ...]) -> None:
            current.attempt(calls)

        try:
            attempt()
        except FoundError:
            pass
        except RoundOverError:
            pass
        except TimeUpError:
            self.time_up = True
        except hypothesis.errors.Unsatisfiable:
            pass  # every call was declined
        return self._plainer(current.best, offer)

    def _plainer(self, finding: Finding | None, offer: Offer) -> Finding | None:
        """The same failure in a plainer call, if there is one."""
        if finding is None or finding.cause.kind == RELATION or self.time_up:
            return finding
        try:
            return simplified(finding, self.laboratory, self.rules, offer.dtypes)
        except RoundOverError:
            return finding
        except TimeUpError:
            self.time_up = True
            return finding


class _Round:
    """One run of Hypothesis: it settles on the first new failure, and keeps its smallest form."""

    def __init__(self, hunt: Hunt, one: Property, tally: Tally) -> None:
        self.hunt = hunt
        self.property = one
        self.tally = tally
        self.sought: tuple[str, str] | None = None
        self.best: Finding | None = None
        self.shrinks = 0

    def attempt(self, calls: tuple[Trial, ...]) -> None:
        hunt = self.hunt
        self.shrinks += self.sought is not None
        if self.shrinks > SHRINKS:
            raise RoundOverError
        hypothesis.assume(not any(breaks_again(trial, hunt.known) for trial in calls))
        answers = [hunt.laboratory.ask(trial) for trial in calls]
        if any(isinstance(answer, Declined) for answer in answers):
            self.tally.declined += 1
            hypothesis.reject()
        if self.sought is None:
            self.tally.examples += 1
            hunt.watch(self.tally)
        found = list(judged(self.property, calls, answers, hunt.rules))
        news = [one for one in found if not explained(one.cause, hunt.known)]
        self.tally.explained += bool(found and not news and self.sought is None)
        if self.sought is None and news:
            self.sought = (news[0].fault.output, news[0].fault.kind)
        wanted = [one for one in news if (one.fault.output, one.fault.kind) == self.sought]
        if wanted:
            smallest = min(wanted, key=Finding.size)
            # of equals the last one: Hypothesis ends with the one that it has shrunk the most
            if self.best is None or smallest.size() <= self.best.size():
                self.best = smallest
            raise FoundError


def simplified(
    finding: Finding, laboratory: Laboratory, rules: Rules, dtypes: Sequence[str]
) -> Finding:
    """The plainest call found that fails in the same way, by the oracle alone.

    ``dtypes`` are those in which the implementation may be asked.
    """
    best = [finding]

    def still(trial: Trial) -> int | None:
        if trial.dtype not in dtypes or not settled(trial):
            return None
        for fault in faults(trial, laboratory.ask(trial), rules):
            cause = cause_of(trial, fault)
            one = replace(finding, cause=cause, trial=trial, fault=fault, calls=(trial,), claim="")
            same = (fault.output, fault.kind) == (finding.fault.output, finding.fault.kind)
            if same and cause.traits <= best[0].cause.traits and one.size() <= best[0].size():
                best[0] = one
                return _place(trial, fault)
        return None

    start = _place(finding.trial, finding.fault)
    plainest(finding.trial, None if start < 0 else start, still, PLAINER)
    return best[0]


def _place(trial: Trial, fault: Fault) -> int:
    """The position at which a call is wrong; -1 where that is not known."""
    if fault.index is None:
        return -1
    for place, position in enumerate(positions(trial)):
        if fault.output in ("gradient", "hessian_diagonal", "value"):
            if fault.index in position.indices:
                return place
        elif place == fault.index and trial.parameters.get("reduction", "none") == "none":
            return place
    return -1


def judged(
    one: Property, calls: tuple[Trial, ...], answers: Sequence[Answer], rules: Rules
) -> Iterator[Finding]:
    """Every finding in the answers to the calls of one experiment."""
    returned = [answer for answer in answers if isinstance(answer, Returned)]
    breaks: list[Break] = []
    if one.breaks is not None and len(returned) == len(answers):
        with np.errstate(all="ignore"):
            breaks = list(one.breaks(calls, returned, rules))
        if not breaks:
            return
    claim = breaks[0].message if breaks else ""
    found = False
    for trial, answer in zip(calls, answers, strict=True):
        if isinstance(answer, Raised) and strange(trial):
            continue
        for fault in faults(trial, answer, rules):
            found = True
            yield Finding(one, cause_of(trial, fault), trial, fault, calls, claim)
    for broken in breaks if not found else ():
        trial = calls[broken.trial]
        fault = Fault(broken.output, RELATION, broken.message, broken.index)
        yield Finding(one, cause_of(trial, fault), trial, fault, calls, claim)


def seed_of(*parts: object) -> int:
    """A seed that depends on nothing but its parts."""
    text = "/".join(map(str, parts))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
