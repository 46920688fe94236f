"""sigmoid_focal_loss and binary_focal_loss on whole arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from focalspec.reference.oracle.alpha_derivatives import alpha_derivative
from focalspec.reference.oracle.arguments import LABEL_RULES, Arguments
from focalspec.reference.oracle.conditioning import condition_number
from focalspec.reference.oracle.elementwise import Binary, Element
from focalspec.reference.oracle.errors import OracleError
from focalspec.reference.oracle.label_rules import Share
from focalspec.reference.oracle.positions import curvature_at, slope_at, values_at
from focalspec.reference.oracle.precision import as_real
from focalspec.reference.oracle.real import Real, mp
from focalspec.reference.oracle.reductions import denominator
from focalspec.reference.tensor import Tensor


class BinaryBatch:
    """A binary formula on a batch: the elements that are not ignored, and how they are reduced."""

    def __init__(self, arguments: Arguments) -> None:
        self.first = arguments.signature.inputs[0]
        from_logits = self.first == "logits"
        weight_0, weight_1 = arguments.weights("class_weight", 2)
        alpha = arguments.optional_number("alpha", 0.0, 1.0)
        self.binary = Binary(
            from_logits=from_logits,
            gamma=arguments.number("gamma", 0.0),
            alpha=None if alpha is None else Fraction(alpha),
            class_weight=(Fraction(weight_0), Fraction(weight_1)),
            label_rule=arguments.choice("label_rule", LABEL_RULES),
        )
        self.normalizer = arguments.normalizer()
        self.reduction = arguments.choice("reduction", arguments.signature.reductions)
        ignored = None if from_logits else arguments.optional_integer("ignore_index")
        self.shape = arguments.tensor(self.first).shape
        labels = arguments.same_shape("labels", self.shape).values
        self.elements = {
            index: _element(arguments, index)
            for index, label in enumerate(labels)
            if ignored is None or label != ignored
        }
        self.size = len(labels)
        self.denominator = denominator(
            self.reduction, len(self.elements), len(self.elements), self._label_weights(self.binary)
        )

        self.scale = 1 / as_real(self.normalizer * self.denominator)

    def outputs(self, names: Sequence[str]) -> dict[str, Tensor]:
        """The named outputs."""
        parts = self._parts(names)
        return {name: self._output(name, parts) for name in names}

    def _parts(self, names: Sequence[str]) -> dict[str, dict[int, Real]]:
        """What is needed of each element, divided by normalizer and denominator."""
        needed = {name for name in names if name in _OF_A_POSITION}
        needed |= {"loss"} if "loss_condition" in names else set()
        needed |= {"gradient"} if "gradient_condition" in names else set()
        ordered = [name for name in _OF_A_POSITION if name in needed]
        parts: dict[str, dict[int, Real]] = {name: {} for name in ordered}
        for index, element in self.elements.items():
            for name, value in values_at(self.binary, element, ordered).items():
                parts[name][index] = value * self.scale
        return parts

    def _output(self, name: str, parts: dict[str, dict[int, Real]]) -> Tensor:
        if name == "alpha_derivative":
            return self._alpha_derivative()
        if name == "loss_condition":
            return self._loss_condition(parts)
        if name == "gradient_condition":
            return self._full(self._gradient_conditions(parts["gradient"]), None)
        if name in ("gradient", "hessian_diagonal"):
            return self._full(parts[name], mp.zero)
        return self._reduced(parts[name])

    def _full(self, values: Mapping[int, Real | None], ignored: Real | None) -> Tensor:
        return Tensor(self.shape, tuple(values.get(index, ignored) for index in range(self.size)))

    def _reduced(self, values: dict[int, Real]) -> Tensor:
        if self.reduction == "none":
            return self._full(values, mp.zero)
        return Tensor((), (mp.fsum(values.values()),))

    def _loss_condition(self, parts: dict[str, dict[int, Real]]) -> Tensor:
        loss = parts["loss"]
        slopes = {index: slope_at(self.binary, element) for index, element in self.elements.items()}
        gradient = {
            index: None if slope is None else slope * self.scale for index, slope in slopes.items()
        }
        if self.reduction == "none":
            conditions = {
                index: condition_number([element.argument], [gradient[index]], loss[index])
                for index, element in self.elements.items()
            }
            return self._full(conditions, None)
        arguments = [element.argument for element in self.elements.values()]
        total = mp.fsum(loss.values())
        return Tensor((), (condition_number(arguments, gradient.values(), total),))

    def _gradient_conditions(self, gradient: dict[int, Real]) -> dict[int, Real | None]:
        conditions = {}
        for index, element in self.elements.items():
            curvature = curvature_at(self.binary, element)
            scaled = None if curvature is None else curvature * self.scale
            conditions[index] = condition_number([element.argument], [scaled], gradient[index])
        return conditions

    def _alpha_derivative(self) -> Tensor:
        """dS/dalpha over the denominator, or (S1 D0 - S0 D1) / D^2 for weighted_mean."""
        if self.binary.alpha is None:
            raise OracleError("alpha_derivative needs an alpha; alpha is None")
        if self.reduction == "none":
            scale = 1 / as_real(self.normalizer)
            values = {
                index: alpha_derivative(self.binary, [element]) * scale
                for index, element in self.elements.items()
            }
            return self._full(values, mp.zero)
        divisor = self.normalizer * self.denominator
        if self.reduction != "weighted_mean":
            total = alpha_derivative(self.binary, self.elements.values())
            return Tensor((), (total / as_real(divisor),))
        positive, negative = (
            sum(self._label_weights(replace(self.binary, alpha=Fraction(alpha))), Fraction(0))
            for alpha in (1, 0)
        )
        if (positive or negative) and not any(self._label_weights(self.binary)):
            raise OracleError(
                "alpha_derivative does not exist: the denominator of weighted_mean is zero at "
                f"alpha {float(self.binary.alpha)!r} only"
            )
        total = alpha_derivative(self.binary, self.elements.values(), Share(negative, positive))
        return Tensor((), (total / as_real(divisor * self.denominator),))

    def _label_weights(self, binary: Binary) -> list[Fraction]:
        return [binary.weight_of_label(element.label) for element in self.elements.values()]


_OF_A_POSITION = ("loss", "gradient", "hessian_diagonal", "gamma_derivative")


def _element(arguments: Arguments, index: int) -> Element:
    first = arguments.signature.inputs[0]
    lowest, highest = (0.0, 1.0) if first == "probabilities" else (None, None)
    if lowest is None or highest is None:
        argument = arguments.element(first, index)
    else:
        argument = arguments.element(first, index, lowest, highest)
    return Element(argument, arguments.element("labels", index, 0.0, 1.0))
