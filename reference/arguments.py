"""Turns what a caller passed into arrays and numbers, or into an error that names the argument."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from focalspec.reference.formats import ACCEPTED, FLOAT64, Array, Dtype, is_accepted

LABEL_RULES = ("two_term", "mixed", "exponential", "margin", "distance", "nonzero")
PRECISIONS = ("full", "fast")


def float_array(name: str, value: ArrayLike) -> Array:
    """The array of logits or probabilities, in a float format that the losses take."""
    array = _as_array(name, value)
    if not is_accepted(array.dtype):
        raise TypeError(f"{name} must hold {ACCEPTED} numbers, found {array.dtype}")
    return array


def label_array(value: ArrayLike, shape: tuple[int, ...], like: str) -> Array:
    """The labels: one number for each element. Their range is checked block by block."""
    array = _as_array("labels", value)
    if array.dtype.kind not in "biu" and not is_accepted(array.dtype):
        raise TypeError(
            f"labels must hold {ACCEPTED} numbers, integers or booleans, found {array.dtype}"
        )
    _same_shape("labels", array, shape, f"the shape of {like}")
    return array


def target_array(value: ArrayLike, shape: tuple[int, ...], like: str) -> Array:
    """The class indices: an integer for each position; their range is checked block by block."""
    array = _as_array("targets", value)
    if array.size == 0 and array.dtype == FLOAT64 and not isinstance(value, np.ndarray):
        array = array.astype(np.int64)  # an empty list has no integers to tell its dtype by
    if array.dtype.kind not in "iu":
        raise TypeError(f"targets must hold integers, found {array.dtype}")
    _same_shape("targets", array, shape, f"the shape of {like} without its class axis")
    return array


def class_axis(value: Any, ndim: int, like: str) -> int:
    """The class axis, counted from the front."""
    axis = integer("axis", value)
    if not -ndim <= axis < ndim:
        raise ValueError(
            f"axis must name one of the {ndim} axes of {like}, "
            f"from {-ndim} to {ndim - 1}, found {axis}"
            if ndim
            else f"{like} must have a class axis, found a single number"
        )
    return axis % ndim


def number(name: str, value: Any, low: float, high: float, domain: str) -> float:
    """A finite real number from low to high."""
    kind = type(value)
    found = float(value) if kind is float or kind is int else _scalar(name, value, domain)
    if not low <= found <= high or math.isinf(found):
        raise ValueError(f"{name} must be {domain}, found {found!r}")
    return found


def integer(name: str, value: Any) -> int:
    """A whole number."""
    if isinstance(value, (bool, np.bool_)) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} must be an integer, found {_shown(value)}")
    return int(value.__index__())


def threads(value: Any) -> int | None:
    """How many threads may work, None leaving it to the environment."""
    if value is None:
        return None
    limit = value.__index__() if hasattr(value, "__index__") else 0
    if limit < 1 or isinstance(value, bool):
        raise ValueError(f"threads must be a whole number, at least 1, found {_shown(value)}")
    return int(limit)


def gamma(value: Any) -> float:
    """The focusing exponent."""
    return number("gamma", value, 0.0, math.inf, "a finite number, at least 0")


def gammas(value: Any, classes: int) -> float | Array:
    """The focusing exponent of every class, or one for all."""
    if np.ndim(value) == 0:
        return gamma(value)
    return _per_class("gamma", value, classes, "one number, or one for each class,")


def alpha(value: Any) -> float | None:
    """The weight of label 1; None turns the weighting off."""
    if value is None:
        return None
    return number("alpha", value, 0.0, 1.0, "a number from 0 to 1, or None")


def label_smoothing(value: Any) -> float:
    """The share of the cross entropy that is spread over all classes."""
    return number("label_smoothing", value, 0.0, 1.0, "a number from 0 to 1")


def class_weight(value: Any, classes: int) -> Array | None:
    """A weight of at least 0 for each class."""
    if value is None:
        return None
    return _per_class("class_weight", value, classes, "one number for each class,")


def normalizer(value: Any) -> float | None:
    """What the loss is divided by: a positive number, or an array that holds just one."""
    if value is None:
        return None
    domain = "a finite positive number of shape () or (1,)"
    shape = np.shape(value)
    if shape not in ((), (1,)):
        raise ValueError(f"normalizer must be {domain}, found shape {shape}")
    single = value if shape == () else np.asarray(value)[0]
    found = number("normalizer", single, 0.0, math.inf, domain)
    if found == 0.0:
        raise ValueError(f"normalizer must be {domain}, found {found!r}")
    return found


def choice(name: str, value: Any, allowed: Sequence[Any]) -> Any:
    """One of a few allowed values."""
    for candidate in allowed:
        if value is candidate or (type(value) is type(candidate) and value == candidate):
            return candidate
    names = ", ".join(repr(candidate) for candidate in allowed)
    raise ValueError(f"{name} must be one of {names}, found {_shown(value)}")


def outputs(
    value: Any, shapes: Sequence[tuple[int, ...]], dtype: Dtype
) -> tuple[Array | None, ...]:
    """The arrays to write to: one for a loss alone, or a tuple with an entry for each output."""
    given = value if isinstance(value, tuple) else (value,)
    if len(given) != len(shapes):
        raise ValueError(f"out must be a tuple of {len(shapes)} arrays, found {len(given)}")
    for array, shape in zip(given, shapes, strict=True):
        if array is None:
            continue
        if not isinstance(array, np.ndarray):
            raise TypeError(f"out must hold NumPy arrays, found {_shown(array)}")
        if array.shape != shape or array.dtype != dtype:
            raise ValueError(
                f"out must have shape {shape} and dtype {dtype}, "
                f"found shape {array.shape} and dtype {array.dtype}"
            )
        if not array.flags.writeable:
            raise ValueError("out must be writable, found a read-only array")
    return given


def _as_array(name: str, value: ArrayLike) -> Array:
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be an array or nested lists of one shape: {error}") from None
    return array


def _same_shape(name: str, array: Array, shape: tuple[int, ...], meaning: str) -> None:
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, {meaning}, found {array.shape}")


def _per_class(name: str, value: Any, classes: int, domain: str) -> Array:
    array = _as_array(name, value)
    if array.dtype.kind not in "iu" and not is_accepted(array.dtype):
        raise TypeError(f"{name} must hold {ACCEPTED} numbers, found {array.dtype}")
    if array.shape != (classes,):
        raise ValueError(
            f"{name} must be {domain} of shape {(classes,)}, found shape {array.shape}"
        )
    array = array.astype(np.float64)
    wrong = ~((array >= 0) & np.isfinite(array))
    if wrong.any():
        index = int(np.argmax(wrong))
        raise ValueError(
            f"{name} must hold finite numbers, at least 0, found {float(array[index])!r} at {index}"
        )
    return array


def _scalar(name: str, value: Any, domain: str) -> float:
    refused = isinstance(value, (bool, np.bool_, str, bytes, complex, np.complexfloating))
    if refused or np.ndim(value) != 0:
        raise TypeError(f"{name} must be {domain}, found {_shown(value)}")
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be {domain}, found {_shown(value)}") from None


def _shown(value: Any) -> str:
    """A value as an error message shows it: on one line, and not too long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
