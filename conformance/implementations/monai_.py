# /// script
# requires-python = ">=3.11"
# dependencies = ["monai==1.6.1", "torch==2.13.0", "numpy==2.4.6", "ml-dtypes==0.6.0"]
# ///
"""monai.losses.FocalLoss, with sigmoid and with softmax."""

from __future__ import annotations

from monai.losses import FocalLoss
from support.torch_arrays import loss_and_gradient, tensor
from support.unsupported import Unsupported, class_axis, offered_reduction, scalar

DTYPES = ("float32", "float64")


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, reduction="sum"):
    if logits.ndim < 2:
        raise Unsupported("logits have at least two axes here")
    criterion = FocalLoss(gamma=gamma, alpha=alpha, reduction=reduction)
    return loss_and_gradient(lambda z: criterion(z, tensor(labels)), logits)


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
    if logits.shape[1] == 1:
        raise Unsupported("a single channel is binary here")
    criterion = FocalLoss(
        to_onehot_y=True,
        gamma=scalar(gamma, "gamma"),
        weight=tensor(class_weight),
        reduction=reduction,
        use_softmax=True,
        ignore_index=ignore_index,
    )

    def loss_of(z):
        loss = criterion(z, tensor(targets).unsqueeze(1))
        # Unreduced, it returns a map over the classes that is zero but at the target's.
        return loss.sum(1) if reduction == "none" else loss

    return loss_and_gradient(loss_of, logits)
