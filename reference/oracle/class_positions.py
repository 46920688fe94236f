"""What a formula over classes gives at one position: each output, right to KEPT_BITS, or exact."""

from collections.abc import Sequence
from dataclasses import dataclass

from focalspec.reference.oracle.categorical_row import CategoricalRow
from focalspec.reference.oracle.conditioning import (
    categorical_gradient_conditions,
    quotient,
    softmax_gradient_changes,
)
from focalspec.reference.oracle.precision import bits_for, settle, starting_precision
from focalspec.reference.oracle.real import Real, mp
from focalspec.reference.oracle.softmax_row import SoftmaxRow
from focalspec.reference.oracle.tracked import Tracked


def softmax_focal_loss(
    logits: Sequence[float], target: int, gamma: float, label_smoothing: float
) -> SoftmaxRow:
    """The softmax focal loss of one row (SOF-1), without the class weight.

        L = (1 - p_y)^gamma CE,    p = softmax(z)
        CE = (1 - eps) (-log p_y) + (eps/C) sum_k (-log p_k)

    ``cross_entropy`` is this with gamma 0 (CRE-2).
    """
    return SoftmaxRow(logits, target, gamma, label_smoothing)


def categorical_focal_loss(
    probabilities: Sequence[float], target: int, gamma: float, label_smoothing: float
) -> CategoricalRow:
    """The same of given probabilities, which are not renormalised (CAT-1, CAT-20)."""
    return CategoricalRow(probabilities, target, gamma, label_smoothing)


@dataclass(frozen=True)
class OverClasses:
    """A formula over C classes with its parameters, one gamma and one weight for each class."""

    from_logits: bool
    gammas: tuple[float, ...]
    class_weights: tuple[float, ...]
    label_smoothing: float

    def bits(self, row: Sequence[float], target: int) -> int:
        """What exponents cost: |log u| is below 2 max|z| + log C, or 2^6 for a probability."""
        largest = max(map(abs, row)) if self.from_logits else 1.0
        return bits_for((largest, 64.0), self.gammas[target])


def row_values(
    formula: OverClasses, row: Sequence[float], target: int, names: Sequence[str]
) -> dict[str, list[Real]]:
    """The named outputs at one position, before the reduction.

    ``loss`` is a list of one, ``gradient`` and ``hessian_diagonal`` have one number a class.

    Raises:
        OracleError: the formula has no value there, or a number does not settle.
    """
    lengths = {name: 1 if name == "loss" else len(row) for name in names}
    weight = formula.class_weights[target]
    if not weight or (formula.from_logits and len(row) == 1):
        # a weight of 0 (SOF-37, CAT-31); one class is certain (SOF-35)
        return {name: [mp.zero] * length for name, length in lengths.items()}
    zeros = {name for name in names if name == "gradient" and _has_no_slope(formula, row, target)}
    others = [name for name in names if name not in zeros]
    settled = iter(
        settle(
            lambda: _tracked(formula, row, target, others),
            formula.bits(row, target),
            lambda: f"{' or '.join(others)} of a row of {len(row)} with target {target}",
        )
    )
    return {
        name: [mp.zero if name in zeros else next(settled) * weight for _ in range(length)]
        for name, length in lengths.items()
    }


def gradient_conditions(
    formula: OverClasses, row: Sequence[float], target: int, gradient: Sequence[Real], scale: Real
) -> list[Real | None]:
    """The condition number of each entry of a row's gradient, which ``scale`` has multiplied."""
    weight = formula.class_weights[target]
    if not weight or (formula.from_logits and len(row) == 1):
        return [None] * len(row)
    arguments = (row, target, formula.gammas[target], formula.label_smoothing)
    with starting_precision(formula.bits(row, target)):
        if not formula.from_logits:
            return categorical_gradient_conditions(categorical_focal_loss(*arguments))
        changes = softmax_gradient_changes(softmax_focal_loss(*arguments), row)
        return [
            quotient(change * weight * scale, entry)
            for change, entry in zip(changes, gradient, strict=True)
        ]


def _tracked(
    formula: OverClasses, row: Sequence[float], target: int, names: Sequence[str]
) -> list[Tracked]:
    arguments = (row, target, formula.gammas[target], formula.label_smoothing)
    if formula.from_logits:
        return _tracked_softmax(softmax_focal_loss(*arguments), names)
    position = categorical_focal_loss(*arguments)
    numbers = []
    for name in names:
        if name == "loss":
            numbers.append(position.loss())
        else:
            numbers += [position.gradient(k) for k in range(len(row))]
    return numbers


def _tracked_softmax(position: SoftmaxRow, names: Sequence[str]) -> list[Tracked]:
    numbers = []
    products = None
    for name in names:
        if name == "loss":
            numbers.append(position.loss())
            continue
        products = products or [position.product(k) for k in range(position.classes)]
        numbers += [
            product.gradient if name == "gradient" else product.hessian for product in products
        ]
    return numbers


def _has_no_slope(formula: OverClasses, row: Sequence[float], target: int) -> bool:
    """Whether the softmax loss's whole gradient is exactly zero.

    With gamma = 0 it is p_k - t_k. By the Lindemann-Weierstrass theorem p_k is algebraic only if
    all logits are equal; then p_k = 1/C, and t_k = 1/C for every k only with full smoothing. With
    gamma > 0 and equal logits, gamma log(C) / (C - 1) = eps - 1 would have to hold.
    """
    return (
        formula.from_logits
        and formula.label_smoothing == 1
        and not formula.gammas[target]
        and len(set(row)) == 1
    )
