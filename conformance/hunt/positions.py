"""What stands at each position of a trial: its numbers, its label or target, its weight."""

from dataclasses import dataclass
from math import prod
from sys import float_info

from focalspec.conformance.hunt.trial import Trial, floats
from focalspec.golden import Array


@dataclass(frozen=True)
class Position:
    """One element of an elementwise formula, or one row of classes.

    ``indices`` are those of its numbers in the first input, in C order; ``label`` is the label or
    target, None where the formula has none; ``weight`` is what its loss is multiplied by at most.
    """

    indices: tuple[int, ...]
    numbers: tuple[float, ...]
    label: float | None
    ignored: bool
    weight: float


def positions(trial: Trial) -> tuple[Position, ...]:
    """All positions of a trial, in the order of the loss without reduction."""
    if trial.axis is None:
        return tuple(_elements(trial))
    return tuple(_rows(trial, trial.axis))


def _elements(trial: Trial) -> list[Position]:
    labels = trial.second.values if trial.second is not None else None
    ignored = trial.parameters.get("ignore_index")
    negative, positive = binary_weights(trial)
    found = []
    for index, number in enumerate(trial.first.values):
        label = None if labels is None else float(labels[index])
        weight = 1.0 if label is None else label * positive + (1 - label) * negative
        skipped = label is not None and ignored is not None and label == ignored
        found.append(Position((index,), (float(number),), label, skipped, weight))
    return found


def _rows(trial: Trial, axis: int) -> list[Position]:
    shape = trial.first.shape
    classes, inner = shape[axis], prod(shape[axis + 1 :])
    targets = trial.second.values if trial.second is not None else None
    ignored = trial.parameters.get("ignore_index")
    weights = trial.parameters.get("class_weight")
    found = []
    for place in range(prod(shape[:axis]) * inner):
        start = (place // inner) * classes * inner + place % inner
        indices = tuple(start + k * inner for k in range(classes))
        row = tuple(float(trial.first.values[index]) for index in indices)
        target = None if targets is None else int(targets[place])
        skipped = target is not None and target == ignored
        weight = 1.0
        if isinstance(weights, Array) and target is not None and not skipped:
            weight = float(weights.values[target])
        found.append(Position(indices, row, target, skipped, weight))
    return found


def at_position(trial: Trial, place: int) -> Trial:
    """The call with one of its positions and no other."""
    kept = positions(trial)[place]
    shape = [1] * len(trial.first.shape)
    if trial.axis is not None:
        shape[trial.axis] = len(kept.numbers)
    arrays = [floats(tuple(shape), kept.numbers)]
    if trial.second is not None:
        second = trial.second
        arrays.append(Array(second.dtype, (1,) * len(second.shape), (second.values[place],)))
    return trial.with_inputs(*arrays)


def binary_weights(trial: Trial) -> tuple[float, float]:
    """The weights of label 0 and of label 1."""
    alpha, weights = trial.parameters.get("alpha"), trial.parameters.get("class_weight")
    negative, positive = (1.0, 1.0) if not isinstance(alpha, float) else (1 - alpha, alpha)
    if isinstance(weights, Array):
        negative, positive = negative * weights.values[0], positive * weights.values[1]
    return negative, positive


def denominator(trial: Trial) -> float:
    """What the sum of the losses is divided by; 0 where the documents leave the value open."""
    reduction = trial.parameters.get("reduction", "none")
    if reduction in ("none", "sum"):
        return 1.0
    valid = [position for position in positions(trial) if not position.ignored]
    if reduction == "mean":
        return float(len(valid))
    if reduction == "weighted_mean":
        return sum(position.weight for position in valid)
    background = trial.parameters["background_class"]
    return float(sum(position.label != background for position in valid))


def gamma_at(trial: Trial, position: Position) -> float:
    """The gamma of a position; 0 where the formula has none."""
    gamma = trial.parameters.get("gamma", 0.0)
    if isinstance(gamma, Array):
        return 0.0 if position.ignored else float(gamma.values[int(position.label or 0)])
    return float(gamma) if isinstance(gamma, float | int) else 0.0


def strange(trial: Trial) -> bool:
    """Whether an ignored position holds what no input may be: refusing that is no fault."""
    low, high = (0.0, 1.0) if "probabilities" in trial.inputs else (-float_info.max, float_info.max)
    return any(not low <= number <= high for number in trial.first.values)
