# /// script
# requires-python = ">=3.11"
# dependencies = ["kornia==0.9.0", "torch==2.13.0", "numpy==2.4.6", "ml-dtypes==0.6.0"]
# ///
"""kornia.losses.binary_focal_loss_with_logits and kornia.losses.focal_loss."""

from __future__ import annotations

import numpy as np
from kornia.losses import binary_focal_loss_with_logits, focal_loss
from support.torch_arrays import loss_and_gradient, tensor
from support.unsupported import (
    Unsupported,
    class_axis,
    offered_reduction,
    positive_class_weight,
    scalar,
)

DTYPES = ("float16", "bfloat16", "float32", "float64")


def sigmoid_focal_loss(
    logits, labels, *, alpha=0.25, gamma=2.0, class_weight=None, reduction="sum"
):
    if logits.ndim < 2:
        raise Unsupported("logits have at least two axes here")
    pos_weight = positive_class_weight(class_weight)
    if pos_weight is not None:  # one for each channel
        pos_weight = tensor(np.full(logits.shape[1], pos_weight), like=logits)
    return loss_and_gradient(
        lambda z: binary_focal_loss_with_logits(
            z, tensor(labels), alpha=alpha, gamma=gamma, reduction=reduction, pos_weight=pos_weight
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

    def loss_of(z):
        loss = focal_loss(
            z,
            tensor(targets),
            alpha=None,
            gamma=scalar(gamma, "gamma"),
            reduction=reduction,
            weight=tensor(class_weight, like=logits),
            ignore_index=ignore_index,
        )
        # Unreduced, it returns a map over the classes that is zero but at the target's.
        return loss.sum(1) if reduction == "none" else loss

    return loss_and_gradient(loss_of, logits)
