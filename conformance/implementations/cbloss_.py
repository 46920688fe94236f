# /// script
# requires-python = ">=3.11"
# dependencies = ["cbloss==0.2.0", "torch==2.13.0", "numpy==2.4.6", "ml-dtypes==0.6.0"]
# ///
"""cbloss.loss.FocalLoss, binary and multi-class."""

from __future__ import annotations

from cbloss.loss import FocalLoss
from support.torch_arrays import loss_and_gradient, tensor
from support.unsupported import Unsupported, class_axis, even_alpha, offered_reduction, scalar

DTYPES = ("float32", "float64")


def sigmoid_focal_loss(logits, labels, *, alpha=None, gamma=2.0, reduction="sum"):
    criterion = FocalLoss(2, alpha=even_alpha(alpha), gamma=gamma, reduction=reduction)
    return loss_and_gradient(lambda z: criterion(z, tensor(labels)), logits)


def softmax_focal_loss(logits, targets, *, gamma=2.0, axis=1, reduction="mean"):
    class_axis(axis, logits.ndim, 1)
    if logits.shape[1] < 3:
        raise Unsupported("two classes are one logit here")
    offered_reduction(reduction, "none", "mean", "sum")
    criterion = FocalLoss(logits.shape[1], gamma=scalar(gamma, "gamma"), reduction=reduction)
    return loss_and_gradient(lambda z: criterion(z, tensor(targets)), logits)
