# /// script
# requires-python = ">=3.11"
# dependencies = ["fastai==2.8.12", "torch==2.13.0", "numpy==2.4.6", "ml-dtypes==0.6.0"]
# [tool.uv]
# exclude-dependencies = ["torchvision"]
# ///
"""fastai.losses.FocalLoss."""

from __future__ import annotations

from fastai.losses import FocalLoss
from support.torch_arrays import loss_and_gradient, tensor
from support.unsupported import class_axis, offered_reduction, scalar

DTYPES = ("float32", "float64")


def softmax_focal_loss(logits, targets, *, gamma=2.0, class_weight=None, axis=1, reduction="mean"):
    class_axis(axis, logits.ndim, 1)
    offered_reduction(reduction, "none", "mean", "sum")
    criterion = FocalLoss(
        gamma=scalar(gamma, "gamma"),
        weight=tensor(class_weight, like=logits),
        reduction=reduction,
    )
    return loss_and_gradient(lambda z: criterion(z, tensor(targets)), logits)
