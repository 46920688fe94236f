# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "pytorch-toolbelt==0.8.0",
#   "torchvision==0.28.0",
#   "opencv-python-headless==5.0.0.93",
#   "torch==2.13.0",
#   "numpy==2.4.6",
#   "ml-dtypes==0.6.0",
# ]
# [tool.uv]
# exclude-dependencies = ["opencv-python"]
# ///
"""pytorch_toolbelt.losses: focal_loss_with_logits and CrossEntropyFocalLoss."""

from __future__ import annotations

import support.torchvision_operators  # noqa: F401 - before torchvision
from support.lone_module import lone_module
from support.torch_arrays import loss_and_gradient, tensor
from support.unsupported import class_axis, offered_reduction, scalar

_functional = lone_module("pytorch-toolbelt", "pytorch_toolbelt.losses.functional")
_focal = lone_module("pytorch-toolbelt", "pytorch_toolbelt.losses.focal")

DTYPES = ("float32", "float64")


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, reduction="sum"):
    return loss_and_gradient(
        lambda z: _functional.focal_loss_with_logits(
            z, tensor(labels), gamma=gamma, alpha=alpha, reduction=reduction
        ),
        logits,
    )


def softmax_focal_loss(
    logits,
    targets,
    *,
    gamma=2.0,
    class_weight=None,
    ignore_index=-100,
    axis=1,
    reduction="mean",
):
    class_axis(axis, logits.ndim, 1)
    offered_reduction(reduction, "none", "mean", "sum")
    criterion = _focal.CrossEntropyFocalLoss(
        gamma=scalar(gamma, "gamma"),
        reduction=reduction,
        ignore_index=-100 if ignore_index is None else ignore_index,
        class_weights=tensor(class_weight, like=logits),
    )
    return loss_and_gradient(lambda z: criterion(z, tensor(targets)), logits)
