"""The one word by which an adapter declines a case that its library does not offer."""

from __future__ import annotations

import numpy as np

__all__ = [
    "Unsupported",
    "class_axis",
    "even_alpha",
    "hard_labels",
    "offered_reduction",
    "positive_class_weight",
    "scalar",
]


class Unsupported(Exception):  # noqa: N818 - the worker knows the class by this name
    """The library offers no such call; the message says what is missing."""


def scalar(value, name):
    """The parameter as a Python float, where the library takes one number and no array."""
    if np.ndim(value) != 0:
        raise Unsupported(f"{name} is one number here, not one for each class")
    return float(value)


def hard_labels(labels):
    """The labels as class indices 0 and 1, where the library takes nothing between."""
    indices = labels.astype(np.int64)
    if not np.array_equal(indices.astype(labels.dtype), labels):
        raise Unsupported("labels are class indices here: no fractions")
    return indices


def class_axis(axis, rank, offered):
    """Decline every class axis but the one that the library reads."""
    if not -rank <= axis < rank or axis % rank != offered % rank:
        raise Unsupported(f"the class axis is {offered} here, not {axis}")


def offered_reduction(reduction, *offered):
    """Decline every reduction but those that the library has."""
    if reduction not in offered:
        raise Unsupported(f"no reduction {reduction!r}: {', '.join(offered)}")


def positive_class_weight(class_weight):
    """The weight of label 1, where the library has none for label 0."""
    if class_weight is None:
        return None
    if float(class_weight[0]) != 1.0:
        raise Unsupported("only the positive class has a weight here")
    return float(class_weight[1])


def even_alpha(alpha):
    """The one factor for both labels, where the library has no other alpha."""
    if alpha not in {None, 0.5}:
        raise Unsupported("alpha weighs both labels alike here")
    return 1.0 if alpha is None else alpha
