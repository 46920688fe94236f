# /// script
# requires-python = ">=3.11"
# dependencies = ["torchlosses==0.1.0", "torch==2.13.0", "numpy==2.4.6", "ml-dtypes==0.6.0"]
# ///
"""torchlosses.focal.FocalLoss."""

from __future__ import annotations

from support.torch_arrays import loss_and_gradient, tensor
from support.unsupported import class_axis, offered_reduction, scalar
from torchlosses.focal import FocalLoss

DTYPES = ("float32", "float64")


def softmax_focal_loss(logits, targets, *, gamma=2.0, axis=1, reduction="mean"):
    class_axis(axis, logits.ndim, 1)
    offered_reduction(reduction, "mean", "sum")
    criterion = FocalLoss(gamma=scalar(gamma, "gamma"), reduction=reduction)
    return loss_and_gradient(lambda z: criterion(z, tensor(targets)), logits)
