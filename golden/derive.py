"""Derives from a case what its author need not write: formats, needs and outputs."""

from collections.abc import Iterator

from focalspec.golden.domains import first_input
from focalspec.golden.formats import FORMATS, holds
from focalspec.golden.suite import Inputs, Value, Values
from focalspec.spec import Formula, Parameter

ORDER = ("float64", "float32", "bfloat16", "float16")


def formats(arrays: Inputs) -> tuple[str, ...]:
    """The formats that hold every number of the arrays exactly, the widest first."""
    return tuple(name for name in ORDER if not unheld(name, arrays))


def unheld(format_name: str, arrays: Inputs) -> str | None:
    """The first array with a number that a format does not hold, infinities and NaN aside."""
    form = FORMATS[format_name]
    for name, array in arrays.items():
        if array.dtype != "float":
            continue
        for number in set(array.values):
            if number - number == 0 and not holds(form, number):
                return name
    return None


def needs(page: Formula, inputs: Inputs, values: Values) -> tuple[str, ...]:
    """The parameters that an implementation must offer to run a case.

    Those set otherwise than neutrally, where that makes a difference to this case: an
    ``ignore_index`` that no target equals needs nothing of an implementation.
    """
    return tuple(
        name
        for name, parameter in page.parameters.items()
        if _differs(page, name, parameter, inputs, values)
        and _matters(page, parameter, inputs, values, values[name])
    )


def outputs(page: Formula, values: Values) -> tuple[str, ...]:
    """The outputs that get golden values: all of the page that are defined for the parameters."""
    undefined = set(_undefined(values))
    return tuple(name for name in page.outputs if name not in undefined)


def _undefined(values: Values) -> Iterator[str]:
    gamma = values.get("gamma")
    if not isinstance(gamma, float) or gamma == 0:
        yield "gamma_derivative"
    if values.get("alpha") is None:
        yield "alpha_derivative"


def _differs(
    page: Formula,
    name: str,
    parameter: Parameter,
    inputs: Inputs,
    values: Values,
) -> bool:
    value, neutral = values[name], parameter.neutral
    if name == "axis" and isinstance(value, int) and isinstance(neutral, int):
        rank = len(inputs[first_input(page)].shape)
        return not -rank <= neutral < rank or (value - neutral) % rank != 0
    if name == "label_rule" and _hard(inputs, values):
        return False
    return value != neutral


def _hard(inputs: Inputs, values: Values) -> bool:
    """Whether every label that counts is 0 or 1, where all label rules agree."""
    labels = inputs.get("labels")
    ignored = values.get("ignore_index")
    return labels is not None and all(label in (0, 1, ignored) for label in labels.values)


def _matters(
    page: Formula,
    parameter: Parameter,
    inputs: Inputs,
    values: Values,
    value: Value,
) -> bool:
    if parameter.matters == "target_equals_it":
        second = [array for name, array in inputs.items() if name != first_input(page)]
        return any(value in array.values for array in second)
    if parameter.matters == "reduction_mean_positive":
        return values.get("reduction") == "mean_positive"
    return True
