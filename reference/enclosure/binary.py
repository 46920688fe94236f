"""What the two elementwise formulas share: weights, ignored labels, reductions, parameters' slopes.

Both are linear in the two class weights, so the derivative by alpha is the loss itself with the
weights' derivatives in place of the weights.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from flint import fmpq

from focalspec.reference.enclosure.arguments import Arguments
from focalspec.reference.enclosure.forms import Form, UndefinedValueError
from focalspec.reference.enclosure.outputs import Batch, Output, Wanted, denominator
from focalspec.reference.enclosure.split import ONE, ZERO, exactly

GAMMA = -1  # the derivative by gamma, where an order of the derivative by the input is expected
ORDERS = {"loss": 0, "gradient": 1, "hessian_diagonal": 2, "gamma_derivative": GAMMA}
RULES = ("two_term", "mixed", "exponential", "margin", "distance", "nonzero")


class Weights(NamedTuple):
    """The weights of the positive and of the negative class."""

    positive: fmpq
    negative: fmpq

    def at(self, label: fmpq) -> fmpq:
        """The weight of a label, which may be fractional."""
        return self.positive * label + self.negative * (1 - label)


class Element(NamedTuple):
    """One element of the loss: its input, its label, and what they are weighed by."""

    rule: str
    input: fmpq
    label: fmpq
    weights: Weights
    gamma: fmpq


def outputs_of(
    arguments: Arguments,
    input_name: str,
    reductions: tuple[str, ...],
    derivative: Callable[[Element, int], Form],
    wanted: Mapping[str, Wanted],
) -> dict[str, Output]:
    """The outputs of an elementwise formula, given the derivatives of one element."""
    inputs, labels = arguments.tensor(input_name), arguments.tensor("labels")
    if inputs.shape != labels.shape:
        raise arguments.error("labels", f"the shape {inputs.shape}", labels.shape)
    ignored = arguments.value("ignore_index")
    valid = [index for index, label in enumerate(labels.values) if label != ignored]
    points = dict(zip(valid, _inputs(arguments, input_name, valid), strict=True))
    targets = dict(zip(valid, _labels(arguments, valid), strict=True))
    rule, gamma = arguments.choice("label_rule", RULES), arguments.number("gamma")
    weights, slopes = _weights(arguments)

    def element(index: int, order: int, weights: Weights = weights) -> Form:
        return derivative(Element(rule, points[index], targets[index], weights, gamma), order)

    reduction = arguments.choice("reduction", reductions)
    weight_of = {index: weights.at(targets[index]) for index in valid}
    divisor = denominator(reduction, weight_of, lambda _: True)
    batch = Batch(inputs.shape, valid, reduction != "none", divisor)
    scale = ONE / arguments.normalizer()

    results: dict[str, Output] = {}
    for name, chosen in wanted.items():
        if name in ("gradient", "hessian_diagonal"):
            free = batch._replace(reduced=False)
            by_input = partial(element, order=ORDERS[name])
            results[name] = free.output(by_input, scale * batch.share, chosen)
        elif name == "alpha_derivative":
            if slopes is None:
                raise arguments.error("alpha", "a number, for its derivative", None)
            known = [targets[index] for index in valid]
            moved = _moved(weights, slopes, known if reduction == "weighted_mean" else None)
            results[name] = batch.output(partial(element, order=0, weights=moved), scale, chosen)
        else:
            results[name] = batch.output(partial(element, order=ORDERS[name]), scale, chosen)
    return results


def _moved(weights: Weights, slopes: Weights, labels: Sequence[fmpq] | None) -> Weights:
    """The weights whose loss is the derivative of the loss by alpha.

    ``labels`` are those of a weighted mean, whose denominator moves with alpha too: the derivative
    of N / D is that of N minus N D' / D, over D.
    """
    if labels is None:
        return slopes
    divisor = sum((weights.at(label) for label in labels), ZERO)
    moving = sum((slopes.at(label) for label in labels), ZERO)
    if not moving:
        return slopes
    if not divisor:
        raise UndefinedValueError("alpha_derivative: the sum of weights is 0 at this alpha alone")
    pull = moving / divisor
    return Weights(
        slopes.positive - weights.positive * pull,
        slopes.negative - weights.negative * pull,
    )


def _weights(arguments: Arguments) -> tuple[Weights, Weights | None]:
    classes = arguments.numbers("class_weight", 2) or [ONE, ONE]
    if arguments.value("alpha") is None:
        return Weights(classes[1], classes[0]), None
    alpha = arguments.number("alpha", 0.0, 1.0)
    weights = Weights(alpha * classes[1], (1 - alpha) * classes[0])
    return weights, Weights(classes[1], -classes[0])


def _inputs(arguments: Arguments, name: str, valid: list[int]) -> list[fmpq]:
    values = arguments.tensor(name).values
    return arguments.exact_inputs(name, [values[index] for index in valid])


def _labels(arguments: Arguments, valid: list[int]) -> list[fmpq]:
    values = arguments.tensor("labels").values
    for index in valid:
        if not 0.0 <= values[index] <= 1.0:
            raise arguments.error("labels", "numbers in [0, 1]", values[index])
    return [exactly(values[index]) for index in valid]
