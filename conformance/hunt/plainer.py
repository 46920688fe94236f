"""Makes a failing call plainer by hand: what Hypothesis shrinks is choices, not traits."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

from focalspec.conformance.hunt.positions import at_position, gamma_at, positions
from focalspec.conformance.hunt.traits import ORDINARY_RANK
from focalspec.conformance.hunt.trial import Trial, floats
from focalspec.golden import Array

_POSITIONS = 8  # that are tried alone, where nobody knows which of them is wrong
_KEPT = ("gamma", "axis", "ignore_index", "shards")  # parameters that are not simply dropped


def plainer(trial: Trial, place: int | None) -> Iterator[Trial]:
    """Calls that are a step plainer, ``place`` being the position that is wrong, if it is known.

    Each keeps all but one thing: other positions, a further axis, a parameter, a fraction, a
    number out of the ordinary.
    """
    every = positions(trial)
    if len(every) > 1:
        places = range(len(every)) if place is None else (place,)
        yield from (at_position(trial, one) for one in islice(places, _POSITIONS))
    elif len(trial.first.shape) != ORDINARY_RANK and trial.axis is None:
        arrays = [replace(array, shape=(1, 1)) for array in trial.inputs.values()]
        yield trial.with_inputs(*arrays)
    yield from _plainer_parameters(trial)
    if len(every) == 1:
        yield from _plainer_element(trial) if trial.axis is None else _plainer_row(trial)
    if trial.dtype != "float64":
        yield replace(trial, dtype="float64")


def _plainer_parameters(trial: Trial) -> Iterator[Trial]:
    for name in trial.needs:
        if name not in _KEPT:
            yield trial.with_parameters(**{name: trial.page.parameters[name].neutral})
    gamma = trial.parameters.get("gamma")
    if isinstance(gamma, Array):
        yield trial.with_parameters(gamma=gamma_at(trial, positions(trial)[0]))
    elif gamma is not None and gamma != 2:
        yield trial.with_parameters(gamma=2.0)
    if trial.parameters.get("alpha") not in (None, 0.25):
        yield trial.with_parameters(alpha=0.25)


def _plainer_element(trial: Trial) -> Iterator[Trial]:
    first, second = trial.first, trial.second
    plain = 0.5 if "probabilities" in trial.inputs else 1.0
    labels = [] if second is None else [second]
    if first.values[0] != plain:
        yield trial.with_inputs(floats(first.shape, [plain]), *labels)
    if second is not None and second.values[0] not in (0, 1):
        for label in (0.0, 1.0):
            yield trial.with_inputs(first, floats(second.shape, [label]))


def _plainer_row(trial: Trial) -> Iterator[Trial]:
    first = trial.first
    plain = tuple(float(k + 1) for k in range(len(first.values)))
    if "probabilities" not in trial.inputs and first.values != plain:
        targets = [] if trial.second is None else [trial.second]
        yield trial.with_inputs(floats(first.shape, plain), *targets)


def plainest(
    trial: Trial, place: int | None, still: Callable[[Trial], int | None], tries: int
) -> Trial:
    """The plainest call that can be reached by such steps while it fails in the same way.

    ``still`` returns None where a call fails no longer so, or is no plainer; else the wrong
    position, or -1 where it does not know.
    """
    for _ in range(tries):
        for candidate in plainer(trial, place):
            tries -= 1
            found = still(candidate)
            if found is not None:
                trial, place = candidate, None if found < 0 else found
                break
            if tries <= 0:
                return trial
        else:
            return trial
    return trial
