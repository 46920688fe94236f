"""One-hot targets, for libraries that take no class indices."""

from __future__ import annotations

import numpy as np
from support.unsupported import Unsupported

__all__ = ["one_hot"]


def one_hot(targets, first, axis):
    """The targets as ones and zeros of the dtype of `first`, whose classes are on `axis`."""
    if not -first.ndim <= axis < first.ndim:
        axis = -1  # it is for the library to find that there is no such axis
    classes = first.shape[axis]
    if np.any((targets < 0) | (targets >= classes)):
        raise Unsupported("targets are one-hot here: no index can be out of range, or ignored")
    return np.moveaxis(np.eye(classes, dtype=first.dtype)[targets], -1, axis)
