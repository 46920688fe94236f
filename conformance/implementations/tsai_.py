# /// script
# requires-python = ">=3.11"
# dependencies = ["tsai==1.0.1", "torch==2.13.0", "numpy==2.4.6", "ml-dtypes==0.6.0"]
# ///
"""tsai.losses.FocalLoss."""

from __future__ import annotations

from support.lone_module import lone_module
from support.torch_arrays import loss_and_gradient, tensor
from support.unsupported import Unsupported, class_axis, offered_reduction, scalar

_losses = lone_module("tsai", "tsai.losses")

DTYPES = ("float32", "float64")


def softmax_focal_loss(logits, targets, *, gamma=2.0, class_weight=None, axis=1, reduction="mean"):
    if logits.ndim != 2:
        raise Unsupported("logits have two axes here")
    class_axis(axis, logits.ndim, 1)
    offered_reduction(reduction, "none", "mean", "sum")
    criterion = _losses.FocalLoss(
        alpha=tensor(class_weight, like=logits),
        gamma=scalar(gamma, "gamma"),
        reduction=reduction,
    )
    return loss_and_gradient(lambda z: criterion(z, tensor(targets)), logits)
