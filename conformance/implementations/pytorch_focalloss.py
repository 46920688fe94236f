# /// script
# requires-python = ">=3.11"
# dependencies = ["pytorch-focalloss==1.2.0", "torch==2.13.0", "numpy==2.4.6", "ml-dtypes==0.6.0"]
# ///
"""torch_focalloss.BinaryFocalLoss and torch_focalloss.MultiClassFocalLoss."""

from __future__ import annotations

from support.torch_arrays import loss_and_gradient, tensor
from support.unsupported import Unsupported, class_axis, positive_class_weight, scalar
from torch_focalloss import BinaryFocalLoss, MultiClassFocalLoss

DTYPES = ("float32", "float64")


def sigmoid_focal_loss(logits, labels, *, gamma=2.0, class_weight=None, reduction="sum"):
    # Its alpha is torch's pos_weight: the weight of label 1 beside 1 for label 0.
    pos_weight = positive_class_weight(class_weight)
    criterion = BinaryFocalLoss(
        gamma=gamma,
        alpha=None if pos_weight is None else tensor([pos_weight], like=logits),
        reduction=reduction,
    )
    return loss_and_gradient(lambda z: criterion(z, tensor(labels)), logits)


def softmax_focal_loss(
    logits,
    targets,
    *,
    gamma=2.0,
    class_weight=None,
    label_smoothing=0.0,
    ignore_index=-100,
    axis=1,
    reduction="mean",
):
    if logits.ndim != 2:
        raise Unsupported("logits have two axes here")
    class_axis(axis, logits.ndim, 1)
    criterion = MultiClassFocalLoss(
        gamma=scalar(gamma, "gamma"),
        alpha=tensor(class_weight, like=logits),
        reduction=_reduction(reduction, class_weight),
        ignore_index=-100 if ignore_index is None else ignore_index,
        label_smoothing=label_smoothing,
    )
    return loss_and_gradient(lambda z: criterion(z, tensor(targets)), logits)


def _reduction(reduction, class_weight):
    # Its mean divides by the sum of the weights, which is the number of positions without weights.
    if reduction == "weighted_mean" or (reduction == "mean" and class_weight is None):
        return "mean"
    if reduction in ("none", "sum"):
        return reduction
    raise Unsupported(f"no reduction {reduction!r} with class weights {class_weight is not None}")
