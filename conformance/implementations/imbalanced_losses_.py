# /// script
# requires-python = ">=3.11"
# dependencies = ["imbalanced-losses==0.6.0", "torch==2.13.0", "numpy==2.4.6", "ml-dtypes==0.6.0"]
# ///
"""imbalanced_losses.SoftmaxFocalLoss (its document's class) and SigmoidFocalLoss."""

from __future__ import annotations

from imbalanced_losses import SigmoidFocalLoss, SoftmaxFocalLoss
from support.torch_arrays import loss_and_gradient, tensor
from support.torch_ranks import loss_and_gradient_over_ranks, start_ranks
from support.unsupported import Unsupported, class_axis, scalar

DTYPES = ("float16", "bfloat16", "float32", "float64")

start_ranks(2)


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, reduction="sum"):
    criterion = SigmoidFocalLoss(
        alpha=-1 if alpha is None else float(alpha),
        gamma=float(gamma),
        reduction=reduction,
        gather_distributed=False,
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
    background_class=0,
    axis=1,
    reduction="mean",
    shards=None,
):
    class_axis(axis, logits.ndim, 1)
    if reduction == "weighted_mean":
        raise Unsupported("no reduction over the sum of weights")
    criterion = SoftmaxFocalLoss(
        alpha=tensor(class_weight),
        gamma=scalar(gamma, "gamma"),
        reduction=reduction,
        label_smoothing=float(label_smoothing),
        ignore_index=-100 if ignore_index is None else int(ignore_index),
        background_class=int(background_class),
        gather_distributed=shards is not None,
    )
    if shards is not None:
        return loss_and_gradient_over_ranks(criterion, logits, targets, shards)
    return loss_and_gradient(lambda z: criterion(z, tensor(targets)), logits)
