"""softmax_focal_loss, categorical_focal_loss, cross_entropy and softmax on whole arrays."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import NamedTuple

from focalspec.reference.oracle.arguments import Arguments
from focalspec.reference.oracle.class_positions import (
    OverClasses,
    gradient_conditions,
    row_values,
)
from focalspec.reference.oracle.conditioning import condition_number
from focalspec.reference.oracle.precision import as_real
from focalspec.reference.oracle.real import Real, mp
from focalspec.reference.oracle.reductions import denominator
from focalspec.reference.tensor import Tensor


class Layout(NamedTuple):
    """Where the rows of an array lie: C classes along one axis."""

    shape: tuple[int, ...]
    axis: int

    @property
    def classes(self) -> int:
        """C."""
        return self.shape[self.axis]

    @property
    def positions(self) -> tuple[int, ...]:
        """The shape without the class axis."""
        return self.shape[: self.axis] + self.shape[self.axis + 1 :]

    def row(self, position: int) -> range:
        """The indices of the row at a flat position."""
        inner = prod(self.shape[self.axis + 1 :])
        outer, rest = divmod(position, inner)
        start = outer * self.classes * inner + rest
        return range(start, start + self.classes * inner, inner)


def layout_of(arguments: Arguments) -> Layout:
    """The layout of the first input (SOF-21, CAT-15)."""
    name = arguments.signature.inputs[0]
    shape = arguments.tensor(name).shape
    if not shape:
        raise arguments.fault("input", name, "of shape ()", "a class axis")
    axis = arguments.integer("axis", -len(shape), len(shape) - 1) % len(shape)
    if not shape[axis]:
        raise arguments.fault("input", name, f"of shape {shape}", f"classes along axis {axis}")
    return Layout(shape, axis)


class ClassBatch:
    """A formula over classes on a batch: the rows that are not ignored, and how they are reduced.

    ``shards`` changes nothing: every rank's value is that of the whole batch (SOF-24, CAT-24).
    """

    def __init__(self, arguments: Arguments) -> None:
        self.layout = layout_of(arguments)
        first = arguments.signature.inputs[0]
        classes = self.layout.classes
        taken = arguments.signature.defaults
        self.formula = OverClasses(
            from_logits=first == "logits",
            gammas=(
                arguments.number_or_numbers("gamma", classes)
                if "gamma" in taken
                else (0.0,) * classes
            ),
            class_weights=arguments.weights("class_weight", classes),
            label_smoothing=arguments.number("label_smoothing", 0.0, 1.0),
        )
        self.reduction = arguments.choice("reduction", arguments.signature.reductions)
        if "shards" in taken:
            arguments.shards(self.layout.shape[0])
        ignored = arguments.optional_integer("ignore_index")
        background = arguments.integer("background_class") if "background_class" in taken else 0
        targets = arguments.same_shape("targets", self.layout.positions)
        self.size = len(targets.values)
        self.targets = {
            position: arguments.integer_element("targets", position, classes, ignored)
            for position, target in enumerate(targets.values)
            if target != ignored
        }
        domain = () if self.formula.from_logits else (0.0, 1.0)
        self.rows = {
            position: [
                arguments.element(first, index, *domain) for index in self.layout.row(position)
            ]
            for position in self.targets
        }
        self.denominator = denominator(
            self.reduction,
            len(self.targets),
            sum(target != background for target in self.targets.values()),
            (Fraction(self.formula.class_weights[target]) for target in self.targets.values()),
        )

    def outputs(self, names: Sequence[str]) -> dict[str, Tensor]:
        """The named outputs."""
        needed = set(names) & {"loss", "gradient", "hessian_diagonal"}
        if "loss_condition" in names:
            needed |= {"loss", "gradient"}
        if "gradient_condition" in names:
            needed |= {"gradient"}
        ordered = sorted(needed)
        scale = 1 / as_real(self.denominator)
        parts = {
            position: {
                name: [value * scale for value in values]
                for name, values in row_values(
                    self.formula, row, self.targets[position], ordered
                ).items()
            }
            for position, row in self.rows.items()
        }
        return {name: self._output(name, parts) for name in names}

    def _output(self, name: str, parts: dict[int, dict[str, list[Real]]]) -> Tensor:
        if name in ("gradient", "hessian_diagonal"):
            rows = {position: values[name] for position, values in parts.items()}
            return self._by_class(rows, mp.zero)
        if name == "gradient_condition":
            scale = 1 / as_real(self.denominator)
            return self._by_class(
                {
                    position: gradient_conditions(
                        self.formula,
                        row,
                        self.targets[position],
                        parts[position]["gradient"],
                        scale,
                    )
                    for position, row in self.rows.items()
                },
                None,
            )
        if name == "loss_condition":
            return self._loss_condition(parts)
        losses = {position: values["loss"][0] for position, values in parts.items()}
        if self.reduction == "none":
            return self._by_position(losses, mp.zero)
        return Tensor((), (mp.fsum(losses.values()),))

    def _loss_condition(self, parts: dict[int, dict[str, list[Real]]]) -> Tensor:
        if self.reduction == "none":
            conditions = {
                position: condition_number(
                    self.rows[position], values["gradient"], values["loss"][0]
                )
                for position, values in parts.items()
            }
            return self._by_position(conditions, None)
        arguments = [number for row in self.rows.values() for number in row]
        gradient = [entry for values in parts.values() for entry in values["gradient"]]
        total = mp.fsum(values["loss"][0] for values in parts.values())
        return Tensor((), (condition_number(arguments, gradient, total),))

    def _by_position(self, values: Mapping[int, Real | None], ignored: Real | None) -> Tensor:
        return Tensor(
            self.layout.positions, tuple(values.get(index, ignored) for index in range(self.size))
        )

    def _by_class(self, rows: Mapping[int, Sequence[Real | None]], ignored: Real | None) -> Tensor:
        return spread_rows(self.layout, rows, ignored)


def spread_rows(
    layout: Layout, rows: Mapping[int, Sequence[Real | None]], ignored: Real | None
) -> Tensor:
    """Lay rows out along the class axis."""
    flat = [ignored] * prod(layout.shape)
    for position, row in rows.items():
        for index, value in zip(layout.row(position), row, strict=True):
            flat[index] = value
    return Tensor(layout.shape, tuple(flat))
