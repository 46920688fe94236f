"""Cross entropy written out directly, without a modulator: what a focal loss is at gamma 0."""

from math import exp, inf, log, log1p
from typing import NamedTuple

from focalspec.conformance.hunt.positions import (
    Position,
    binary_weights,
    denominator,
    positions,
)
from focalspec.conformance.hunt.trial import Trial
from focalspec.golden import Array


class CrossEntropy(NamedTuple):
    """The loss of each position, and the gradient in C order, reduction and normalizer left out."""

    losses: list[float]
    gradient: list[float]


def cross_entropy(trial: Trial) -> CrossEntropy:
    """The weighted cross entropy of a call; ordinary arithmetic is far finer than tolerances."""
    losses, gradient = [], [0.0] * len(trial.first.values)
    for position in positions(trial):
        loss, slopes = (0.0, [0.0] * len(position.numbers))
        if not position.ignored:
            loss, slopes = (
                _element(trial, position) if trial.axis is None else _row(trial, position)
            )
        losses.append(loss)
        for index, slope in zip(position.indices, slopes, strict=True):
            gradient[index] = slope
    return CrossEntropy(losses, gradient)


def divisor(trial: Trial) -> float:
    """What the documents divide the sum of the losses by: normalizer and reduction together."""
    normalizer = trial.parameters.get("normalizer")
    scale = float(normalizer.values[0]) if isinstance(normalizer, Array) else 1.0
    return scale * denominator(trial)


def _element(trial: Trial, position: Position) -> tuple[float, list[float]]:
    (number,), label = position.numbers, position.label or 0.0
    negative, positive = binary_weights(trial)
    negative, positive = negative * (1 - label), positive * label
    if "probabilities" in trial.inputs:
        loss = _times(positive, _surprise(number)) + _times(negative, _surprise(1 - number))
        slope = -_over(positive, number) + _over(negative, 1 - number)
        return loss, [slope]
    tail = log1p(exp(-abs(number)))
    loss = _times(positive, max(-number, 0.0) + tail) + _times(negative, max(number, 0.0) + tail)
    return loss, [negative * _sigmoid(number) - positive * _sigmoid(-number)]


def _row(trial: Trial, position: Position) -> tuple[float, list[float]]:
    row, weight = position.numbers, position.weight
    if weight == 0:
        return 0.0, [0.0] * len(row)
    smoothing = trial.parameters.get("label_smoothing") or 0.0
    share = smoothing / len(row) if isinstance(smoothing, float) else 0.0
    labels = [share] * len(row)
    labels[int(position.label or 0)] += 1 - share * len(row)
    if "probabilities" in trial.inputs:
        surprises = [_surprise(number) for number in row]
        slopes = [-weight * _over(label, p) for label, p in zip(labels, row, strict=True)]
    else:
        leader = max(range(len(row)), key=row.__getitem__)
        others = sum(exp(z - row[leader]) for k, z in enumerate(row) if k != leader)
        surprises = [row[leader] - z + log1p(others) for z in row]
        slopes = [
            weight * (exp(-surprise) - label)
            for label, surprise in zip(labels, surprises, strict=True)
        ]
    loss = sum(_times(label, s) for label, s in zip(labels, surprises, strict=True))
    return weight * loss, slopes


def _surprise(probability: float) -> float:
    return -log(probability) if probability > 0 else inf


def _times(factor: float, number: float) -> float:
    return factor * number if factor else 0.0


def _over(factor: float, number: float) -> float:
    if factor == 0:
        return 0.0
    return factor / number if number else inf


def _sigmoid(number: float) -> float:
    if number >= 0:
        return 1 / (1 + exp(-number))
    return exp(number) / (1 + exp(number))
