"""Tells one cause of failure from another, so that a hunt can go on behind what it has found."""

from collections.abc import Iterable
from dataclasses import dataclass

from focalspec.conformance.hunt import traits
from focalspec.conformance.hunt.trial import Trial
from focalspec.conformance.hunt.truth import BROKEN, CALL, Fault

RELATION = "relation"  # a property is broken though every call is within its tolerance


@dataclass(frozen=True)
class Cause:
    """A class of failures: which output of which formula is wrong, in which way, where.

    It explains every failure of the same output and kind whose traits include its own: what is
    wrong with a plain call is no news in a call with class weights.
    """

    formula: str
    output: str
    kind: str
    traits: frozenset[str]

    def explains(self, other: "Cause") -> bool:
        """Whether a failure is no news where this one is known."""
        same_kind = other.kind in (self.kind, RELATION)
        same_output = self.output in (other.output, CALL)
        return (
            self.formula == other.formula
            and same_output
            and same_kind
            and self.traits <= other.traits
        )

    @property
    def region(self) -> str:
        """Where, in words."""
        return ", ".join(sorted(self.traits)) or "everywhere"


def cause_of(trial: Trial, fault: Fault) -> Cause:
    """The cause that a fault points to."""
    at = traits.of_element(trial, fault.output, fault.index)
    return Cause(trial.formula, fault.output, fault.kind, at)


def explained(cause: Cause, known: Iterable[Cause]) -> bool:
    """Whether one of the known causes explains another."""
    return any(one.explains(cause) for one in known)


def breaks_again(trial: Trial, known: Iterable[Cause]) -> bool:
    """Whether a call is known to crash or hang: asking once more would only cost time."""
    costly = [one for one in known if one.kind in BROKEN and one.output == CALL]
    if not costly:
        return False
    found = traits.of_call(trial)
    return any(one.formula == trial.formula and one.traits <= found for one in costly)
