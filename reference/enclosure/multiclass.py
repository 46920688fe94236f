"""What the formulas with a class axis share: targets, weights, reductions, one row at a time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from flint import fmpq

from focalspec.reference.enclosure.arguments import Arguments
from focalspec.reference.enclosure.forms import Form
from focalspec.reference.enclosure.outputs import Batch, Output, Wanted, denominator, located
from focalspec.reference.enclosure.rows import rows_of
from focalspec.reference.enclosure.split import ONE
from focalspec.reference.tensor import Tensor


@dataclass(frozen=True, eq=False)
class Row:
    """One position: the numbers of its classes, its target, and what applies to it."""

    numbers: tuple[fmpq, ...]
    target: int
    gamma: fmpq
    smoothing: fmpq

    def share(self, label: int) -> fmpq:
        """The part of the smoothed target that falls to a class."""
        even = self.smoothing / len(self.numbers)
        return even + 1 - self.smoothing if label == self.target else even

    @cached_property
    def is_level(self) -> bool:
        """Whether all classes have the same number."""
        first = self.numbers[0]
        return all(number == first for number in self.numbers)


# A row's loss (label None) or the derivative of some order by the number of a class.
Derivative = Callable[[Row, int | None, int], Form]
_ORDERS = {"gradient": 1, "hessian_diagonal": 2}


def outputs_of(
    arguments: Arguments,
    input_name: str,
    reductions: tuple[str, ...],
    derivative: Derivative,
    wanted: Mapping[str, Wanted],
) -> dict[str, Output]:
    """The outputs of a formula with a class axis, given the derivatives of one row."""
    inputs, targets = arguments.tensor(input_name), arguments.tensor("targets")
    rows = rows_of(arguments, inputs.shape)
    if targets.shape != rows.shape:
        raise arguments.error("targets", f"the shape {rows.shape}", targets.shape)
    _check_shards(arguments, inputs.shape)
    ignored = arguments.value("ignore_index")
    valid = [row for row, target in enumerate(targets.values) if target != ignored]
    _check_targets(arguments, targets, valid, rows.classes)
    class_weight = arguments.numbers("class_weight", rows.classes) or [ONE] * rows.classes
    gammas = _gammas(arguments, rows.classes)
    smoothing = arguments.number("label_smoothing", 0.0, 1.0)

    def row_at(position: int) -> Row:
        values = [inputs.values[rows.index(position, label)] for label in range(rows.classes)]
        target = int(targets.values[position])
        numbers = tuple(arguments.exact_inputs(input_name, values))
        return Row(numbers, target, gammas[target], smoothing)

    made = {position: row_at(position) for position in valid}
    weight = {position: class_weight[row.target] for position, row in made.items()}

    reduction = arguments.choice("reduction", reductions)
    background = arguments.value("background_class") if reduction == "mean_positive" else None
    divisor = denominator(reduction, weight, lambda position: made[position].target != background)
    batch = Batch(rows.shape, valid, reduction != "none", divisor)

    def loss(position: int) -> Form:
        if not weight[position]:
            return Form()
        return derivative(made[position], None, 0).times(weight[position])

    def by_input(index: int, order: int) -> Form:
        position, label = rows.place(index)
        factor = weight.get(position)
        if not factor:  # ignored, or of a class without weight
            return Form()
        form = located(lambda at: derivative(made[at], label, order), position)
        return form.times(factor * batch.share)

    results: dict[str, Output] = {}
    for name, chosen in wanted.items():
        if name == "loss":
            results[name] = batch.output(loss, ONE, chosen)
        else:
            order = _ORDERS[name]
            indices = range(len(inputs.values))
            results[name] = Output(
                inputs.shape,
                [
                    by_input(index, order) if chosen is None or index in chosen else None
                    for index in indices
                ],
            )
    return results


def _check_targets(arguments: Arguments, targets: Tensor, valid: list[int], classes: int) -> None:
    for position in valid:
        target = targets.values[position]
        if isinstance(target, bool) or not isinstance(target, int) or not 0 <= target < classes:
            raise arguments.error("targets", f"classes from 0 to {classes - 1}", target)


def _check_shards(arguments: Arguments, shape: tuple[int, ...]) -> None:
    """Shards change no value: every rank's is that of the whole batch."""
    shards = arguments.value("shards")
    if shards is not None:
        sizes = shards.values if isinstance(shards, Tensor) else tuple(shards)
        if sum(sizes) != shape[0] or any(size < 0 for size in sizes):
            raise arguments.error("shards", f"sizes that add up to {shape[0]}", sizes)


def _gammas(arguments: Arguments, classes: int) -> list[fmpq]:
    if isinstance(arguments.value("gamma"), Tensor):
        gammas = arguments.numbers("gamma", classes)
        if gammas is not None:
            return gammas
    return [arguments.number("gamma")] * classes
