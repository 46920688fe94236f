"""focalspec.reference, the NumPy losses of this project, in the present environment."""

from __future__ import annotations

from functools import partial
from importlib import metadata

from focalspec import reference
from focalspec.reference import sigmoid, softmax

__all__ = [
    "binary_focal_loss",
    "categorical_focal_loss",
    "cross_entropy",
    "sigmoid",
    "sigmoid_focal_loss",
    "softmax",
    "softmax_focal_loss",
]

VERSION = metadata.version("focalspec")
DTYPES = ("float16", "bfloat16", "float32", "float64")

sigmoid_focal_loss = partial(reference.sigmoid_focal_loss, derivatives=2)
binary_focal_loss = partial(reference.binary_focal_loss, derivatives=1)
softmax_focal_loss = partial(reference.softmax_focal_loss, derivatives=2)
categorical_focal_loss = partial(reference.categorical_focal_loss, derivatives=1)
cross_entropy = partial(reference.cross_entropy, derivatives=1)
