"""The NumPy focal losses: right to the last bits, and fast."""

from focalspec.reference.activations import sigmoid, softmax
from focalspec.reference.binary import binary_focal_loss, sigmoid_focal_loss
from focalspec.reference.multiclass import (
    categorical_focal_loss,
    cross_entropy,
    softmax_focal_loss,
)

__all__ = [
    "binary_focal_loss",
    "categorical_focal_loss",
    "cross_entropy",
    "sigmoid",
    "sigmoid_focal_loss",
    "softmax",
    "softmax_focal_loss",
]
