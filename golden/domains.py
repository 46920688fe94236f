"""Checks that inputs and parameters mean what the spec page says: shapes, domains, choices."""

import re
from collections.abc import Iterator
from math import isfinite
from typing import NamedTuple

from focalspec.golden.suite import Array, Inputs, Value, Values
from focalspec.spec import Formula, Parameter

_INTERVAL = re.compile(r"([\[(]) *(-?[0-9.]+|-inf) *, *(-?[0-9.]+|inf|C) *([\])])")


class Fault(NamedTuple):
    """An argument that is not as the spec says, and how."""

    argument: str
    problem: str


def faults(page: Formula, inputs: Inputs, values: Values) -> Iterator[Fault]:
    """Everything about a call that the spec does not allow, argument by argument."""
    first = inputs[first_input(page)]
    axis = class_axis(page, first, values)
    if axis is None and "axis" in page.parameters:
        yield Fault("axis", f"expected an axis of shape {list(first.shape)}, found another")
        return
    classes = None if axis is None else first.shape[axis]
    yield from _input_faults(page, inputs, values, axis)
    for name, parameter in page.parameters.items():
        yield from _parameter_faults(name, parameter, values[name], classes)
    shards = values.get("shards")
    if isinstance(shards, Array) and sum(shards.values) != first.shape[0]:
        yield Fault(
            "shards", f"expected sizes that add up to {first.shape[0]}, found {list(shards.values)}"
        )


def first_input(page: Formula) -> str:
    """The name of the input that the gradient is taken of."""
    return next(iter(page.inputs))


def class_axis(page: Formula, first: Array, values: Values) -> int | None:
    """The class axis, counted from 0; None where the formula has none or it is out of range."""
    axis = values.get("axis")
    rank = len(first.shape)
    if not isinstance(axis, int) or not -rank <= axis < rank:
        return None
    return axis % rank


def second_shape(page: Formula, first: Array, values: Values) -> tuple[int, ...]:
    """The shape that labels or targets must have beside the first input."""
    axis = class_axis(page, first, values)
    if axis is None:
        return first.shape
    return first.shape[:axis] + first.shape[axis + 1 :]


def _input_faults(
    page: Formula, inputs: Inputs, values: Values, axis: int | None
) -> Iterator[Fault]:
    first = inputs[first_input(page)]
    ignored = values.get("ignore_index")
    for name, array in inputs.items():
        about = page.inputs[name]
        shape = first.shape if name == first_input(page) else second_shape(page, first, values)
        if array.shape != shape:
            yield Fault(name, f"expected shape {list(shape)}, found {list(array.shape)}")
        for number in array.values:
            if not isfinite(number):
                yield Fault(name, f"expected finite numbers, found {number}")
                break
            if name != first_input(page) and number == ignored:
                continue
            if about.dtype == "int64" and axis is not None:
                inside = 0 <= number < first.shape[axis]
                domain = f"0 to {first.shape[axis] - 1} or ignore_index"
            else:
                inside, domain = _inside(number, about.domain), str(about.domain)
            if not inside:
                yield Fault(name, f"expected numbers in {domain}, found {number}")
                break


def _parameter_faults(
    name: str, parameter: Parameter, value: Value, classes: int | None
) -> Iterator[Fault]:
    if value is None:
        if not parameter.nullable:
            yield Fault(name, "expected a value, found null")
        return
    if parameter.choices and value not in parameter.choices:
        yield Fault(name, f"expected one of {', '.join(parameter.choices)}, found {value!r}")
    if isinstance(value, Array) and parameter.shape:
        shapes = _shapes(parameter.shape, classes)
        if value.shape not in shapes:
            wanted = " or ".join(str(list(shape)) for shape in shapes)
            yield Fault(name, f"expected shape {wanted}, found {list(value.shape)}")
    numbers = value.values if isinstance(value, Array) else (value,)
    for number in numbers:
        if isinstance(number, str):
            continue
        if not isfinite(number) or (
            parameter.domain is not None and number not in parameter.domain
        ):
            yield Fault(name, f"expected numbers in {parameter.domain}, found {number}")
            break


def _shapes(text: str, classes: int | None) -> list[tuple[int, ...]]:
    """The shapes that text such as ``[C]`` or ``[1] or []`` of a spec page names."""
    shapes = []
    for part in text.split(" or "):
        sizes = part.strip().removeprefix("[").removesuffix("]")
        named = sizes.split(",") if sizes else []
        shapes.append(tuple(classes or 0 if size == "C" else int(size) for size in named))
    return shapes


def _inside(number: float, domain: str | None) -> bool:
    """Whether a number lies in an interval such as ``[0, inf)``; anything does in no interval."""
    found = _INTERVAL.fullmatch(domain or "")
    if found is None:
        return True
    opening, low, high, closing = found.groups()
    least, most = float(low), float(high)
    above = number > least if opening == "(" else number >= least
    below = number < most if closing == ")" else number <= most
    return above and below
