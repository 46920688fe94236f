"""What is out of the ordinary about a trial, at the element that is wrong: a cause's region.

A plain trial has no traits. Each trait is a few words that a person would use to describe where an
implementation goes wrong; what fails with some traits explains what fails with those and more.
"""

from collections.abc import Iterator
from math import isfinite

from focalspec.conformance.hunt.positions import Position, gamma_at, positions
from focalspec.conformance.hunt.trial import Trial
from focalspec.golden import Array

TAIL = 15.0  # beyond it 1 - p is about to round to 0 in float32
EXTREME = 80.0  # beyond it exp leaves the range of float32
CLOSE = 1e-3  # to an end of [0, 1]
TINY = 1e-6
HALF = ("float16", "bfloat16")
ORDINARY_RANK = 2


def of_call(trial: Trial) -> frozenset[str]:
    """The traits of a whole call, those of all its positions among them."""
    traits = set(_of_parameters(trial)) | set(_of_shape(trial))
    every = positions(trial)
    if len(every) > 1:
        traits.add("several positions")
    for position in every:
        traits |= set(_of_position(trial, position))
    return frozenset(traits)


def of_element(trial: Trial, output: str, index: int | None) -> frozenset[str]:
    """The traits at one element of an output; those of the call where the output is reduced."""
    found = None if index is None else _position_of(trial, output, index)
    if found is None:
        return of_call(trial)
    return frozenset(
        {*_of_parameters(trial), *_of_shape(trial), *_of_position(trial, found)}
        | ({"beside ignored positions"} if _beside_ignored(trial, found) else set())
    )


def _position_of(trial: Trial, output: str, index: int) -> Position | None:
    every = positions(trial)
    if output in ("gradient", "hessian_diagonal", "value"):
        return next((one for one in every if index in one.indices), None)
    return every[index] if trial.parameters.get("reduction", "none") == "none" else None


def _beside_ignored(trial: Trial, found: Position) -> bool:
    return not found.ignored and any(position.ignored for position in positions(trial))


def _of_shape(trial: Trial) -> Iterator[str]:
    if trial.dtype != "float64":
        yield "half precision" if trial.dtype in HALF else "float32"
    rank = len(trial.first.shape)
    if rank != ORDINARY_RANK:
        yield f"rank {rank}"
    if trial.axis is not None and trial.first.shape[trial.axis] == 1:
        yield "one class"


def _of_parameters(trial: Trial) -> Iterator[str]:
    for name in trial.needs:
        value = trial.parameters[name]
        if name == "gamma":
            if isinstance(value, Array):
                yield "gamma per class"
        elif name in ("reduction", "label_rule"):
            yield f"{name.replace('_', ' ')} {value}"
        elif name != "ignore_index":
            yield name.replace("_", " ")
    if trial.parameters.get("alpha") in (0, 1):
        yield "alpha 0 or 1"
    if trial.parameters.get("label_smoothing") == 1:
        yield "label smoothing 1"


def _of_position(trial: Trial, position: Position) -> Iterator[str]:
    if position.ignored:
        yield "ignored position"
        if not all(map(isfinite, position.numbers)):
            yield "not finite"
        return
    if "gamma" in trial.parameters:
        gamma = gamma_at(trial, position)
        if gamma < 1:
            yield "gamma below 1" if gamma else "gamma 0"
    if position.weight == 0:
        yield "zero weight"
    if trial.axis is None:
        yield from _of_element(trial, position)
    else:
        yield from _of_row(trial, position)


def _of_element(trial: Trial, position: Position) -> Iterator[str]:
    (number,), label = position.numbers, position.label
    if label is not None and label not in (0, 1):
        yield "fractional label"
        label = None
    if "probabilities" in trial.inputs:
        yield from _of_probability(number if label == 1 else 1 - number, min(number, 1 - number))
        return
    if number == 0:
        yield "logit 0"
    elif abs(number) < TINY:
        yield "tiny logit"
    if abs(number) > TAIL:
        side = None if label is None else number if label == 1 else -number
        yield "tail" if side is None else "easy tail" if side > 0 else "hard tail"
    if abs(number) > EXTREME:
        yield "extreme logit"


def _of_row(trial: Trial, position: Position) -> Iterator[str]:
    row = position.numbers
    target = None if position.label is None else int(position.label)
    if "probabilities" in trial.inputs:
        right = row[target or 0]
        yield from _of_probability(right, min(right, 1 - right))
        if trial.parameters.get("label_smoothing") and 0 in row:
            yield "another class of probability 0"
        return
    if target is not None and len(row) > 1:
        lead = row[target] - max(z for k, z in enumerate(row) if k != target)
        if abs(lead) > TAIL:
            yield "easy tail" if lead > 0 else "hard tail"
        if lead == 0:
            yield "equal logits"
    if max(map(abs, row)) > EXTREME:
        yield "extreme logit"


def _of_probability(right: float, distance: float) -> Iterator[str]:
    """The traits of the probability of the right class, some distance from an end of [0, 1]."""
    side = "right" if right > 0.5 else "wrong"
    if distance == 0:
        yield f"certain and {side}"
    elif distance < CLOSE:
        yield f"close to certain and {side}"
