"""How far answers to related calls may lie from each other, when each is within its tolerance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from focalspec.conformance.answers import Returned
from focalspec.conformance.hunt.trial import Trial
from focalspec.conformance.pages import Rules
from focalspec.conformance.ulp import Floats, Mask
from focalspec.golden.formats import FORMATS


@dataclass(frozen=True)
class Break:
    """A relation that does not hold: in which call, at which element of which output."""

    trial: int
    output: str
    message: str
    index: int | None = None


def numbers(answer: Returned, output: str, size: int) -> Floats | None:
    """The numbers of an output, if it was returned with as many as there should be."""
    found = answer.outputs.get(output)
    if found is None or found.values is None or found.values.size != size:
        return None
    return found.values


def slack(values: Floats, trial: Trial, rules: Rules) -> Floats:
    """How far the exact values may lie from answers that are within the standard tolerance.

    From |answer - exact| <= a + r |exact| follows |answer - exact| <= (a + r |answer|) / (1 - r).
    """
    bounds = rules.tolerances[trial.formula].bounds[trial.dtype]
    with np.errstate(all="ignore"):
        return np.asarray(
            (bounds.absolute + bounds.relative * np.abs(values)) / (1 - bounds.relative)
        )


def apart(found: Floats, wanted: Floats, room: Floats, dtype: str) -> Mask:
    """Which numbers are farther apart than there is room; equal infinities are not apart.

    Beside the largest number of the dtype an infinity may be an overflow within the tolerance.
    """
    largest = FORMATS[dtype].largest
    with np.errstate(all="ignore"):
        distance = np.abs(found - wanted)
        overflown = (np.isinf(found) | np.isinf(wanted)) & (
            np.minimum(np.abs(found), np.abs(wanted)) > largest / 4
        )
        far: Mask = ~((distance <= room) | (found == wanted) | overflown)
    return far & ~(np.isnan(found) & np.isnan(wanted))


@dataclass(frozen=True)
class Related:
    """What one call's output should be by another call, within the room that both leave."""

    trial: int
    dtype: str
    output: str
    wanted: Floats
    room: Floats
    claim: str

    def breaks(self, found: Floats) -> Iterator[Break]:
        """The elements at which it is not."""
        for index in map(int, np.flatnonzero(apart(found, self.wanted, self.room, self.dtype))):
            wanted, other = float(self.wanted[index]), float(found[index])
            said = f"{self.claim}: {self.output} should be {wanted!r}, found {other!r}"
            yield Break(self.trial, self.output, said, index)


def same(
    output: str, answers: Sequence[Returned], trials: Sequence[Trial], rules: Rules, claim: str
) -> Iterator[Break]:
    """The breaks where an output of the second call differs from that of the first."""
    first = answers[0].outputs.get(output)
    size = 0 if first is None or first.values is None else first.values.size
    wanted, found = (numbers(answer, output, size) for answer in answers[:2])
    if wanted is None or found is None or not size:
        return
    room = slack(wanted, trials[0], rules) + slack(found, trials[1], rules)
    yield from Related(1, trials[1].dtype, output, wanted, room, claim).breaks(found)
